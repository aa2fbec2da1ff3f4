"""The clinic inside other frameworks: one callback each, on top of `watch`."""
