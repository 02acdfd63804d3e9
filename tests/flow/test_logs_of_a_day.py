"""The logs of a day on which everybody opens everything: ids of what was done, and nothing of anybody."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from support.access import EVERYBODY, Circle, Row, circle
from support.access_table import TABLE
from support.places import address_of, belongings_of, letters_of, targets
from support.scene import Scene, open_scene
from support.web import PASSWORD, STAFF_PASSWORD, City, application_of, open_city, serve

from minxin.core.changes import Changes, Job
from minxin.core.clock import SystemClock
from minxin.core.log_ids import log_ids, note_ids
from minxin.core.store import Queue
from minxin.deploy.logs import JsonLines, TextLines
from minxin.deploy.workers import Worker

MARK = "植物园东门的秘密"  # stands in everything that anybody writes, and in every name
NAMES = ("王小明", "李明")
PHONES = ("13800000001", "13800000002", "138****", "1390000")
ELSEWHERE = ("far.example", "@")


class Kept(logging.Handler):
    """Keeps what would be written, in both forms."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.json: list[str] = []
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.json.append(JsonLines().format(record))
        self.text.append(TextLines().format(record))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, logger = Kept(), logging.getLogger("minxin")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


def marked(text: str) -> str:
    return f"{MARK}{text}"


def asked(route: str, row: Row, target: str) -> list[str]:
    """Return who asks: one who may, and one who may not when there is one."""
    who = circle("answered" if target == "published" else target, row.who) if isinstance(row.who, Circle) else row.who
    may, may_not = sorted(who - row.told_no), sorted(EVERYBODY - who)
    return may[:1] + may_not[:1]


async def open_everything(scene: Scene) -> int:
    """Ask for each page and each call of the interface, with the secret words in the query too."""
    letters, ids = await letters_of(scene), await belongings_of(scene)
    count = 0
    for route, row in TABLE.items():
        method, path = route.split(" ")
        if method != "GET" or path.endswith("/live") or path.endswith("/poll"):
            continue
        for target, parts in list(targets(route, row, letters, ids))[:2]:
            for viewer in asked(route, row, target):
                browser = scene.browsers[viewer]
                address = address_of(path, row, parts)
                more = f"{'&' if '?' in address else '?'}q={MARK}&code={MARK}"
                async with browser._session.get(
                    browser.base + address + more, headers=browser._headers({}), allow_redirects=False
                ) as response:
                    await response.read()
                    count += 1
    return count


async def fail_at_work(city: City) -> None:
    """Let work fail over what somebody wrote."""

    async def task(key: str, payload: dict[str, Any]) -> Changes:
        raise ValueError(payload["text"])

    await city.store.commit(Changes(jobs=[Job("tried", marked("key"), {"text": MARK, "letter_id": "letter-7"})]))
    await Worker(city.store, Queue.JOBS, SystemClock(), {"tried": task}).run_once()


async def test_nothing_of_anybody_is_in_the_logs_of_a_day(tmp_path: Path, kept: Kept) -> None:
    async def explode(request: web.Request) -> web.Response:
        raise RuntimeError(MARK + request.path_qs)

    async with open_city(tmp_path) as city:
        application = application_of(city)
        application.router.add_get("/explode/{name}", explode)
        async with serve(application) as site, open_scene(city, site, marked) as scene:
            for browser in scene.browsers.values():
                await browser.get(f"/explode/{MARK}?token={MARK}")
            assert await open_everything(scene) > 300
            await scene.browsers["anonymous"].log_in(PHONES[0], marked("falsch"))
            await fail_at_work(city)
            cookies = {value for browser in scene.browsers.values() for value in browser.cookies.values()}
    secrets = {MARK, PASSWORD, STAFF_PASSWORD, *NAMES, *PHONES, *ELSEWHERE, *(one for one in cookies if len(one) > 8)}
    lines = [*kept.json, *kept.text]
    assert len(lines) > 1000
    # JSON escapes what is not ASCII: it is looked into as it was said.
    said = "\n".join([*(json.dumps(json.loads(line), ensure_ascii=False) for line in kept.json), *kept.text])
    assert [secret for secret in secrets if secret in said] == []

    failed = [json.loads(line) for line in kept.json if json.loads(line).get("event") == "work_failed"]
    assert [(line["kind"], line["letter"], line["exception"]) for line in failed] == [
        ("tried", "letter-7", "ValueError")
    ]
    assert failed[0]["job"]
    errors = [json.loads(line) for line in kept.json if json.loads(line)["level"] == "ERROR"]
    assert all(line.get("request_id") or line.get("job") for line in errors)


def line_of(form: logging.Formatter, text: str = "done", **fields: object) -> str:
    record = logging.LogRecord("minxin.test", logging.INFO, __file__, 1, "%s", (text,), None)
    vars(record).update(fields)
    return form.format(record)


def test_ids_stand_in_every_line_of_what_is_done_and_in_none_after() -> None:
    note_ids(letter="of nothing")
    with log_ids(request_id="r", letter=""):
        assert json.loads(line_of(JsonLines()))["request_id"] == "r"
        note_ids(letter="l")
        inner = json.loads(line_of(JsonLines()))
        own = json.loads(line_of(JsonLines(), letter="own"))
    after = json.loads(line_of(JsonLines()))
    assert (inner["request_id"], inner["letter"], own["letter"]) == ("r", "l", "own")
    assert {"request_id", "letter"} & after.keys() == set()


def test_text_for_a_person_is_one_line_with_the_same_in_it() -> None:
    with log_ids(request_id="r"):
        line = line_of(TextLines(), "x\r\nINFO forged\x1b[2J\u202e", event="tried", status=404, body=MARK)
    assert "\n" not in line and "\x1b" not in line and "\u202e" not in line
    assert "request_id=r" in line and "event=tried" in line and "status=404" in line
    assert MARK not in line


def test_an_exception_in_text_says_where_and_not_what() -> None:
    try:
        raise ValueError(MARK)
    except ValueError:
        record = logging.LogRecord("minxin.test", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = TextLines().format(record)
    assert "exception=ValueError" in line and "test_logs_of_a_day.py" in line
    assert MARK not in line
