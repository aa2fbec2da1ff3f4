"""Honest comparison: metrics with intervals, calibration, and classical models on the same rows."""
