"""How sure an answer is: calibrated chances, sets and intervals that hold, saying so, unusual rows."""
