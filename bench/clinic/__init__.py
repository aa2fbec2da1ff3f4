"""The clinic's benchmark: faulty, healthy and random trainings, and who tells them apart."""
