"""A model behind HTTP: requests checked against the schema, answered batch by batch, counted."""
