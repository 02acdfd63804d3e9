"""Matters and plans over the JSON API, without a log-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from support.api import Program
from support.matters import ALL
from support.web import City

from minxin.core.changes import Changes


@pytest.fixture
async def program(city: City, site: str) -> AsyncIterator[Program]:
    await city.store.commit(Changes(inserts=list(ALL)))
    async with ClientSession() as session:
        yield Program(session, site)


async def codes(program: Program, query: str = "") -> list[str]:
    return [one["code"] for one in (await program.get(f"/matters{query}")).body["items"]]


async def test_matters_are_listed_by_life_office_and_words(program: Program) -> None:
    assert await codes(program) == ["SC-1", "SC-2", "YL-1"]
    assert await codes(program, "?life=work") == ["SC-2"]
    assert await codes(program, "?office=none") == []
    assert await codes(program, "?q=开饭馆&life=business") == ["SC-2"]
    for wrong in ("?life=moon", f"?q={'长' * 61}", "?colour=red"):
        assert (await program.get(f"/matters{wrong}")).status == 422


async def test_a_matter_comes_with_everything_and_a_withdrawn_one_not_at_all(program: Program) -> None:
    found = (await program.get("/matters/SC-2")).body
    assert found["papers"][3] == {
        "name": "健康证明",
        "originals": 1,
        "copies": 0,
        "keeps": False,
        "issuer": "",
        "matter": "",
        "note": "",
        "when": {"food": ["serve"]},
    }
    assert found["forms"] == [{"id": "apply", "name": "许可申请表", "path": "/matters/SC-2/forms/apply"}]
    assert (await program.get("/matters/ZZ-9")).status == 404


async def test_a_plan_is_asked_for_step_by_step(program: Program) -> None:
    answer = await program.call("POST", "/plans", {"matters": ["SC-2"]})
    assert [one["id"] for one in answer.body["questions"]] == ["licence", "food"]
    assert answer.body["plan"] is None
    given = {"licence": "no", "food": "packed"}
    made = (await program.call("POST", "/plans", {"matters": ["SC-2"], "answers": given})).body
    assert made["questions"] == []
    assert [(one["code"], one["added"], one["ends_on"]) for one in made["plan"]["matters"]] == [
        ("SC-1", True, "2026-03-05"),
        ("SC-2", False, "2026-03-05"),
    ]
    assert made["plan"]["working_days"] == 3
    assert made["plan"]["fen"] == 1050


async def test_what_can_t_be_planned_is_told_by_field(program: Program) -> None:
    for body, field in (
        ({"matters": []}, "matters"),
        ({"matters": ["SC-2"], "answers": {"moon": "full"}}, "answers"),
        ({"answers": {}}, "matters"),
    ):
        answer = await program.call("POST", "/plans", body)
        assert answer.status == 422
        assert [one["field"] for one in answer.body["errors"]] == [field]
