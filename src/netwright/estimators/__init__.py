"""Estimators: thin, fit and predict on raw rows."""
