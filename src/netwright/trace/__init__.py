"""Look inside a network: one neuron, the forward pass, the backward pass and the chain rule."""

from netwright.trace.backward import BackwardTrace, LayerGradient, backward
from netwright.trace.chain_rule import Factor
from netwright.trace.forward import ForwardTrace, LayerPass, forward
from netwright.trace.neuron import Gate, Heads, Neuron, Normalized, Reader, neuron

__all__ = [
    "BackwardTrace",
    "Factor",
    "ForwardTrace",
    "Gate",
    "Heads",
    "LayerGradient",
    "LayerPass",
    "Neuron",
    "Normalized",
    "Reader",
    "backward",
    "forward",
    "neuron",
]
