"""Every route with everybody and every kind of letter: who may not, is told the same as if there were nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from support.access import EVERYBODY, NOBODY, Circle, Row, Viewers, circle
from support.access_table import TABLE
from support.places import NO_SUCH, address_of, belongings_of, letters_of, targets
from support.scene import Scene, Written

from minxin.consult import access as consult_access
from minxin.consult.access import Case
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter
from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.webui.api.examples import EXAMPLES
from minxin.webui.api.table import OPERATIONS
from minxin.webui.routes import all_routes

_OPERATIONS = {f"{operation.method.value} {operation.address}": operation for operation in OPERATIONS}
# What is different on every page: its forms' tokens, and the address in the links that choose a language.
_CHANGING = re.compile(r'value="[^"]*"|href="[^"]*"')


@dataclass(frozen=True)
class Cell:
    """One question: may the viewer call the route on this object?"""

    route: str
    row: Row
    target: str
    parts: Mapping[str, str]
    viewer: str
    expected: str

    def __str__(self) -> str:
        return f"{self.viewer}: {self.route} of {self.target}"


@dataclass(frozen=True)
class Answer:
    """What came back, without what is different each time."""

    status: int
    location: str
    text: str

    @property
    def kind(self) -> str:
        if self.status == 401 or self.location.startswith("/login?next="):
            return "log in"
        return _KINDS.get(self.status, f"status {self.status}: {self.text[:300]}")


# 409 tells somebody who may see the letter that he may not do this to it now; 422 that his form is not filled in.
_KINDS = {404: "nothing", 403: "told no", 429: "slow down", **dict.fromkeys((200, 201, 204, 303, 409, 422), "in")}


def _cells(route: str, row: Row, letters: Mapping[str, Written], ids: Mapping[str, str]) -> Iterator[Cell]:
    for target, parts in targets(route, row, letters, ids):
        who = row.who
        if isinstance(who, Circle):
            who = circle("answered" if target == "published" else target, who)
        # Those who may come last: they may change what the others were refused.
        for viewer in sorted(EVERYBODY, key=lambda one: (one in who, one)):
            yield Cell(route, row, target, parts, viewer, _expected(viewer, who, row))


def _expected(viewer: str, who: Viewers, row: Row) -> str:
    if viewer in row.told_no and (viewer in who or not isinstance(row.who, Circle)):
        return "told no"
    if viewer in who:
        return "in"
    return row.otherwise or ("log in" if viewer == "anonymous" else "nothing")


class Prober:
    """Asks as one of the people of the scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._tokens: dict[str, str] = {}

    async def ask(self, cell: Cell, parts: Mapping[str, str]) -> Answer:
        method, path = cell.route.split(" ")
        address = address_of(path, cell.row, parts)
        browser = self._scene.browsers[cell.viewer]
        headers = browser._headers({"X-CSRF-Token": await self._token(cell.viewer)} if method != "GET" else {})
        headers["Accept-Language"] = "zh"
        body = self._body(cell, method)
        async with browser._session.request(
            method, browser.base + address, headers=headers, allow_redirects=False, **body
        ) as response:
            text = (await response.read()).decode("utf-8", "replace")
            location = response.headers.get("Location", "")
            for changing in (parts["id"], response.headers["X-Request-Id"]):
                text = text.replace(changing, "")
            return Answer(response.status, location, _CHANGING.sub("", text))

    def _body(self, cell: Cell, method: str) -> dict[str, Any]:
        operation = _OPERATIONS.get(cell.route)
        if method == "GET" or operation is None:
            return {} if method == "GET" else {"data": dict(cell.row.fields)}
        example = EXAMPLES.get(operation.body)
        return {"json": msgspec.to_builtins(example)} if example is not None else {}

    async def _token(self, viewer: str) -> str:
        if viewer not in self._tokens:
            browser = self._scene.browsers[viewer]
            await browser.get("/login" if viewer == "anonymous" else "/account")
            self._tokens[viewer] = browser.hidden("/login" if viewer == "anonymous" else "/logout")["csrf_token"]
        return self._tokens[viewer]


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {f"{route.method} {route.path}" for route in all_routes()}
    assert routes - set(TABLE) == set(), "write down in support/access_table.py whom the new routes are for, and why"
    assert set(TABLE) - routes == set()


async def _deviations(scene: Scene, table: Mapping[str, Row] = TABLE) -> list[str]:
    letters, ids = await letters_of(scene), await belongings_of(scene)
    prober, wrong = Prober(scene), []
    for route, row in sorted(table.items(), key=lambda pair: (pair[1].last, "POST /logout" == pair[0])):
        for cell in _cells(route, row, letters, ids):
            answer = await prober.ask(cell, cell.parts)
            if answer.kind == "slow down" and row.who in (EVERYBODY, NOBODY):
                continue
            if answer.kind != cell.expected:
                wrong.append(f"{cell}: {cell.expected} expected, got {answer.kind}")
            elif cell.expected == "nothing" and "{id}" in route and answer != await prober.ask(cell, _no_such(cell)):
                wrong.append(f"{cell}: looks different from what is not there")
    return wrong


def _no_such(cell: Cell) -> dict[str, str]:
    return {**cell.parts, **{part: NO_SUCH[part] for part in NO_SUCH if part in cell.parts}}


async def test_everybody_gets_what_the_table_says_and_nothing_else(scene: Scene) -> None:
    assert await _deviations(scene) == []


async def test_the_matrix_sees_an_open_door(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consult_access, "may_see", lambda actor, letter, order: True)
    route = "GET /api/v1/letters/{id}"
    wrong = await _deviations(scene, {route: TABLE[route]})
    assert f"clerk: {route} of sealed: nothing expected, got in" in wrong
    assert f"neighbour: {route} of desk: nothing expected, got in" in wrong


async def test_the_matrix_sees_a_refusal_that_tells_that_something_is_there(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(store: LetterStore, actor: Actor, letter_id: str) -> Case:
        letter = await store.get(Letter, letter_id)
        raise NotFoundError("error.wrong_method" if letter else None)

    monkeypatch.setattr("minxin.consult.letterbox.access_letter", tell)
    route = "GET /api/v1/letters/{id}"
    wrong = await _deviations(scene, {route: TABLE[route]})
    assert f"clerk: {route} of sealed: looks different from what is not there" in wrong
