"""`netwright similar`: the words that are nearest to a word, or to a sum of words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netwright.cli import options
from netwright.cli.output import print_json, print_table

EXAMPLES = """Examples:

netwright similar vectors.nw king

netwright similar vectors.nw king woman --without man"""


def similar(
    vectors: Annotated[
        Path, typer.Argument(help="What embed wrote, or a file in the text format of word2vec.")
    ],
    words: Annotated[list[str], typer.Argument(help="One word, or several that are added.")],
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="WORD", help="A word to take away; may be repeated."),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many to show.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Show the words whose vectors point most nearly the same way, with their cosines."""
    from netwright.estimators.word_vectors import WordVectors

    read = WordVectors.load if vectors.suffix == ".nw" else WordVectors.from_text
    found = read(vectors).analogy(words, without or [], count)
    if as_json:
        near = [{"word": word, "cosine": cosine} for word, cosine in found]
        print_json({"words": words, "without": without or [], "similar": near})
        return
    print_table(sys.stdout, ["word", "cosine"], [(word, f"{cosine:.3f}") for word, cosine in found], {1})
