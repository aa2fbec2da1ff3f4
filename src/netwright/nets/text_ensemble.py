"""Different networks for texts side by side: each errs in its own way, their mean errs less."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import torch
from pydantic import BeforeValidator, Field
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.nets.bag_of_ngrams import BagOfNgrams
from netwright.nets.committee import Committee
from netwright.nets.network import Network
from netwright.nets.text_cnn import TextCNN
from netwright.parts import parse_part

WORDS = BagOfNgrams(ngrams=(1, 2))
PHRASES = BagOfNgrams(ngrams=(1, 2, 3), hidden=32)
SPELLING = BagOfNgrams(reads="characters", ngrams=(2, 3, 4, 5))


def _members(value: Any) -> Any:
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(parse_part(Network, item) for item in items)


class TextEnsemble(Network):
    """Networks of different architectures, each trained on its own loss; their answers are averaged.

    Settings:
        networks: the members; bags of word and letter n-grams and text CNNs unless you say otherwise.

    Source: Dietterich (2000), Ensemble methods in machine learning.

    >>> [member["kind"] for member in TextEnsemble().to_plain()["networks"]]
    ['bag_of_ngrams', 'bag_of_ngrams', 'bag_of_ngrams', 'text_cnn', 'text_cnn']
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.TEXTS,)

    networks: Annotated[tuple[Network, ...], BeforeValidator(_members), Field(min_length=1)] = (
        WORDS,
        PHRASES,
        SPELLING,
        TextCNN(widths=(2, 3, 4)),
        TextCNN(widths=(1, 3, 5)),
    )

    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised committee, see `Network.build`; for a `TextShape`."""
        return Committee([network.build(shape, outputs, sample, generator) for network in self.networks])
