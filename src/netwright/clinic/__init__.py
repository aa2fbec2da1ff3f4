"""The clinic: finds out what goes wrong in a training, names the cause, cures it, proves it."""
