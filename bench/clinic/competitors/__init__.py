"""Published rule sets, written anew from their thresholds; they see `Signals`, not the network."""
