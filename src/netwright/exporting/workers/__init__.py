"""Scripts that run in the environments of converters: they need PyTorch and the converter, not netwright."""
