"""The log: one line for each event, whatever somebody managed to get into it."""

from __future__ import annotations

import json
import logging
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.deploy.logs import FIELDS, LINE_MAX, JsonLines

FORGED = 'x\r\n{"level": "INFO", "event": "http.request"}\n'
HOSTILE = {
    "line breaks": FORGED,
    "a terminal's commands": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "separators that some readers take for line breaks": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "nulls and half characters": "\x00\ud800",
    "text that runs backwards": "\u202etxt.exe",
    "a million characters": "长" * 1_000_000,
    "a million characters of four bytes": "𠮷" * 1_000_000,
}


def line_of(text: str, **fields: object) -> str:
    record = logging.LogRecord("minxin.test", logging.INFO, __file__, 1, "%s", (text,), None)
    vars(record).update(fields)
    return JsonLines().format(record)


def is_one_plain_line(line: str) -> bool:
    return len(line) <= LINE_MAX and re.fullmatch(r"[\x20-\x7e]+", line) is not None


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_in_its_own_line_and_short(hostile: str) -> None:
    line = line_of(hostile)
    assert is_one_plain_line(line)
    assert json.loads(line)["text"][:20] == hostile[:20]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_fields_stay_in_one_line_and_short(hostile: str) -> None:
    line = line_of(hostile, **dict.fromkeys(FIELDS, hostile))
    assert is_one_plain_line(line)
    assert json.loads(line)["event"][:20] == hostile[:20]


def test_the_check_sees_a_line_that_is_written_as_it_is() -> None:
    plain = logging.Formatter("%(levelname)s %(message)s")
    record = logging.LogRecord("minxin.test", logging.INFO, __file__, 1, "%s", (FORGED,), None)
    assert not is_one_plain_line(plain.format(record))


@given(st.text(), st.text())
def test_any_text_and_field_make_one_line(text: str, field: str) -> None:
    assert is_one_plain_line(line_of(text, route=field))


def test_numbers_stay_numbers() -> None:
    line = json.loads(line_of("answered", status=404, duration_ms=1.5))
    assert (line["status"], line["duration_ms"]) == (404, 1.5)


def test_only_known_fields_are_written() -> None:
    assert "secret" not in line_of("answered", phone="secret", body="secret")


def test_an_exception_says_where_and_not_what_a_person_wrote() -> None:
    try:
        raise ValueError("张三 110105")
    except ValueError:
        record = logging.LogRecord("minxin.test", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = JsonLines().format(record)
    assert json.loads(line)["exception"] == "ValueError"
    assert "110105" not in line and "test_logs.py" in line
