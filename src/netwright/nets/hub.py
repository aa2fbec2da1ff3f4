"""Networks of the Hugging Face hub as bodies: pixels in, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from netwright.errors import RecipeError, needing

PREFIX = "hub:"
"""How a recipe names a model of the hub: "hub:microsoft/resnet-18"."""


class HubPictures(nn.Module):
    """A picture classifier of the library `transformers`, called with pixels alone."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        """Return scores (rows, classes) for scaled pixels (rows, channels, height, width)."""
        return self.model(pixel_values=pixels).logits  # type: ignore[no-any-return]


@dataclass(frozen=True)
class HubModel:
    """A model of the hub with what it reads.

    Attributes:
        network: the module.
        size: height and width of the pictures that it was trained on.
        channels: 1 for grey, 3 for colour.
    """

    network: nn.Module
    size: tuple[int, int]
    channels: int


def load_from_hub(name: str) -> HubModel:
    """Return a picture classifier of the hub, or of a folder that `save_pretrained` wrote.

    Only weights as tensors are read (safetensors): no code of the model is run.

    Args:
        name: such as "microsoft/resnet-18", or a folder.

    Raises:
        MissingExtraError: when `transformers` is not installed; with the line that installs it.
        RecipeError: when there is no such model, or it does not classify pictures.
    """
    with needing("transformers", "hub", "A body from the Hugging Face hub"):
        from transformers import AutoModelForImageClassification
    try:
        model = AutoModelForImageClassification.from_pretrained(name, use_safetensors=True)
    except (OSError, ValueError) as error:
        told = " ".join(str(error).split())
        raise RecipeError(f"body: {name!r} cannot be taken from the hub: {told[:300]}") from error
    return described(model)


def described(model: Any) -> HubModel:
    """Return a picture classifier of `transformers` with the size and channels that it reads."""
    size = getattr(model.config, "image_size", 224) or 224
    height, width = (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
    return HubModel(HubPictures(model), (height, width), int(getattr(model.config, "num_channels", 3) or 3))
