"""Verbs: what is done with recipes, runs and models."""
