"""Networks: one architecture a file, and the pieces they are made of."""

from netwright.nets.mlp import MLP
from netwright.nets.network import Network, TableShape

__all__ = ["MLP", "Network", "TableShape"]
