"""Ids lie together when they were made together, and tell nobody more than the minute."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from minxin.core.ids import new_id

NOW = 1_790_000_000
MINUTE_CHARS = 5


def ids_at(monkeypatch: pytest.MonkeyPatch, at: float, many: int = 200) -> list[str]:
    monkeypatch.setattr(time, "time", lambda: at)
    return [new_id() for _ in range(many)]


def test_ids_differ_and_each_is_the_text_of_16_bytes() -> None:
    ids = [new_id() for _ in range(5_000)]

    assert len(set(ids)) == len(ids)
    for one in ids:
        raw = urlsafe_b64decode(f"{one}==")
        assert len(raw) == 16
        assert urlsafe_b64encode(raw).rstrip(b"=").decode() == one


def test_ids_of_one_minute_begin_alike_and_sort_before_those_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = [ids_at(monkeypatch, NOW - NOW % 60 + 60 * number) for number in range(130)]

    assert all(len({one[:MINUTE_CHARS] for one in ids}) == 1 for ids in minutes)
    assert all(max(before) < min(after) for before, after in zip(minutes, minutes[1:], strict=False))


def test_behind_the_minute_every_character_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ids_at(monkeypatch, NOW, 3_000)

    drawn = [len({one[place] for one in ids}) for place in range(MINUTE_CHARS, 22)]
    assert drawn == [64] * 16 + [4]


def test_an_id_says_no_more_than_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    minute = NOW - NOW % 60
    ids = [one for second in (0, 1, 30, 59) for one in ids_at(monkeypatch, minute + second)]

    assert len({one[:MINUTE_CHARS] for one in ids}) == 1
