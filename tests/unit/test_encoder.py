"""The encoder: its graph computes what the weights say, any text has a row, damaged files are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.tiny_encoder import plain_mean, tiny_weights

from minxin.classifier.encoder.encoder import Encoder, load_encoder
from minxin.classifier.encoder.export import export
from minxin.classifier.encoder.weights import shallower
from minxin.core.errors import DamagedError

LABELS = ("water", "buses")
# "query: 水管漏水" in the pieces of the tiny tokenizer
IDS = [0, 5, 6, 8, 4, 9, 10, 11, 2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder") / "tiny"
    export(tiny_weights(len(LABELS)), folder, labels=LABELS)
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return load_encoder(folder)


def test_vector_is_the_mean_that_the_weights_give(encoder: Encoder) -> None:
    mean = plain_mean(tiny_weights(len(LABELS)), IDS)
    (vector,) = encoder(["水管漏水"])
    assert float(vector @ mean / np.linalg.norm(mean)) > 0.995
    assert vector.dtype == np.float32


def test_logits_are_the_head_on_the_mean(encoder: Encoder) -> None:
    weights = tiny_weights(len(LABELS))
    said = plain_mean(weights, IDS) @ weights.arrays["classifier.weight"].T + weights.arrays["classifier.bias"]
    assert encoder.labels == LABELS
    assert encoder.logits(["水管漏水"])[0] == pytest.approx(said, abs=0.1)


def test_fewer_layers_are_another_encoder(tmp_path: Path) -> None:
    small = shallower(tiny_weights(), [0, 2])
    export(small, tmp_path / "small")
    mean = plain_mean(small, IDS)
    assert float(load_encoder(tmp_path / "small")(["水管漏水"])[0] @ mean / np.linalg.norm(mean)) > 0.995


def test_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    alone = encoder(["水管漏水"])
    among = encoder(["公交", "水管漏水", "abc" * 50])
    assert np.array_equal(among[1], alone[0])


def test_query_and_passage_are_read_differently(encoder: Encoder) -> None:
    assert not np.array_equal(encoder(["水管"], "query"), encoder(["水管"], "passage"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t\x00\x01",
        "水",
        "😀🚰" * 20,
        "漏" * 100_000,
        " " * 100_000,
        "<p onclick=x>水</p>",
        "\ud800水",
        "Вода",
    ],
    ids=["empty", "space", "controls", "one", "emoji", "long", "spaces", "html", "surrogate", "Russian"],
)
def test_any_text_has_a_row_of_length_one(encoder: Encoder, text: str) -> None:
    rows = encoder([text])
    assert rows.shape == (1, 64)
    assert np.linalg.norm(rows[0]) == pytest.approx(1.0, abs=1e-5)


def test_no_text_has_no_row(encoder: Encoder) -> None:
    assert encoder([]).shape == (0, 64)
    assert encoder.logits([]).shape == (0, len(LABELS))


def test_same_weights_give_the_same_version(folder: Path, encoder: Encoder, tmp_path: Path) -> None:
    export(tiny_weights(len(LABELS)), tmp_path / "again", labels=LABELS)
    assert load_encoder(tmp_path / "again").version == encoder.version
    export(tiny_weights(len(LABELS), seed=1), tmp_path / "other", labels=LABELS)
    assert load_encoder(tmp_path / "other").version != encoder.version


def test_new_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for seed in (0, 1):
        export(tiny_weights(seed=seed), tmp_path / "model")
    export(tiny_weights(seed=1), tmp_path / "straight")
    assert load_encoder(tmp_path / "model").version == load_encoder(tmp_path / "straight").version
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "straight"]


def test_folder_that_a_crash_left_half_written_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "model.part").mkdir()
    (tmp_path / "model.part" / "encoder.onnx").write_bytes(b"half")
    export(tiny_weights(), tmp_path / "model")
    assert load_encoder(tmp_path / "model")(["水"]).shape == (1, 64)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("name", ["encoder.json", "encoder.onnx", "encoder.weights", "tokenizer.json"])
@pytest.mark.parametrize("harm", ["gone", "cut", "changed"])
def test_damaged_folder_is_refused(tmp_path: Path, name: str, harm: str) -> None:
    export(tiny_weights(), tmp_path / "model")
    path = tmp_path / "model" / name
    content = path.read_bytes()
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    path.unlink()
    if harm != "gone":
        path.write_bytes(content[:middle] if harm == "cut" else changed)
    with pytest.raises(DamagedError):
        load_encoder(tmp_path / "model")


def test_card_that_was_edited_is_refused(tmp_path: Path) -> None:
    export(tiny_weights(), tmp_path / "model")
    path = tmp_path / "model" / "encoder.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "most_tokens": 5}))
    with pytest.raises(DamagedError):
        load_encoder(tmp_path / "model")
