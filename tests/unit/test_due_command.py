"""The command ``minxin due``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from minxin.deploy.commands import due as command


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog=command.NAME)
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["2026-02-13", "2wd"], "2026-02-24"),
        (["2026-02-13T23:59:59", "2wd"], "2026-02-24"),
        (["2026-02-13T16:30:00Z", "2wd"], "2026-02-25"),
        (["2025-09-20", "15d"], "2025-10-09"),
        (["2026-02-13T15:30", "2h"], "2026-02-13T17:30:00+08:00"),
        (["2026-02-13", "2h"], "2026-02-13T02:00:00+08:00"),
        (["2026-12-31", "1wd"], "2027-01-01"),
        (["2026-02-13", "2wd", "--explain"], "2026-02-24"),
    ],
)
def test_date_is_printed_first(capsys: pytest.CaptureFixture[str], words: list[str], first: str) -> None:
    assert run(*words) == 0
    assert capsys.readouterr().out.splitlines()[0] == first


def test_explanation_lists_counted_and_skipped_days_with_the_notice(capsys: pytest.CaptureFixture[str]) -> None:
    run("2026-02-13", "2wd", "--explain")
    lines = capsys.readouterr().out.splitlines()
    assert "2026-02-14 周六 Sat  第1天 / day 1  调休上班 / working weekend  国办发明电〔2025〕7号" in lines
    assert sum("不计 / skipped  春节放假 / Spring Festival holiday" in line for line in lines) == 9
    assert "2026-02-24 周二 Tue  第2天 / day 2  工作日 / weekday" in lines
    assert "民法典" in lines[-2]


def test_rolled_and_provisional_dates_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    run("2025-09-20", "15d")
    assert "2025-10-05 is a rest day, so the limit ends on 2025-10-09" in capsys.readouterr().out
    run("2026-12-31", "1wd")
    assert "provisional: no holiday notice for 2027" in capsys.readouterr().out


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    run("2025-09-20", "15d", "--json", "--explain")
    record = json.loads(capsys.readouterr().out)
    assert (record["date"], record["raw_date"], record["provisional"]) == ("2025-10-09", "2025-10-05", False)
    assert sum(day["counted"] for day in record["days"]) == 15


def test_table_of_the_city_is_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "calendar.json"
    off = [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}]
    path.write_text(json.dumps([{"year": 2027, "notice": "通知1号", "off_days": off, "working_weekends": []}]))
    assert run("2026-12-31", "1wd", "--explain", "--calendar", str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2027-01-04"
    assert "2027-01-01 周五 Fri  不计 / skipped  元旦放假 / 元旦 holiday  通知1号" in lines


@pytest.mark.parametrize(
    "words",
    [
        ["tomorrow", "2wd"],
        ["2026-02-30", "2wd"],
        ["2026-02-13", "2 weeks"],
        ["2026-02-13", "0wd"],
        ["9999-12-31", "5d"],
        ["0001-01-01T00:00+14:00", "5d"],
        ["2026-02-13", "2wd", "--calendar", "/nonexistent/calendar.json"],
    ],
)
def test_bad_input_gets_one_sentence_and_exit_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert run(*words) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("minxin due: ")
    assert " / " in output.err
    assert output.err.count("\n") == 1
