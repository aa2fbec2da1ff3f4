"""Networks: one architecture a file, and the pieces they are made of."""

from netwright.nets.bag_of_ngrams import BagOfNgrams
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
from netwright.nets.spectrogram_convolution import SpectrogramConvolution
from netwright.nets.tcn import TCN
from netwright.nets.text_beside_table import TextBesideTable
from netwright.nets.text_cnn import TextCNN
from netwright.nets.text_ensemble import TextEnsemble
from netwright.nets.text_rnn import TextRNN
from netwright.nets.text_transformer import TextTransformer
from netwright.nets.word_average import WordAverage

__all__ = [
    "CNN",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "TCN",
    "BagOfNgrams",
    "DLinear",
    "InceptionTime",
    "NLinear",
    "Network",
    "PatchTransformer",
    "ResNet",
    "SpectrogramConvolution",
    "TableShape",
    "TextBesideTable",
    "TextCNN",
    "TextEnsemble",
    "TextRNN",
    "TextTransformer",
    "WordAverage",
]
