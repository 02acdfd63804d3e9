"""A bad line between the program and MongoDB: nothing is done twice, nothing is lost unsaid, all mends by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from pymongo.uri_parser import parse_uri
from support import mongo
from support.letters import LETTER, become_citizen
from support.office import submission
from support.post import connect, mail, open_post, stuffed
from support.proxy import Fault, Proxy, open_proxy
from support.store import Maker
from support.told import FROM, WRITER
from support.web import application_of, open_browser, open_city, serve

from minxin.core.changes import Changes, OutboxEntry
from minxin.core.errors import UnavailableError
from minxin.core.store import Queue
from minxin.core.verify import verify
from minxin.store.mongo.store import MongoStore

pytestmark = [
    pytest.mark.fault,
    # A connection that PyMongo still opens when its client is closed is closed by the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PATIENCE_MS: Final = 3_000
COMMIT: Final = b"commitTransaction"


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """A line to the server, on which the folder's database is made already."""
    if mongo.is_real():
        pytest.skip("a real replica set tells the driver its own addresses")
    await (await MongoStore.open(mongo.address_of(tmp_path))).close()
    host, port = parse_uri(mongo.server())["nodelist"][0]
    async with open_proxy(host, port) as opened:
        yield opened
    mongo.end_transactions()
    mongo.release(tmp_path)


async def by(proxy: Proxy, folder: Path) -> MongoStore:
    """Open the folder's store through the proxy; the driver must not look for the server itself."""
    database = mongo.address_of(folder).partition("?")[0].rpartition("/")[2]
    options = f"directConnection=true&timeoutMS={PATIENCE_MS}"
    return await MongoStore.open(f"mongodb://127.0.0.1:{proxy.port}/{database}?{options}")


@pytest.fixture
async def store(proxy: Proxy, tmp_path: Path) -> AsyncIterator[MongoStore]:
    opened = await by(proxy, tmp_path)
    yield opened
    await opened.close()


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.CUT_WITHIN])
@pytest.mark.parametrize("command", [b"findAndModify", COMMIT], ids=["turn", "commit"])
async def test_what_was_cut_off_is_done_once_and_reported_as_done(
    proxy: Proxy, store: MongoStore, make: Maker, fault: Fault, command: bytes
) -> None:
    proxy.meet(command, fault)
    committed = await store.commit(make.intake() + Changes(outbox=[OutboxEntry("sms", "a")]))
    assert proxy.met == 1
    assert list(committed.numbers.values()) == ["2026-000001"]
    assert [number for number, _ in await store.letter_numbers()] == ["2026-000001"]
    assert await store.waiting(Queue.OUTBOX) == 1
    assert (await verify(store)).broken is None


async def test_reads_and_claims_that_were_cut_off_are_asked_again(proxy: Proxy, store: MongoStore, make: Maker) -> None:
    await store.commit(make.intake() + Changes(outbox=[OutboxEntry("sms", "a")]))
    for fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.CUT_WITHIN):
        proxy.meet(b"find", fault)
        assert len(await store.letter_numbers()) == 1
        assert proxy.met == 1
    proxy.meet(b"update", Fault.CUT_AFTER)
    (claim,) = await store.claim(Queue.OUTBOX, ["sms"], make.now, make.at(minutes=1) - make.now, 5)
    assert (proxy.met, claim.runs) == (1, 1)


async def test_letter_of_which_nobody_could_say_is_known_when_it_comes_again(proxy: Proxy, tmp_path: Path) -> None:
    async with open_city(tmp_path, engine=lambda folder: by(proxy, folder)) as city:
        box = city.services.letterbox
        proxy.meet(COMMIT, Fault.SILENCE, times=1_000)
        with pytest.raises(UnavailableError):
            await box.submit(WRITER, submission(token="one"), [], origin=FROM)
        proxy.meet(COMMIT, Fault.SILENCE, times=0)
        receipt = await box.submit(WRITER, submission(token="one"), [], origin=FROM)
        assert receipt.again
        assert len(await city.store.letter_numbers()) == 1


async def test_pages_say_that_the_service_is_away_and_come_back_by_themselves(proxy: Proxy, tmp_path: Path) -> None:
    async with (
        open_city(tmp_path, engine=lambda folder: by(proxy, folder)) as city,
        serve(application_of(city)) as base,
        open_browser(base) as browser,
    ):
        await become_citizen(browser, city)
        await browser.get("/write")
        form = {**browser.hidden("/write"), **LETTER}
        for silent in (False, True):
            proxy.stall() if silent else await proxy.go()
            for attempt in (browser.get("/letters"), browser.post("/write", form)):
                await attempt
                assert browser.status == 503
                assert "暂时不可用" in browser.text, browser.text
                assert "Traceback" not in browser.text and "mongo" not in browser.text.lower()
            proxy.flow() if silent else await proxy.listen()
            await browser.get("/letters")
            assert browser.status == 200
        await browser.post("/write", form)
        assert browser.path.endswith("/receipt"), browser.text
        assert len(await city.store.letter_numbers()) == 1


async def test_mail_is_put_off_while_the_engine_is_away_and_taken_once_it_is_back(proxy: Proxy, tmp_path: Path) -> None:
    async with (
        open_post(tmp_path, engine=lambda folder: by(proxy, folder)) as post,
        connect(post) as wire,
    ):
        await proxy.go()
        await wire.say("MAIL FROM:<wang@example.cn>")
        assert (await wire.say("RCPT TO:<wang@citizen.binhai.example>")).startswith("451")
        await wire.say("RSET")
        await proxy.listen()
        assert (await wire.begin()).startswith("354")
        proxy.stall()
        assert (await wire.say(stuffed(mail()) + b".")).startswith("451")
        proxy.flow()
        assert (await wire.send(mail())).startswith("250")
        assert len(await post.letters()) == 1
