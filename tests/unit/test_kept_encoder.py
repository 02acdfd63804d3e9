"""Vectors that are kept: read once, written and read again, the oldest given up, and a damaged file refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.encoder import kept
from minxin.classifier.encoder.kept import KeptEncoder, kept_vectors
from minxin.core.errors import DamagedError, UnavailableError


class Counting:
    """Gives the length of a text, and counts what it was asked for."""

    version = "encoder-1"

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.read.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


def test_no_text_is_read_twice() -> None:
    counting = Counting()
    encoder = KeptEncoder(counting)
    assert (encoder(["水", "路灯", "水"]) == encoder(["水", "路灯", "水"])).all()
    assert counting.read == ["水", "路灯"]


def test_what_was_read_is_kept_for_the_next_start(tmp_path: Path) -> None:
    encoder = KeptEncoder(Counting())
    rows = encoder(["水", "零\0", "\ud800", ""])
    encoder.keep(tmp_path)
    again = Counting()
    assert (KeptEncoder(again, kept_vectors(tmp_path))(["水", "零\0", "\ud800", ""]) == rows).all()
    assert again.read == []


def test_oldest_is_given_up_when_too_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    counting = Counting()
    encoder = KeptEncoder(counting)
    encoder(["一", "二", "三", "三", "一"])
    assert counting.read == ["一", "二", "三", "一"]


def test_in_a_hurry_only_the_beginning_is_read() -> None:
    counting = Counting()
    encoder = KeptEncoder(counting)
    encoder.hurry(True)
    encoder(["路" * 100])
    encoder.hurry(False)
    encoder(["路" * 100])
    assert [len(text) for text in counting.read] == [kept.HURRIED_CHARS, 100]


def test_in_a_hurry_only_what_is_asked_first_is_read_and_the_rest_known_or_refused() -> None:
    encoder = KeptEncoder(Counting())
    encoder.hurry(True)
    rows = encoder(["路", "灯"])
    with pytest.raises(UnavailableError):
        encoder(["水"])
    assert (encoder(["路", "灯"]) == rows).all()
    encoder.hurry(True)
    assert encoder(["水"]).shape[0] == 1


def test_several_readers_read_each_text_once_and_say_the_same() -> None:
    counting = Counting()
    texts = ["路" * length for length in (3, 1, 2, 3, 5)]
    several = KeptEncoder(counting, readers=3)
    assert (several(texts) == KeptEncoder(Counting())(texts)).all()
    assert sorted(map(len, counting.read)) == [1, 2, 3, 5]


@pytest.mark.parametrize("harm", ["missing", "cut", "changed"])
def test_damaged_file_is_refused(tmp_path: Path, harm: str) -> None:
    encoder = KeptEncoder(Counting())
    encoder(["水"])
    encoder.keep(tmp_path)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(content[:-1] if harm == "cut" else content[:40] + bytes([content[40] ^ 1]) + content[41:])
    with pytest.raises(DamagedError):
        kept_vectors(tmp_path)
