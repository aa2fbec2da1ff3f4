"""Networks: one architecture a file, and the pieces they are made of."""

from netwright.nets.cnn import CNN
from netwright.nets.dlinear import DLinear
from netwright.nets.gru import GRU
from netwright.nets.inception_time import InceptionTime
from netwright.nets.lstm import LSTM
from netwright.nets.mlp import MLP
from netwright.nets.network import Network, TableShape
from netwright.nets.nlinear import NLinear
from netwright.nets.patch_transformer import PatchTransformer
from netwright.nets.resnet import ResNet
from netwright.nets.rnn import RNN
from netwright.nets.spectrogram_cnn import SpectrogramCNN
from netwright.nets.tcn import TCN

__all__ = [
    "CNN",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "TCN",
    "DLinear",
    "InceptionTime",
    "NLinear",
    "Network",
    "PatchTransformer",
    "ResNet",
    "SpectrogramCNN",
    "TableShape",
]
