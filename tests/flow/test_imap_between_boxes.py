"""Mail programs of civil servants: mails go between one's own box and the office's, and who waits is told at once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.imap import MAIL, MailHall, Wire, open_hall, open_wire

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.records import BoxKind, MailItem

CLERK = Actor("clerk", frozenset({Role.HANDLER}), "works")
OWN, SHARED = "box-clerk.inbox", "box-works.inbox"
THERE = '"Shared/works@citizen.example/INBOX"'


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[MailHall]:
    async with open_hall(tmp_path) as opened:
        await opened.add_person("clerk", office_id="works", roles=(Role.HANDLER,))
        await opened.add_box("clerk", BoxKind.STAFF)
        await opened.add_box("works", BoxKind.OFFICE)
        yield opened


async def put(hall: MailHall, count: int, folder_id: str = OWN) -> list[str]:
    mails = [MAIL.replace(b"<1@x>", b"<%d@x>" % number) for number in range(count)]
    return [(await hall.mailboxes.append(CLERK, folder_id, mail, flags=["$Kept"]))[0] for mail in mails]


async def used(hall: MailHall) -> tuple[int, int]:
    """Return how full both boxes are, in mails."""
    fillings = [await hall.mailboxes.filling(CLERK, box_id) for box_id in ("box-clerk", "box-works")]
    return fillings[0].used // len(MAIL), fillings[1].used // len(MAIL)


async def numbers(wire: Wire, folder: str) -> str:
    """Return what the folder holds, by UID."""
    assert (await wire.say(f"SELECT {folder}"))[-1].endswith("SELECT done")
    return (await wire.say("UID SEARCH ALL"))[0].removeprefix("* SEARCH").strip()


async def test_mails_are_copied_and_moved_into_the_office_s_box_and_back(hall: MailHall) -> None:
    await put(hall, 3)
    async with open_wire(hall, "clerk") as wire, open_wire(hall, "clerk", THERE) as watching:
        copied = await wire.say(f"COPY 1 {THERE}")
        assert re.search(r"OK \[COPYUID \d+ 1 1\]", copied[-1])
        moved = await wire.say(f"UID MOVE 2:3 {THERE}")
        assert re.fullmatch(r"\* OK \[COPYUID \d+ 2:3 2:3\] Moved", moved[0])
        assert moved[1:-1] == ["* 2 EXPUNGE", "* 2 EXPUNGE"]
        assert "* 3 EXISTS" in await watching.say("NOOP")
        assert await used(hall) == (1, 3)

        assert await numbers(wire, THERE) == "1 2 3"
        assert "$Kept" in (await wire.say("UID FETCH 3 (FLAGS BODY.PEEK[])"))[0]
        assert (await wire.say("UID MOVE 3 INBOX"))[0].endswith(" 3 4] Moved")
        assert await numbers(wire, "INBOX") == "1 4"
    assert await used(hall) == (2, 2)
    assert (await hall.store.recount_mail("", 10))[0] == []


async def test_what_does_not_fit_there_stays_where_it_is(hall: MailHall) -> None:
    await put(hall, 3)
    office = (await hall.mailboxes.boxes(CLERK))[-1]
    assert office.kind is BoxKind.OFFICE
    await hall.store.commit(Changes(puts=[replace(office, mail_quota=len(MAIL) * 2)]))
    async with open_wire(hall, "clerk") as wire:
        for command in ("MOVE", "COPY"):
            assert "NO [OVERQUOTA]" in (await wire.say(f"UID {command} 1:3 {THERE}"))[-1]
        assert await numbers(wire, "INBOX") == "1 2 3"
        assert (await wire.say(f"UID MOVE 1:2 {THERE}"))[-1].endswith("OK MOVE done")
    assert await used(hall) == (1, 2)


async def test_a_mail_goes_into_no_box_that_is_not_one_s_own(hall: MailHall) -> None:
    (made, *_) = await put(hall, 1)
    async with open_wire(hall, "clerk") as wire:
        for there in ("Shared/wang@citizen.example/INBOX", "Shared/nobody@citizen.example/INBOX"):
            assert "NO [TRYCREATE]" in (await wire.say(f'UID MOVE 1 "{there}"'))[-1]
    item = await hall.store.get(MailItem, made)
    assert item is not None
    assert item.folder_id == OWN


async def test_a_conversation_goes_on_in_the_box_that_it_was_moved_into(hall: MailHall) -> None:
    (first,) = await put(hall, 1)
    await hall.mailboxes.move(CLERK, [first], SHARED)
    hall.clock.advance(timedelta(minutes=1))
    answer = MAIL.replace(b"<1@x>", b"<2@x>").replace(b"Subject", b"In-Reply-To: <0@x>\r\nSubject")
    made, _ = await hall.mailboxes.append(CLERK, SHARED, answer)

    assert [one.id for one in await hall.mailboxes.thread(CLERK, made)] == [first, made]


async def test_who_waits_is_told_of_a_notice_of_the_house(hall: MailHall) -> None:
    house = HouseMail("notice@gov.example")
    async with open_wire(hall, "clerk", THERE) as waiting, open_wire(hall, "clerk") as elsewhere:
        for wire in (waiting, elsewhere):
            wire.send(b"w IDLE\r\n")
            assert await wire.line() == "+ idling"
        notice = house.notice("box-works", hall.clock.now(), key="k", sender="滨海市", subject="新来信", text="请查收")
        await hall.store.commit(notice)
        assert (await waiting.until(r"\* 1 EXISTS"))[-1] == "* 1 EXISTS"
        elsewhere.send(b"DONE\r\n")
        assert await elsewhere.until("w ") == ["w OK IDLE done"]
