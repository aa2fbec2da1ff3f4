"""Pieces of pages: blocks, figures in one style, words and numbers, and how they become one HTML file."""
