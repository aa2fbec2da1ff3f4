"""Recipes: what is to be done in a training."""
