"""Whatever a logged-in client says, the door answers: OK, NO or BAD, never with a fault of its own, and goes on."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from support.imap import MAIL, WANG, MailHall, open_hall, open_wire

from minxin.mailbox.imap.limits import ImapLimits

pytestmark = pytest.mark.fault
T = TypeVar("T")
EXAMPLES = int(os.environ.get("MINXIN_IMAP_EXAMPLES", "150"))
ENDED = (b"LOGOUT", b"IDLE", b"AUTHENTICATE", b"STARTTLS", b"DELETE")  # tested elsewhere; one needs another line

NUMBERS = some.sampled_from([b"1", b"2", b"*", b"1:*", b"3:1", b"1,2", b"0", b"4294967296", b"9" * 19, b"7:", b""])
NAMES = some.sampled_from(
    [
        b"INBOX",
        b"Archive",
        b'"Trash"',
        b"Nowhere",
        b'"a/b"',
        b"&U,BTFw-",
        b"&!-",
        b'"Shared/x/INBOX"',
        b'""',
        b"%",
        b"*",
    ]
)
FLAGS = some.sampled_from([rb"(\Seen)", rb"\Deleted", rb"($Kept kept)", b"()", rb"(\Nothing)", b"(", rb"(\Seen"])
SECTIONS = some.sampled_from(
    [b"BODY[]", b"BODY.PEEK[HEADER.FIELDS (From To)]", b"BODY[1.MIME]<0.5>", b"BODY[TEXT]<4.4294967295>", b"ENVELOPE"]
    + [b"(UID FLAGS BODYSTRUCTURE)", b"FULL", b"RFC822", b"BODY[1.2.3.4.HEADER]", b"BODY[", b"(MODSEQ)", b"BODY[0]"]
)
KEYS = some.sampled_from(
    [b"ALL", b"OR SEEN", b"NOT", b"(", b")", b"SUBJECT hello", b"SINCE 1-Feb-2026", b"BEFORE 31-Feb-2026", b"UID 1:*"]
    + [b"CHARSET UTF-8 TEXT \xe8\xb7\xaf", b"HEADER X-Y {3+}\r\nabc", b"LARGER 10", b"MODSEQ 1", b"KEYWORD", b"TEXT"]
)
COMMANDS = some.one_of(
    some.tuples(some.sampled_from([b"FETCH", b"UID FETCH"]), NUMBERS, SECTIONS),
    some.tuples(some.sampled_from([b"SEARCH", b"UID SEARCH", b"SEARCH RETURN (ALL)"]), KEYS, KEYS, KEYS),
    some.tuples(some.sampled_from([b"STORE", b"UID STORE"]), NUMBERS, some.sampled_from([b"+FLAGS", b"FLAGS"]), FLAGS),
    some.tuples(some.sampled_from([b"COPY", b"UID MOVE", b"UID COPY"]), NUMBERS, NAMES),
    some.tuples(some.sampled_from([b"STATUS", b"LIST", b"LSUB", b"RENAME"]), NAMES, some.one_of(NAMES, FLAGS)),
    some.tuples(some.sampled_from([b"SELECT", b"EXAMINE", b"CREATE", b"SUBSCRIBE", b"GETQUOTAROOT"]), NAMES),
    some.tuples(some.sampled_from([b"APPEND"]), NAMES, FLAGS, some.just(b"{%d+}\r\n" % len(MAIL) + MAIL)),
    some.tuples(some.sampled_from([b"ENABLE", b"ID", b"EXPUNGE", b"UID EXPUNGE", b"NOOP", b"CLOSE"]), KEYS),
    some.tuples(some.binary(min_size=1, max_size=60)),
)


@some.composite
def lines(draw: some.DrawFn) -> bytes:
    """Return a command, often with a sign changed, put in or left out somewhere."""
    line = b" ".join(draw(COMMANDS))
    for _ in range(draw(some.integers(0, 2))):
        at = draw(some.integers(0, len(line)))
        line = line[:at] + draw(some.binary(max_size=3)) + line[at + draw(some.integers(0, 2)) :]
    return _whole(line)


def _whole(line: bytes) -> bytes:
    """Return the command with no other line end and all of its literal, so that the door waits for nothing more."""
    head, _, rest = line.partition(b"{")
    size = re.match(rb"(\d{1,4})(\+?)\}\r\n", rest)
    whole = re.sub(rb"[\r\n]", b" ", head)
    if size is not None:
        whole += b"{%b%b}\r\n" % (size[1], size[2]) + rest[size.end() :].ljust(int(size[1]))[: int(size[1])]
    return b"NOOP" if whole.strip().upper().startswith(ENDED) else whole


@contextmanager
def hall_in(folder: Path) -> Iterator[tuple[asyncio.AbstractEventLoop, MailHall]]:
    loop = asyncio.new_event_loop()
    opened = open_hall(folder, ImapLimits(bad_commands=10**9))
    try:
        yield loop, loop.run_until_complete(opened.__aenter__())
        loop.run_until_complete(opened.__aexit__(None, None, None))
    finally:
        loop.close()


def test_every_command_is_answered_and_none_is_a_fault_of_the_door(tmp_path: Path) -> None:
    with hall_in(tmp_path) as (loop, hall):

        def run(work: Awaitable[T]) -> T:
            return loop.run_until_complete(asyncio.wait_for(work, 30))

        async def say(commands: list[bytes]) -> None:
            await hall.mailboxes.append(WANG, "box-wang.inbox", MAIL)
            async with open_wire(hall) as wire:
                for command in commands:
                    (*_, last) = await wire.say(command)
                    assert re.match(r"t\d+ (OK|NO|BAD) |\* BYE |\* BAD ", last), (command, last)
                    assert "SERVERBUG" not in last, (command, last)
                    if not last.startswith("t"):
                        return

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(some.lists(lines(), min_size=1, max_size=12))
        def any_words(commands: list[bytes]) -> None:
            run(say(commands))

        any_words()
