"""What the telephone says of a letter: who wrote and when, one receipt for each letter, nothing of what it says."""

from __future__ import annotations

import pytest
from support.desk import DISCIPLINE
from support.store import Maker
from support.texting import send_all
from support.web import OFFICE, City

from minxin.consult.notices import CHANNEL, Notice, notice
from minxin.consult.records import Letter
from minxin.consult.telling import NoticeWriter
from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.store import Queue
from minxin.deploy.adapters import Messenger
from minxin.deploy.workers import Worker
from minxin.mailbox.texting.rules import NoticeRules

PHONE = "13900000777"
SENDER = {"zh": "滨海市市长信箱", "en": "Mayor"}


async def letter_of(city: City, writer_id: str, *, sealed: bool = False) -> Letter:
    """Keep a letter of the writer's."""
    make = Maker()
    changes = make.intake(writer_id=writer_id, subject="举报烧烤店", sealed=sealed)
    committed = await city.store.commit(changes)
    found = await city.store.get(Letter, next(iter(committed.numbers)))
    assert found is not None
    return found


async def told(city: City, letter: Letter, step: Notice, office_id: str | None) -> list[str]:
    """Tell the writer of a step and return what came to his telephone."""
    entry = notice(letter, step, city.clock.now(), order=None, office_id=office_id, data={})
    await city.store.commit(Changes(outbox=[entry]))
    writer = NoticeWriter(city.store, city.services.letterbox, SENDER)
    house = city.services.mailroom.house
    messenger = Messenger(city.store, city.vault, city.clock, writer, NoticeRules(), "滨海市", house)
    await Worker(city.store, Queue.OUTBOX, city.clock, {CHANNEL: messenger.notice}).run_once()
    city.drawer.sent.clear()
    await send_all(city.store, city.vault, city.clock, city.drawer)
    assert {phone for phone, _ in city.drawer.sent} <= {PHONE}
    return [words for _, words in city.drawer.sent]


@pytest.fixture
async def writer_id(city: City) -> str:
    return (await city.staff("wang", Role.HANDLER, phone=PHONE)).id


async def test_receipt_holds_number_and_query_code(city: City, writer_id: str) -> None:
    letter = await letter_of(city, writer_id)
    code = city.services.letterbox.query_code(letter.id)
    assert await told(city, letter, Notice.RECEIVED, None) == [
        f"【滨海市】您的来信已于3月2日12:00收到，编号{letter.number}，查询码{code}。"
    ]


@pytest.mark.parametrize("step", [Notice.SIGNED_FOR, Notice.PAPERS_ASKED, Notice.ANSWERED, Notice.REFUSED])
async def test_every_other_step_says_only_who_wrote_and_when(city: City, writer_id: str, step: Notice) -> None:
    letter = await letter_of(city, writer_id)
    words = await told(city, letter, step, OFFICE.id)
    assert words == ["【滨海市】《市城管局》于3月2日12:00给您写了信，请登录信箱查看。"]
    assert await told(city, letter, Notice.MOVED, OFFICE.id) == []


async def test_telephone_does_not_say_that_somebody_was_denounced(city: City, writer_id: str) -> None:
    await city.store.commit(Changes(inserts=[DISCIPLINE]))
    letter = await letter_of(city, writer_id, sealed=True)
    (words,) = await told(city, letter, Notice.SIGNED_FOR, DISCIPLINE.id)
    assert "滨海市市长信箱" in words and DISCIPLINE.short not in words
