"""Wave files of every width are read, and their spectra are what they should be."""

from __future__ import annotations

import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from netwright.data.items import SoundRows, objects
from netwright.data.sound import SoundPreparation, Sounds, log_mel, mel_filters, read_wave, resampled
from netwright.data.sound_folders import broken_sounds, holds_sound_files, read_sounds
from netwright.errors import DataError


def write(path: Path, samples: np.ndarray, width: int = 2, rate: int = 8000, channels: int = 1) -> Path:
    """Write samples between -1 and 1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    data = (whole + 128).astype(np.uint8).tobytes() if width == 1 else b""
    if width > 1:
        data = b"".join(int(one).to_bytes(width, "little", signed=True) for one in whole.ravel())
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(data)
    return path


def tone(frequency: float, seconds: float = 0.3, rate: int = 8000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_every_width_are_read(tmp_path: Path, width: int) -> None:
    samples, rate = read_wave(write(tmp_path / "a.wav", tone(440), width))
    assert rate == 8000
    np.testing.assert_allclose(samples.numpy(), tone(440), atol=1.2 / 2 ** (8 * width - 1) + 1e-6)


def test_several_channels_are_averaged(tmp_path: Path) -> None:
    both = np.stack([tone(440), -tone(440)], axis=1)
    samples, _ = read_wave(write(tmp_path / "a.wav", both, channels=2))
    assert samples.abs().max() < 1e-4


@pytest.mark.parametrize("frequency", [300.0, 1000.0, 3000.0])
def test_the_loudest_band_is_that_of_the_tone(frequency: float) -> None:
    spectrum = log_mel(torch.from_numpy(tone(frequency)).float(), 8000, bands=40, window=200, hop=80)
    loudest = int(spectrum[5:-5].mean(0).argmax())
    weights = mel_filters(129, 8000, 40)[:, round(frequency / 4000 * 128)]
    assert weights[loudest] > 0


def test_another_rate_keeps_the_tone() -> None:
    high = torch.from_numpy(tone(440, rate=16000)).float()
    low = resampled(high, 16000, 8000)
    np.testing.assert_allclose(low[100:-100], tone(440)[100:-100], atol=5e-3)


def test_sounds_become_scaled_steps_and_back_from_a_state(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{number}.wav", tone(200 * number, 0.1 * number))) for number in range(1, 5)
    ]
    rows = SoundRows(objects(list(paths)))
    preparation = Sounds(bands=20).fit(rows)
    steps, lengths = preparation.transform(rows)
    assert steps.shape == (4, preparation.shape.length, 20)
    assert lengths.tolist() == [11, 21, 31, 41]
    assert not steps[0, 11:].any()
    again = SoundPreparation.from_state(*preparation.to_state())
    assert again.transform(rows)[0].equal(steps)


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    for name in ("cat/1.wav", "cat/2.wav", "dog/1.wav", "stray.wav"):
        write(tmp_path / name, tone(440, 0.01))
    read = read_sounds(tmp_path)
    assert read.target.to_list() == ["cat", "cat", "dog"]
    assert "1 files outside" in read.decisions[0]
    assert holds_sound_files(tmp_path)


def test_names_that_begin_with_the_class(tmp_path: Path) -> None:
    for name in ("7_ann_0.wav", "7_bob_0.wav", "8_ann_0.wav"):
        write(tmp_path / name, tone(440, 0.01))
    read = read_sounds(tmp_path)
    assert read.target.to_list() == ["7", "7", "8"]
    assert read.groups == ("ann", "bob", "ann")


def test_an_archive_with_a_part_for_the_test(tmp_path: Path) -> None:
    archive = tmp_path / "sounds.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("all/train/cat/1.wav", "all/train/dog/1.wav", "all/test/dog/2.wav"):
            packed.write(write(tmp_path / name, tone(440, 0.01)), name)
    read = read_sounds(archive)
    assert holds_sound_files(archive)
    assert read.target.to_list() == ["dog", "cat", "dog"]
    assert read.test == (True, False, False)
    samples, rate = read_wave(read.rows.values[0])
    assert len(samples) == round(0.01 * rate)


def test_broken_sounds_are_found_by_row(tmp_path: Path) -> None:
    good = str(write(tmp_path / "good.wav", tone(440, 0.01)))
    (tmp_path / "bad.wav").write_bytes(b"RIFF no sound")
    rows = SoundRows(objects([good, str(tmp_path / "bad.wav"), good, str(tmp_path / "none.wav"), None]))
    assert sorted(broken_sounds(rows)) == [1, 3, 4]


def test_no_classes(tmp_path: Path) -> None:
    for name in ("plain/a.wav", "plain/b.wav", "one/cat_1.wav", "one/cat_2.wav"):
        write(tmp_path / name, tone(440, 0.01))
    with pytest.raises(DataError, match="without a class"):
        read_sounds(tmp_path / "plain")
    with pytest.raises(DataError, match="one class only, 'cat'"):
        read_sounds(tmp_path / "one")
    assert read_sounds(tmp_path / "plain", labelled=False).target is None


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF no sound")
    with pytest.raises(DataError, match=r"a\.wav cannot be read as a wave file"):
        read_wave(tmp_path / "a.wav")
    with pytest.raises(DataError, match="holds no sound"):
        read_wave(write(tmp_path / "b.wav", np.zeros(0)))
    with pytest.raises(DataError, match="There is no sound file"):
        read_wave(tmp_path / "c.wav")


def test_how_loud_a_sound_was_recorded_makes_no_difference(tmp_path: Path) -> None:
    loud, soft = (str(write(tmp_path / f"{by}.wav", by * tone(440), width=3)) for by in (1.0, 0.05))
    rows = SoundRows(objects([loud, soft]))
    one, two = Sounds().fit(rows).spectra(rows)
    torch.testing.assert_close(one, two, atol=0.05, rtol=0)
    assert float(one.max()) == 0
    assert float(one.min()) >= -9.3
