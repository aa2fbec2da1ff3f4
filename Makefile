# Every target does its own set-up and costs nothing when nothing changed.
#
#   make demo       set up, write a sample table, train a network on it, say where the report is
#   make test       the tests, under 8 minutes on two cores
#   make check      format, lint, types, import direction, and every block of the docs
#   make docs       the documentation as a site, in site/
#   make bench      the measured claims; NETWRIGHT_DATA=folder for those that need data sets
#   make bench-clinic  faulty, healthy and random trainings: who finds what is wrong (25 minutes; ARGS=--quick)
#   make test-all   everything, slow tests too
#   make clean      remove what the targets above made
#
# TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu picks the small CPU build of PyTorch on Linux,
# where plain pip brings the one with CUDA. PYTHON=... picks the interpreter.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check docs bench bench-clinic test-all clean

VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install --constraint constraints.txt
RUNTIME := $(VENV)/.runtime
TOOLS := $(VENV)/.tools
# Test processes; make test JOBS= runs all in one.
JOBS ?= 2
WORKERS := $(if $(JOBS),--numprocesses $(JOBS))
CANDIDATES := $(PYTHON) python3.13 python3.12 python3.11 python3

help:
	@sed -n '3,10s/^# *//p' Makefile

# An interpreter counts when it answers: version managers leave commands behind that only print an error.
$(BIN)/python:
	@for python in $(CANDIDATES); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Setting up $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); exit 1; \
	  fi; \
	done; \
	echo "netwright needs Python 3.11 or newer; none of these is: $(CANDIDATES)." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1

# The stamps stand for what pyproject.toml and constraints.txt ask for.
$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing netwright and what it needs (minutes the first time)"
	@$(PIP) $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) torch
	@$(PIP) --editable '.[excel,zstd]'
	@touch $@

$(TOOLS): $(RUNTIME)
	@echo "Installing what tests, checks and docs need"
	@$(PIP) --editable '.[excel,pandas,zstd,test,check,docs]'
	@touch $@

demo: $(RUNTIME)
	@show() { printf '\n$$ %s\n' "$$*"; "$$@"; }; \
	show netwright sample breast_cancer $(if $(wildcard breast_cancer.csv),--force) && \
	show netwright train breast_cancer.csv --target diagnosis $(if $(wildcard runs/breast_cancer),--force) && \
	printf '\nThe report: %s\n' "$(CURDIR)/runs/breast_cancer/report.html"

test: $(TOOLS)
	$(BIN)/pytest $(WORKERS) -m "not slow" --ignore=tests/architecture --ignore=tests/docs

check: $(TOOLS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest tests/architecture tests/docs

test-all: check
	$(BIN)/pytest $(WORKERS) --ignore=tests/architecture --ignore=tests/docs

docs: $(TOOLS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(RUNTIME)
	@for script in $(filter-out bench/common.py bench/engine_contenders.py bench/table_contenders.py bench/table_sets.py,$(wildcard bench/*.py)); do \
	  echo; $(BIN)/python "$$script"; \
	done

bench-clinic: $(RUNTIME)
	@$(BIN)/python -m bench.clinic $(ARGS)

clean:
	rm -rf $(VENV) site build src/*.egg-info .mypy_cache .ruff_cache .hypothesis
	rm -rf runs/breast_cancer breast_cancer.csv
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
