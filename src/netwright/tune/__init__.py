"""Before a training: the learning rate, the batch size, and what it will cost."""

from netwright.tune.batch_size import BatchSize, find_batch_size
from netwright.tune.estimate import Estimate, estimate
from netwright.tune.range_test import RangeTest, range_test

__all__ = ["BatchSize", "Estimate", "RangeTest", "estimate", "find_batch_size", "range_test"]
