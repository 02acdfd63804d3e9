"""The search engine dies: letters are taken as before, searches say what they lack, the index catches up alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support import elastic
from support.elastic import VARIABLE, ElasticServer
from support.proxy import Fault, open_proxy
from support.store import Maker

from minxin.consult.records import Letter
from minxin.consult.search.filling import BuildUnderWayError, SearchFilling
from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.records import BUILD, SearchBuild
from minxin.consult.search.service import Found, LetterSearch
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.errors import UnavailableError
from minxin.core.paging import PageRequest
from minxin.deploy.adapters import CompanyPrincipals
from minxin.deploy.search_process import SearchProcess, search_command
from minxin.store.search.elastic import ElasticEngine, connect
from minxin.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.fault
CLERK = Actor("clerk", frozenset({Role.CLERK}))
MANY = 1_000  # more than the client tries
DISCIPLINE = Actor("discipline", frozenset({Role.DISCIPLINE}))


class Town:
    """A store with letters and an engine beside it."""

    def __init__(self, store: SqliteStore, engine: SearchEngine, make: Maker) -> None:
        self.store = store
        self.make = make
        self.clock = FixedClock(make.at(days=1))
        self.engine = engine
        self.search = LetterSearch(store, self.clock, engine, CompanyPrincipals(store))
        self.filling = SearchFilling(store, engine, self.clock)

    async def letter(self, text: str) -> str:
        """Take a letter in and route it, as the service does."""
        letter = self.make.letter(text=text, received_at=self.make.at(minutes=len(text)))
        await self.store.commit(self.make.numbered(letter))
        await self.store.commit(Changes(inserts=[self.make.order(letter_id=letter.id)]))
        return letter.id

    async def caught_up(self) -> None:
        while (await self.store.search_backlog()).waiting:
            await self.filling.catch_up()

    async def ask(self, text: str, actor: Actor = CLERK) -> Found:
        return await self.search.letters(actor, text, PageRequest())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def town(store: SqliteStore, tmp_path: Path) -> AsyncIterator[Town]:
    engine = SearchProcess(search_command(tmp_path / "search"), rest_s=0.0)
    yield Town(store, engine, Maker())
    await engine.close()


def _ids(found: Found) -> list[str]:
    return [one.letter.id for one in found.letters]


async def test_letters_are_taken_and_found_while_elasticsearch_is_down_and_indexed_when_it_is_back(
    store: SqliteStore,
) -> None:
    if VARIABLE in os.environ:
        pytest.skip("a real cluster is not killed")
    server = ElasticServer()
    server.start()
    engine = ElasticEngine(connect(server.address, timeout_s=2.0))
    try:
        town = Town(store, engine, Maker())
        first = await town.letter("楼下噪音扰民")
        await town.caught_up()
        found = await town.ask("噪音")
        assert (_ids(found), found.limited) == ([first], False)

        server.kill()
        second = await town.letter("工地夜里噪音不断")
        with pytest.raises(UnavailableError):
            await town.filling.catch_up()
        found = await town.ask("噪音")
        assert (_ids(found), found.limited, found.behind.waiting) == ([second, first], True, 1)
        assert (await town.search.look()).index is None

        server.start()
        await town.caught_up()
        found = await town.ask("噪音")
        assert (_ids(found), found.limited, found.behind.waiting) == ([second, first], False, 0)
    finally:
        await engine.close()
        server.end()


async def test_letters_are_taken_and_found_over_a_bad_line_and_indexed_once_it_is_good_again(
    store: SqliteStore,
) -> None:
    if VARIABLE in os.environ:
        pytest.skip("nobody sits between us and a real cluster")
    host, _, port = elastic.address().removeprefix("http://").partition(":")
    async with open_proxy(host, int(port)) as line:
        engine = ElasticEngine(connect(f"http://127.0.0.1:{line.port}", timeout_s=1.0), "line")
        try:
            town = Town(store, engine, Maker())
            letters = [await town.letter("楼下噪音扰民")]
            await town.caught_up()
            for count, fault in enumerate(Fault, 1):
                line.meet(b"_bulk", fault, times=MANY)
                letters.insert(0, await town.letter("工地夜里噪音不断" + "，请处理" * count))
                with pytest.raises(UnavailableError):
                    await town.filling.catch_up()
                line.meet(b"_search", fault, times=MANY)
                found = await town.ask("噪音")
                assert (_ids(found), found.limited, found.behind.waiting) == (letters, True, 1)
                line.meet(b"", fault, times=0)
                await town.caught_up()
                found = await town.ask("噪音")
                assert (_ids(found), found.total, found.limited, found.behind.waiting) == (
                    letters,
                    len(letters),
                    False,
                    0,
                )
        finally:
            await engine.close()


async def test_killed_index_process_is_followed_by_another_that_knows_all(town: Town) -> None:
    engine = town.engine
    assert isinstance(engine, SearchProcess)
    first = await town.letter("楼下噪音扰民")
    await town.caught_up()
    assert engine.pid is not None
    os.kill(engine.pid, 9)
    assert (await town.ask("噪音")).limited
    assert (_ids(await town.ask("噪音")), (await town.ask("噪音")).limited) == ([first], False)


async def test_letter_that_was_sealed_is_not_counted_before_the_index_knows(town: Town) -> None:
    letter_id = await town.letter("窗口收钱办事")
    await town.caught_up()
    assert (await town.ask("窗口")).total == 1
    letter = await town.store.get(Letter, letter_id)
    (order,) = await town.store.orders_of(letter_id)
    assert letter is not None
    await town.store.commit(Changes(puts=[replace(letter, sealed=True), replace(order, sealed=True)]))
    found = await town.ask("窗口")
    assert (found.total, found.letters, found.facets["month"]) == (0, (), ())
    assert _ids(await town.ask("窗口", DISCIPLINE)) == [letter_id]
    await town.caught_up()
    found = await town.ask("窗口")
    assert (found.total, found.limited) == (0, False)
    assert _ids(await town.ask("窗口", DISCIPLINE)) == [letter_id]


async def test_index_is_built_anew_while_searches_and_letters_go_on(town: Town) -> None:
    first = await town.letter("楼下噪音扰民")
    await town.caught_up()
    before = (await town.engine.state()).name
    seen: list[list[str]] = []
    second = ""

    async def meanwhile() -> None:
        nonlocal second
        second = await town.letter("工地夜里噪音不断")
        while (await town.engine.state()).name == before:
            seen.append(_ids(await town.ask("噪音")))

    town.clock.advance(timedelta(seconds=1))
    await asyncio.gather(meanwhile(), town.filling.rebuild())
    assert first in seen[0]
    assert all(first in found for found in seen)
    await town.caught_up()
    assert _ids(await town.ask("噪音")) == [second, first]


async def test_letter_that_changes_while_a_new_index_takes_it_in_waits_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, same = await town.letter("楼下噪音扰民"), await town.letter("井盖丢失")
    put = town.engine.put

    async def and_change(*entries: Any) -> None:
        await put(*entries)
        monkeypatch.undo()
        await town.store.commit(Changes(inserts=[town.make.order(letter_id=changed)]))

    monkeypatch.setattr(town.engine, "put", and_change)
    assert await town.filling.rebuild() == 2
    assert [mark.letter_id for mark in await town.store.search_marks(9)] == [changed]
    assert _ids(await town.ask("井盖")) == [same]


async def test_marks_stay_while_a_build_is_under_way_and_one_that_was_cut_off_is_done_again(town: Town) -> None:
    await town.letter("楼下噪音扰民")
    await town.caught_up()
    now = town.clock.now()
    await town.store.commit(Changes(inserts=[SearchBuild(id=BUILD, index="letters-1-x", started_at=now, beat_at=now)]))
    await town.letter("井盖丢失")
    assert await town.filling.catch_up() == 0
    with pytest.raises(BuildUnderWayError):
        await town.filling.rebuild()
    assert (await town.store.search_backlog()).waiting == 1
    later = FixedClock(town.make.at(days=2))
    filling = SearchFilling(town.store, town.engine, later)
    assert await filling.rebuild() == 2
    assert (await town.store.search_backlog()).waiting == 0
    assert (await town.ask("井盖")).total == 1
