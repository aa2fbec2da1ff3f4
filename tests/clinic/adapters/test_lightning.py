"""The callback inside PyTorch Lightning."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.clinic.adapters.trainings import (
    BAD_RATE,
    BATCH,
    EPOCHS,
    GOOD_RATE,
    ROWS,
    check_healthy,
    check_rate,
    check_seen,
    library,
    network,
    rows,
)
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import netwright as nw
from netwright.clinic.adapters.lightning import network_of

lightning = library("lightning.pytorch")
pytestmark = pytest.mark.filterwarnings("ignore")


class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
    def __init__(self, rate: float = GOOD_RATE, fails_at: int = -1) -> None:
        super().__init__()
        self.net, self.loss = network(), nn.CrossEntropyLoss()
        self.rate, self.fails_at = rate, fails_at

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

    def training_step(self, batch: Any, index: int) -> Tensor:
        if index == self.fails_at:
            raise RuntimeError("my own mistake")
        return self.loss(self.net(batch[0]), batch[1])

    def validation_step(self, batch: Any, index: int) -> None:
        self.log("val_loss", self.loss(self(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.rate, momentum=0.9)


def train(module: Module, callbacks: list[Any], **settings: Any) -> Module:
    x, y = rows()
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH)
    trainer = lightning.Trainer(
        max_epochs=EPOCHS,
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        **settings,
    )
    trainer.fit(module, loader, loader)
    return module


def test_a_training_is_seen() -> None:
    callback = nw.clinic.lightning_callback(announce=None, budget=None)
    module = train(Module(), [callback])
    check_seen(callback.clinic, ["0", "2"])
    check_healthy(callback.clinic)
    facts = callback.clinic.record.facts
    assert (facts.loss, facts.steps_planned) == ("crossentropyloss", EPOCHS * ROWS // BATCH)
    assert callback.clinic.record.epochs[-1].validation_loss is not None
    unwatched = train(Module(), [])
    pairs = zip(module.parameters(), unwatched.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def test_a_rate_far_too_high() -> None:
    callback = nw.clinic.lightning_callback(announce=None, budget=None)
    train(Module(BAD_RATE), [callback])
    check_rate(callback.clinic)


def test_accumulated_batches_and_clipping() -> None:
    callback = nw.clinic.lightning_callback(announce=None, budget=None)
    train(Module(), [callback], accumulate_grad_batches=2, gradient_clip_val=1e-3)
    record = callback.clinic.record
    assert record.step == EPOCHS * ROWS // BATCH // 2
    assert record.facts.accumulation == 2
    clipped = [seen.clipped_to for seen in record.observations]
    assert clipped
    assert all(norm == pytest.approx(1e-3, rel=1e-2) for norm in clipped)


def test_a_function_as_loss() -> None:
    class Plain(Module):
        def training_step(self, batch: Any, index: int) -> Tensor:
            return nn.functional.cross_entropy(self(batch[0]), batch[1])

    module = Plain()
    del module.loss
    module.loss = nn.functional.cross_entropy  # type: ignore[assignment]
    callback = nw.clinic.lightning_callback(
        loss_function=nn.functional.cross_entropy, announce=None, budget=None
    )
    train(module, [callback])
    check_seen(callback.clinic, ["0", "2"])


def test_a_mistake_of_the_user_is_passed_on() -> None:
    callback = nw.clinic.lightning_callback(announce=None)
    with pytest.raises(RuntimeError, match="my own mistake"):
        train(Module(fails_at=3), [callback])
    assert callback.clinic.record.step == 3
    assert not callback.clinic.record.finished


def test_what_answers() -> None:
    module = Module()
    assert network_of(module) is module.net
    module.other = nn.Linear(2, 2)
    assert network_of(module) is module
