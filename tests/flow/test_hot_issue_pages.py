"""Hot issues from the store to the manager's page, by a child process as in service."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.desk import Staff
from support.store import Maker
from support.web import City

from minxin.consult.hot_issues import HotIssues
from minxin.consult.issue_letters import WINDOW, issue_texts
from minxin.consult.place_records import KnownPlace, PlaceSource
from minxin.consult.records import Letter, LetterState, OrderState
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import NotFoundError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.core.places import PlaceKind
from minxin.deploy.like_letters import IssueProcess, issue_command
from minxin.deploy.settings import BUILTIN_CITY

MANAGER = Actor("manager", frozenset({Role.MANAGER}), "zhongxin", "主任")
HANDLER = Actor("handler", frozenset({Role.HANDLER}), "cgj", "承办人")
SUBJECTS = ("翠湖小区搅拌站噪音扰民", "投诉翠湖小区旁的搅拌站", "翠湖小区搅拌站粉尘太大")
TEXT = "小区北门外的混凝土搅拌站昼夜生产，噪音和粉尘让居民无法开窗，第{}次来信，请查处。"


async def write(city: City, count: int, *, first: int = 0, **fields: object) -> list[Letter]:
    """Keep letters about one matter, each by another writer of the last hours."""
    make, now = Maker(), city.clock.now()
    letters = [
        make.letter(
            id=f"letter-{number}",
            writer_id=f"writer-{number}",
            state=LetterState.ACCEPTED,
            received_at=now - timedelta(hours=number + 1),
            subject=SUBJECTS[number % 3],
            text=TEXT.format(number),
            place="翠湖小区",
            **fields,
        )
        for number in range(first, first + count)
    ]
    await city.store.commit(make.numbered(*letters))
    orders = [
        make.order(id=f"order-{letter.id}", letter_id=letter.id, state=OrderState.TO_DISPATCH, number=letter.id)
        for letter in letters
    ]
    await city.store.commit(Changes(inserts=list(orders)))
    return letters


async def test_the_manager_sees_the_issue_its_alarm_its_heat_and_its_letters(city: City, staff: Staff) -> None:
    await write(city, 6)
    await write(city, 1, first=6, sealed=True)
    await city.services.hot_issues.look()
    (issue,) = await city.services.hot_issues.current(MANAGER)
    assert len(issue.found.letter_ids) == 6
    assert "letter-6" not in issue.found.letter_ids

    manager, handler = await staff(Role.MANAGER), await staff(Role.HANDLER)
    assert "突增预警" in await manager.get("/manage")
    text = await manager.get("/manage/hot")
    assert f'href="/manage/hot/{issue.id}"' in text
    assert "6 人" in text
    assert "翠湖小区" in text
    text = await manager.get(f"/manage/hot/{issue.id}")
    assert manager.status == 200
    assert text.count('class="letter-number"') == 6
    assert "来信人数" in text
    for path in ("/manage/hot", f"/manage/hot/{issue.id}"):
        await handler.get(path)
        assert handler.status == 404


async def test_who_joins_is_counted_under_the_same_address(city: City) -> None:
    hot = city.services.hot_issues
    await write(city, 6)
    await hot.look()
    (before,) = await hot.current(MANAGER)
    await write(city, 2, first=6)
    city.clock.move_to(city.clock.now() + timedelta(minutes=15))
    await hot.look()
    (after,) = await hot.alarms(MANAGER)
    assert after.id == before.id
    assert (after.joined, len(after.found.letter_ids)) == (2, 8)


async def test_a_letter_sealed_since_is_not_shown(city: City) -> None:
    hot = city.services.hot_issues
    letters = await write(city, 5)
    await hot.look()
    (issue,) = await hot.current(MANAGER)
    kept = await city.store.get(Letter, letters[0].id)
    assert kept is not None
    await city.store.commit(Changes(puts=[replace(kept, sealed=True)]))
    shown = await hot.letters(MANAGER, issue, PageRequest(None, 3))
    rest = await hot.letters(MANAGER, issue, PageRequest(shown.next, 3))
    assert len(shown.items) + len(rest.items) == 4
    assert rest.next is None


async def test_issues_are_not_there_for_an_office(city: City) -> None:
    with pytest.raises(NotFoundError):
        await city.services.hot_issues.current(HANDLER)
    with pytest.raises(NotFoundError):
        await city.services.hot_issues.one(HANDLER, "any")


@pytest.mark.parametrize(
    "code",
    ["raise SystemExit(3)", "print('nonsense')", "import time; time.sleep(60)"],
    ids=["dies", "babbles", "hangs"],
)
async def test_a_child_that_fails_leaves_the_issues_as_they_were(city: City, code: str) -> None:
    await write(city, 5)
    await city.services.hot_issues.look()
    finder = IssueProcess((sys.executable, "-c", code), limit_s=3.0)
    broken = HotIssues(city.store, city.clock, finder)
    with pytest.raises(UnavailableError):
        await broken.look()
    assert len(await city.services.hot_issues.current(MANAGER)) == 1


async def test_a_child_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        await IssueProcess(("/nowhere/at/all",)).issues(Maker().at())


async def test_without_a_store_there_are_no_issues_and_the_service_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        await IssueProcess(issue_command(tmp_path, BUILTIN_CITY)).issues(Maker().at())


async def test_a_look_neither_reads_what_was_withdrawn_nor_what_is_older_than_its_window(city: City) -> None:
    await write(city, 6)
    await write(city, 1, first=6)
    kept = await city.store.get(Letter, "letter-6")
    assert kept is not None
    await city.store.commit(Changes(puts=[replace(kept, state=LetterState.WITHDRAWN)]))
    found = await issue_texts(city.store, lambda *_: (), city.clock.now())
    assert {one.id for one in found} == {f"letter-{number}" for number in range(6)}
    assert await issue_texts(city.store, lambda *_: (), city.clock.now() + WINDOW) == []


async def test_a_place_that_a_clerk_taught_is_known_to_the_look(city: City) -> None:
    letters = await city.store.letters_with([one.id for one in await write(city, 5)])
    await city.store.commit(Changes(puts=[replace(one, place="望潮口") for one in letters]))
    await city.services.hot_issues.look()
    (before,) = await city.services.hot_issues.current(MANAGER)
    taught = KnownPlace(
        id="place-1",
        name="望潮口",
        kind=PlaceKind.LANDMARK,
        within=("海城区",),
        source=PlaceSource.CLERK,
        by="clerk",
        at=city.clock.now(),
    )
    await city.store.commit(Changes(inserts=[taught]))
    await city.services.hot_issues.look()
    (after,) = await city.services.hot_issues.current(MANAGER)
    assert (before.found.place, after.found.place) == ("翠湖小区", "望潮口")
