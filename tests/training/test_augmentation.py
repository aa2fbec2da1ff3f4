"""Augmentation: reproducible, and every change what it says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from netwright.training.augmentation import Augmentation
from netwright.training.batches import Batch
from netwright.training.losses import CrossEntropy
from netwright.training.mixup import Mixup
from netwright.training.objective import Objective

EVERYTHING = Augmentation(shift=3, flip="both", rotate=20, zoom=0.2, erase=0.5, light=0.3, cutmix=1.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(rows: int = 8, channels: int = 3, size: int = 12) -> torch.Tensor:
    shape = (rows, channels, size, size)
    return torch.randint(1, 256, shape, generator=generator(9), dtype=torch.uint8)


@pytest.mark.parametrize("change", [EVERYTHING, Augmentation(shift=2, flip="horizontal", erase=1.0)])
def test_the_same_seed_gives_the_same_changes(change: Augmentation) -> None:
    given = pictures()
    kept = given.clone()
    first, second = change.change(given, generator(1)), change.change(given, generator(1))
    assert torch.equal(first, second)
    assert not torch.equal(first, change.change(given, generator(2)))
    assert torch.equal(given, kept)
    assert first.shape == given.shape


def test_nothing_wanted_nothing_changed() -> None:
    assert torch.equal(Augmentation(shift=0).change(pictures(), generator()), pictures())


def test_a_shift_moves_what_is_inside() -> None:
    given = torch.zeros(40, 1, 9, 9, dtype=torch.uint8)
    given[:, :, 4, 4] = 200
    moved = Augmentation(shift=2).change(given, generator())
    places = (moved == 200).nonzero()[:, 2:]
    assert len(places) == 40
    assert places.min() == 2
    assert places.max() == 6
    assert len(places.unique(dim=0)) > 10


@pytest.mark.parametrize(("flip", "axes"), [("horizontal", [3]), ("vertical", [2])])
def test_a_flip_mirrors_about_half(flip: str, axes: list[int]) -> None:
    given = pictures(rows=100)
    changed = Augmentation(shift=0, flip=flip).change(given, generator())
    same = (changed == given).flatten(1).all(1)
    mirrored = (changed == given.flip(axes)).flatten(1).all(1)
    assert (same | mirrored).all()
    assert 30 < mirrored.sum() < 70


def test_turning_by_nothing_leaves_a_picture_alone() -> None:
    smooth = torch.arange(144.0).view(1, 1, 12, 12).expand(5, 1, 12, 12)
    turned = Augmentation(shift=0, zoom=1e-9).change(smooth, generator())
    torch.testing.assert_close(turned, smooth, atol=1e-2, rtol=1e-4)


def test_a_quarter_turn_keeps_a_ring() -> None:
    line = torch.arange(-5.5, 6)
    ring = torch.exp(-(((line[:, None] ** 2 + line**2).sqrt() - 3) ** 2))[None, None].repeat(20, 1, 1, 1)
    turned = Augmentation(shift=0, rotate=180).change(ring, generator())
    assert (turned - ring).abs().max() < 0.25


def test_a_mirrored_turn_is_a_mirror_where_nothing_turns() -> None:
    given = pictures(rows=30).float()
    changed = Augmentation(shift=0, flip="horizontal", zoom=1e-9).change(given, generator())
    for one, original in zip(changed, given, strict=True):
        distances = [(one - other).abs().max() for other in (original, original.flip(2))]
        assert min(distances) < 0.1


def test_erasing_leaves_one_grey_rectangle() -> None:
    given = torch.full((20, 1, 16, 16), 200, dtype=torch.uint8)
    given[10:] = 100
    changed = Augmentation(shift=0, erase=1.0).change(given, generator())
    for one, original in zip(changed, given, strict=True):
        down, right = (one[0] != original[0]).nonzero(as_tuple=True)
        area = (down.max() - down.min() + 1) * (right.max() - right.min() + 1)
        assert len(down) == area
        assert 3 <= down.max() - down.min() + 1 <= 8


def test_light_keeps_the_order_of_brightness() -> None:
    given = pictures(rows=6, channels=1)
    changed = Augmentation(shift=0, light=0.4).change(given, generator())
    for one, original in zip(changed, given, strict=True):
        ordered = one.flatten()[original.flatten().argsort(stable=True)]
        assert (ordered.diff() >= 0).all()
    assert changed.is_floating_point()


def test_cutmix_shares_the_loss_by_area() -> None:
    given = torch.arange(8, dtype=torch.uint8).view(8, 1, 1, 1).expand(8, 1, 10, 10).contiguous()
    mixed = Augmentation(cutmix=1.0).mix((given,), generator(3))
    for row in range(8):
        own = (mixed.inputs[0][row] == row).float().mean().item()
        partner = int(mixed.order[row])
        assert own == pytest.approx(1.0 if partner == row else mixed.share, abs=1e-6)
        assert set(mixed.inputs[0][row].unique().tolist()) <= {row, partner}


def test_mixup_blends_bytes_as_numbers() -> None:
    mixed = Mixup(1.0).mix((pictures(),), generator(1))
    expected = mixed.share * pictures().float() + (1 - mixed.share) * pictures()[mixed.order].float()
    torch.testing.assert_close(mixed.inputs[0], expected)


def test_the_objective_changes_pictures_by_step_and_leaves_the_batch_alone() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 144, 4))
    batch = Batch((pictures().float() / 255,), torch.arange(8) % 4)
    objective = Objective(CrossEntropy(), augmentation=EVERYTHING, mixup=Mixup(0.4), seed=3)
    losses = [objective(network, batch, step).item() for step in (0, 1, 0)]
    assert losses[0] == losses[2] != losses[1]
    assert torch.equal(batch.inputs[0], pictures().float() / 255)
