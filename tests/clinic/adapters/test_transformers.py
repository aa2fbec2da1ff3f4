"""The callback inside the Trainer of Hugging Face Transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.clinic.adapters.trainings import check_healthy, check_rate, library

import netwright as nw
from netwright.clinic.adapters.transformers import answer_loss, next_token_loss

transformers = library("transformers")
library("accelerate")
pytestmark = pytest.mark.filterwarnings("ignore")

ROWS, STEPS_OF_TEXT = 256, 12


def bert(**settings: Any) -> Any:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        **settings,
    )
    return transformers.BertForSequenceClassification(config)


def sentences() -> list[dict[str, torch.Tensor]]:
    tokens = torch.randint(5, 50, (ROWS, STEPS_OF_TEXT), generator=torch.Generator().manual_seed(0))
    return [{"input_ids": row, "labels": (row[0] > 27).long()} for row in tokens]


def train(model: Any, rows: Any, place: Path, rate: float, callbacks: list[Any], **settings: Any) -> Any:
    arguments = transformers.TrainingArguments(
        str(place),
        per_device_train_batch_size=16,
        num_train_epochs=3,
        learning_rate=rate,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        logging_strategy="no",
        save_strategy="no",
        **settings,
    )
    trainer = transformers.Trainer(
        model, arguments, train_dataset=rows, eval_dataset=rows[:32], callbacks=callbacks
    )
    trainer.train()
    return model


def test_a_training_is_seen(tmp_path: Path) -> None:
    callback = nw.clinic.transformers_callback(announce=None, budget=None)
    model = train(bert(), sentences(), tmp_path, 5e-3, [callback], eval_strategy="epoch")
    record = callback.clinic.record
    check_healthy(callback.clinic)
    assert record.gaps == []
    assert record.finished
    assert record.step == record.facts.steps_planned == 3 * ROWS // 16
    assert "classifier" in record.observations[0].layers
    assert record.observations[0].batch_rows == 16
    assert record.wiring.initial_loss == pytest.approx(0.7, abs=0.2)
    assert record.wiring.expected_loss == pytest.approx(0.69, abs=0.1)
    assert len(record.epochs) == 3
    assert record.epochs[-1].validation_loss is not None
    unwatched = train(bert(), sentences(), tmp_path, 5e-3, [], eval_strategy="epoch")
    pairs = zip(model.parameters(), unwatched.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def test_a_rate_far_too_high(tmp_path: Path) -> None:
    callback = nw.clinic.transformers_callback(announce=None, budget=None)
    train(bert(), sentences(), tmp_path, 10.0, [callback])
    check_rate(callback.clinic)


def test_accumulated_batches(tmp_path: Path) -> None:
    callback = nw.clinic.transformers_callback(announce=None, budget=None)
    train(bert(), sentences(), tmp_path, 5e-3, [callback], gradient_accumulation_steps=2)
    record = callback.clinic.record
    assert record.step == 3 * ROWS // 32
    assert record.losses[0] == pytest.approx(0.7, abs=0.3)
    assert len(record.epochs) == 3


def test_a_language_model_does_not_see_the_future(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=50, n_embd=16, n_layer=1, n_head=2, n_positions=16, bos_token_id=0, eos_token_id=0
    )
    start = torch.randint(0, 50, (ROWS, 1), generator=torch.Generator().manual_seed(0))
    rows = [{"input_ids": row, "labels": row} for row in (start + torch.arange(STEPS_OF_TEXT)) % 50]
    callback = nw.clinic.transformers_callback(announce=None, budget=None)
    train(transformers.GPT2LMHeadModel(config), rows, tmp_path, 5e-3, [callback])
    wiring = callback.clinic.record.wiring
    assert callback.clinic.record.gaps == []
    assert wiring.sees_the_future is False
    assert wiring.initial_loss == pytest.approx(callback.clinic.record.losses[0], rel=0.1)


def test_losses_are_those_of_the_models() -> None:
    tokens = torch.randint(5, 50, (4, STEPS_OF_TEXT))
    for kind, labels in (
        ({"num_labels": 3}, torch.tensor([0, 1, 2, 1])),
        ({"num_labels": 1}, torch.randn(4)),
        ({"num_labels": 3, "problem_type": "multi_label_classification"}, torch.ones(4, 3)),
    ):
        output = bert(**kind)(input_ids=tokens, labels=labels)
        assert float(answer_loss(output, labels)) == pytest.approx(float(output.loss), rel=1e-5)
    logits = torch.randn(2, 5, 7)
    expected = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:2, 1:5].flatten() % 7)
    assert float(next_token_loss({"logits": logits}, tokens[:2, :5] % 7)) == pytest.approx(float(expected))
