"""Picture files: formats, archives, idx files, broken and giant ones."""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netwright.data import pictures
from netwright.data.picture_folders import holds_picture_files, read_pictures
from netwright.data.pictures import PictureCache, decode, measure, read_idx
from netwright.errors import DataError


def write_idx(path: Path, array: np.ndarray) -> None:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    with gzip.open(path, "wb") as file:
        file.write(head + array.astype(np.uint8).tobytes())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_of_picture(tmp_path: Path, mode: str, channels: int) -> None:
    ending = {"CMYK": "tif", "F": "tif"}.get(mode, "png")
    path = tmp_path / f"a.{ending}"
    Image.new(mode, (6, 4)).save(path)
    pixels, broken = decode([str(path)], 4, 6, channels, PictureCache())
    assert pixels.shape == (1, 4, 6, channels)
    assert not broken


def test_pixels_are_those_of_the_file(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    Image.fromarray(array).save(tmp_path / "a.png")
    pixels, _ = decode([str(tmp_path / "a.png")], 5, 7, 3, PictureCache())
    assert np.array_equal(pixels[0], array)


def test_transparent_parts_lie_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert (decode([str(tmp_path / "a.png")], 2, 2, 3, PictureCache())[0] == 255).all()


def test_a_picture_lying_on_its_side_is_put_upright(tmp_path: Path) -> None:
    picture = Image.new("L", (8, 4))
    picture.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.png", exif=exif)
    assert (measure([str(tmp_path / "a.png")])[0].height, measure([str(tmp_path / "a.png")])[0].width) == (
        8,
        4,
    )
    pixels, _ = decode([str(tmp_path / "a.png")], 8, 4, 1, PictureCache())
    assert pixels[0, 0, 3, 0] == 255


def test_broken_pictures_are_named_and_the_rest_decoded(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 77).save(tmp_path / "good.png")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "words.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    names = ["good.png", "half.png", "words.png", "empty.png", "absent.png"]
    addresses = [*(str(tmp_path / name) for name in names), None]
    pixels, broken = decode(addresses, 8, 8, 1, PictureCache())
    assert [one.place for one in broken] == [1, 2, 3, 4, 5]
    assert all(name in one.address for name, one in zip(names[1:], broken[:4], strict=True))
    assert "no such file" in broken[3].reason
    assert (pixels[0] == 77).all()


def test_a_giant_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (300, 200)).save(tmp_path / "giant.png")
    monkeypatch.setattr(pictures, "MOST_PIXELS", 50_000)
    _, broken = decode([str(tmp_path / "giant.png")], 8, 8, 1, PictureCache())
    assert "300 × 200 pixels" in broken[0].reason


def test_a_picture_is_decoded_once(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 7).save(tmp_path / "a.png")
    cache = PictureCache()
    decode([str(tmp_path / "a.png")], 8, 8, 1, cache)
    made = cache.get(("other",), lambda: np.zeros(3))
    assert cache.get(("other",), lambda: np.ones(3)) is made
    assert len(cache._held) == 2


def test_a_full_cache_lets_the_oldest_go() -> None:
    cache = PictureCache(bytes_at_most=20)
    for key in range(5):
        cache.get(key, lambda: np.zeros(8, np.uint8))
    assert list(cache._held) == [3, 4]


def test_idx_files(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
    for part, size in (("train", 6), ("t10k", 3)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", array[:size])
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.arange(size) % 2)
    table = read_pictures(tmp_path)
    assert table.frame.height == 9
    assert table.test.sum() == 3
    at = table.frame["image"].to_list()
    for height, width in ((5, 4), (10, 8)):
        pixels, broken = decode(at, height, width, 1, PictureCache())
        assert not broken
        assert pixels.shape == (9, height, width, 1)
    assert np.array_equal(decode(at, 5, 4, 1)[0][~table.test][..., 0], array)


def test_an_idx_file_that_is_too_short(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    with gzip.open(path, "wb") as file:
        file.write(struct.pack(">BBBB3I", 0, 0, 8, 3, 10, 5, 5) + bytes(20))
    with pytest.raises(DataError, match="20 bytes"):
        read_idx(str(path), 0)


def test_a_zip_archive_with_train_and_test(tmp_path: Path) -> None:
    archive = tmp_path / "photos.zip"
    Image.new("RGB", (4, 4), (9, 8, 7)).save(tmp_path / "a.png")
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("top/train/cat/1.png", "top/train/dog/1.png", "top/test/cat/2.png", "__MACOSX/x/1.png"):
            file.write(tmp_path / "a.png", name)
    assert holds_picture_files(archive)
    table = read_pictures(archive)
    assert table.frame["label"].to_list() == ["cat", "cat", "dog"]
    assert table.test.tolist() == [True, False, False]
    pixels, broken = decode(table.frame["image"].to_list(), 4, 4, 3, PictureCache())
    assert not broken
    assert pixels[0, 0, 0].tolist() == [9, 8, 7]


def test_pictures_outside_of_class_folders_are_named(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    for name in ("cat/1.png", "stray.png"):
        Image.new("L", (2, 2)).save(tmp_path / name)
    with pytest.raises(DataError, match=r"stray\.png lies in no class folder"):
        read_pictures(tmp_path)
    assert read_pictures(tmp_path, labelled=False).frame.height == 2


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    assert not holds_picture_files(tmp_path)
    with pytest.raises(DataError, match="holds no pictures"):
        read_pictures(tmp_path)
