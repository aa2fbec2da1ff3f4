"""Data: reading tables, typing columns, preparing them for a network."""
