"""Hostile clients at the IMAP door: each costs little, and none keeps others out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.imap import HOST, MAIL, WANG, MailHall, open_hall, open_wire

from minxin.mailbox.imap.limits import ImapLimits

INBOX = "box-wang.inbox"
MIB = 1024 * 1024
LIMITS = ImapLimits(
    watch_s=0.05,
    message_bytes=MIB,
    memory_bytes=2 * MIB,
    stranger_s=0.3,
    idle_s=5.0,
    data_grace_s=0.3,
    data_bytes_per_s=MIB,
    answer_s=0.5,
    bad_commands=5,
    loopback_connections=20,
)


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[MailHall]:
    async with open_hall(tmp_path, LIMITS) as opened:
        yield opened


async def served(hall: MailHall) -> bool:
    """Say whether an honest client is served."""
    async with open_wire(hall) as wire:
        return (await wire.say("NOOP"))[-1].endswith("OK done")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"a LOGIN {900000000+}\r\n", "* BYE [TOOBIG] Literal too large"),
        (b"a LOGIN {900000000}\r\n", "a NO [TOOBIG] Literal too large"),
        (b"a LOGIN {5000}\r\n", "a NO [TOOBIG] Literal too large"),
        (b"a LOGIN {99999999999999999999}\r\n", "a NO [TOOBIG] Literal too large"),
        (b"x" * 5000 + b"\r\n", "* BAD Line too long"),
        (b"x" * 10_000_000, "* BAD Line too long"),
        (b"\r\n", "* BAD a word is missing or has a sign that it may not have"),
        (b"\0\xff\r\n", "* BAD a word is missing or has a sign that it may not have"),
        (b"a SELECT INBOX\r\n", "a BAD not now: log in, or select a folder, first"),
        (b"a APPEND INBOX {100000}\r\n", "a NO [TOOBIG] Literal too large"),
    ],
)
async def test_stranger_gets_a_short_answer_and_no_memory(hall: MailHall, sent: bytes, answer: str) -> None:
    async with open_wire(hall, None) as wire:
        wire.send(sent)
        assert await wire.line() == answer
    assert await served(hall)


async def test_stranger_who_says_nothing_is_sent_away(hall: MailHall) -> None:
    async with open_wire(hall, None) as silent, open_wire(hall, None) as slow:
        slow.send(b"a LOGIN {4}\r\n")
        assert await slow.line() == "+ Ready"
        assert await silent.line() == "* BYE Too long a silence"
        assert await slow.line() == "* BYE Data came too slowly"


async def test_mail_that_is_too_large_is_refused_before_it_comes(hall: MailHall) -> None:
    async with open_wire(hall) as wire:
        wire.send(b"a APPEND INBOX {%d}\r\n" % (MIB + 1))
        assert await wire.line() == "a NO [TOOBIG] Literal too large"
        assert (await wire.say("NOOP"))[-1].endswith("OK done")
        wire.send(b"b APPEND INBOX {%d+}\r\n" % (MIB + 1))
        assert await wire.line() == "* BYE [TOOBIG] Literal too large"


async def test_memory_of_all_commands_is_bounded_and_given_back(hall: MailHall) -> None:
    wires = [open_wire(hall) for _ in range(3)]
    opened = [await wire.__aenter__() for wire in wires]
    try:
        answers = []
        for wire in opened:
            wire.send(b"a APPEND INBOX {%d}\r\n" % (MIB - 100))
            answers.append(await wire.line())
        assert answers == ["+ Ready", "+ Ready", "a NO [TOOBIG] Literal too large"]
    finally:
        for one in wires:
            await one.__aexit__(None, None, None)
    async with open_wire(hall) as wire:
        raw = b"Subject: x\r\n\r\n" + b"x" * (MIB - 200)
        assert "APPENDUID" in (await wire.say(b"APPEND INBOX {%d+}\r\n" % len(raw) + raw))[-1]


@pytest.mark.parametrize(
    "command",
    [
        b"SEARCH " + b"(" * 20_000 + b"ALL" + b")" * 20_000,
        b"SEARCH " + b"NOT " * 10_000 + b"ALL",
        b"SEARCH " + b"OR ALL " * 5_000 + b"ALL",
        b"FETCH " + b"1:4294967295," * 4_000 + b"1 FLAGS",
        b"FETCH 1 (" + b"BODY[] " * 5_000 + b"FLAGS)",
        b"FETCH 1 BODY[" + b"1." * 20_000 + b"1]",
        b'LIST "" ' + b"*a" * 20_000,
        b"STORE 1 +FLAGS (" + b" ".join(b"k%d" % number for number in range(5_000)) + b")",
        b"UID FETCH 1 BODY[HEADER.FIELDS (" + b" ".join(b"x%d" % number for number in range(9_000)) + b")]",
        b"CREATE " + b"a/" * 20_000 + b"a",
        b"ID (" + b'"a" "b" ' * 5_000 + b")",
    ],
)
async def test_command_made_to_cost_much_is_answered_at_once(hall: MailHall, command: bytes) -> None:
    await hall.mailboxes.append(WANG, INBOX, MAIL)
    async with open_wire(hall) as wire, asyncio.timeout(2):
        answer = await wire.say(command)
        assert answer[-1].startswith(("t3 BAD", "t3 NO", "t3 OK"))
        assert "SERVERBUG" not in answer[-1]
    assert await served(hall)


async def test_nonsense_without_end_is_not_listened_to(hall: MailHall) -> None:
    async with open_wire(hall) as wire:
        answers = [await wire.say("NONSENSE") for _ in range(5)]
        assert answers[-1] == ["* BYE Too many bad commands"]


async def test_one_network_can_not_take_all_places(hall: MailHall) -> None:
    wires = [await asyncio.open_connection(HOST, hall.door.port) for _ in range(21)]
    try:
        greetings = [(await reader.readline()).decode() for reader, _ in wires]
        assert [greeting.startswith("* OK") for greeting in greetings] == [True] * 20 + [False]
        assert greetings[-1].startswith("* BYE [UNAVAILABLE]")
    finally:
        for _, writer in wires:
            writer.close()


async def test_client_that_does_not_take_its_answer_is_left(hall: MailHall) -> None:
    raw = b"Subject: x\r\n\r\n" + b"x" * (MIB - 200)
    await hall.mailboxes.append(WANG, INBOX, raw)
    async with open_wire(hall) as wire:
        await wire.say("NOOP")
        for number in range(30):
            wire.send(b"f%d FETCH 1 BODY.PEEK[]\r\n" % number)
        async with asyncio.timeout(10):
            while hall.door.open_sessions:  # noqa: ASYNC110 - the door tells nobody who leaves
                await asyncio.sleep(0.05)
    assert await served(hall)


async def test_client_that_leaves_in_the_middle_leaves_nothing(hall: MailHall) -> None:
    for last in (b"a APPEND INBOX {500}\r\nhalf", b"a IDLE\r\n", b"a FETCH 1", b"a AUTHENTICATE PLAIN\r\n"):
        async with open_wire(hall) as wire:
            wire.send(last)
            await wire.writer.drain()
            wire.writer.transport.abort()
    async with asyncio.timeout(10):
        while hall.door.open_sessions:  # noqa: ASYNC110 - the door tells nobody who leaves
            await asyncio.sleep(0.02)
    assert await hall.store.mail_uids(INBOX) == []


async def test_wrong_base64_and_foreign_names_do_not_log_in(hall: MailHall) -> None:
    secret = hall.secrets["wang"].encode()
    async with open_wire(hall, None) as wire:
        for coded in (b"!!!", base64.b64encode(b"\xff\0\0"), base64.b64encode(b"wang")):
            assert (await wire.say(b"AUTHENTICATE PLAIN " + coded))[-1].split()[1] in ("BAD", "NO")
        foreign = base64.b64encode(b"li\0wang\0" + secret)
        assert "[AUTHORIZATIONFAILED]" in (await wire.say(b"AUTHENTICATE PLAIN " + foreign))[-1]
        assert " OK " in (await wire.say(b"AUTHENTICATE PLAIN " + base64.b64encode(b"\0wang\0" + secret)))[-1]
