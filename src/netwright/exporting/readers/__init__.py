"""What makes inputs of raw rows, one file a kind of data: copied into every export that needs it."""
