"""Every move with everybody: the wrong person changes nothing, the right one does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support.access import EVERYBODY, MOVES, MoveRow
from support.scene import Scene, Written

from minxin.consult import moves
from minxin.consult.decision import stream_of
from minxin.consult.moves import Move
from minxin.webui.api.examples import EXAMPLES
from minxin.webui.api.table import OPERATIONS

_REFUSED = frozenset({401, 403, 404, 409})


async def _place(scene: Scene, row: MoveRow) -> Written:
    written = await scene.written(sealed=row.place == "sealed")
    if row.place in ("written", "sealed"):
        return written
    moved: Written = await getattr(scene, row.place)(written)
    return moved


def _call(row: MoveRow, written: Written) -> tuple[str, Any]:
    what = "letters" if row.move == Move.WITHDRAW else "orders"
    address = f"/api/v1/{what}/{{id}}/{row.move}"
    operation = next(one for one in OPERATIONS if one.address == address)
    body = msgspec.to_builtins(EXAMPLES[operation.body]) if operation.body in EXAMPLES else None
    return address.replace("{id}", written.letter if what == "letters" else written.order), body


async def _try(scene: Scene, viewer: str, row: MoveRow, written: Written) -> int:
    browser = scene.browsers[viewer]
    await browser.get("/login" if viewer == "anonymous" else "/account")
    token = browser.hidden("/login" if viewer == "anonymous" else "/logout")["csrf_token"]
    address, body = _call(row, written)
    status, _ = await browser.json("POST", address, body, {"X-CSRF-Token": token})
    return status


async def _happened(scene: Scene, written: Written) -> int:
    return len(await scene.city.store.events(stream_of(written.letter)))


async def _wrong(scene: Scene, row: MoveRow) -> list[str]:
    """Return who could do what he may not, or could not do what he may."""
    wrong = []
    written = await _place(scene, row)
    before = await _happened(scene, written)
    for viewer in sorted(EVERYBODY - row.who):
        status = await _try(scene, viewer, row, written)
        if status not in _REFUSED or await _happened(scene, written) != before:
            wrong.append(f"{viewer} could {row.move}: {status}")
    for viewer in sorted(row.who):
        written = await _place(scene, row)
        before = await _happened(scene, written)
        status = await _try(scene, viewer, row, written)
        if status not in (200, 204) or await _happened(scene, written) == before:
            wrong.append(f"{viewer} could not {row.move}: {status}")
    return wrong


def test_every_move_of_people_has_a_row() -> None:
    assert {row.move for row in MOVES} == set(Move) - {Move.CLOSE}


@pytest.mark.parametrize("row", MOVES, ids=lambda row: f"{row.move}-{row.place}")
async def test_only_the_right_people_make_the_move(scene: Scene, row: MoveRow) -> None:
    assert await _wrong(scene, row) == []


async def test_the_check_sees_a_table_of_moves_that_lets_others_in(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "_may", lambda rule, order, actor, writer_id: True)
    row = next(row for row in MOVES if row.move == Move.SIGN_OFF)
    assert "clerk could sign_off: 200" in await _wrong(scene, row)
