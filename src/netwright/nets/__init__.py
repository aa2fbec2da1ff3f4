"""Networks: one architecture a file."""

from netwright.nets.mlp import MLP
from netwright.nets.network import Network, TableShape

__all__ = ["MLP", "Network", "TableShape"]
