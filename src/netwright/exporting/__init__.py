"""Models as files for other machines: the preparation inside, the answers checked on real rows."""
