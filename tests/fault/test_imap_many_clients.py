"""Several mail programs at work in one folder at once: each one's numbers stay true to what it was told."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import pytest
from support.imap import MAIL, MailHall, Wire, open_hall, open_wire

CLIENTS, ACTS = 4, 80
INBOX = "box-wang.inbox"
APPEND = b"APPEND INBOX {%d+}\r\n" % len(MAIL) + MAIL
_FETCH = re.compile(r"\* (\d+) FETCH \(UID (\d+)")
_SHRINKS = re.compile(r"\* (\d+) EXPUNGE")
_GROWS = re.compile(r"\* (\d+) EXISTS")


class Program:
    """A client that keeps the list of mails as it is told; None is a mail whose UID it does not know yet."""

    def __init__(self, wire: Wire, chance: random.Random) -> None:
        self.wire = wire
        self.uids: list[int | None] = []
        self._chance = chance

    async def act(self) -> None:
        """Do something at random, and look whether the answer fits what was told before."""
        number = self._chance.randint(1, len(self.uids)) if self.uids else 0
        acts: list[str | bytes] = [APPEND] * 3 + ["NOOP"]
        if number:
            acts += [
                rf"STORE {number} +FLAGS (\Deleted)",
                rf"STORE {number} +FLAGS.SILENT (\Deleted \Seen)",
                "EXPUNGE",
                f"MOVE {number} Archive",
                "FETCH 1:* (UID FLAGS)",
                "UID FETCH 1:* (FLAGS)",
                "SEARCH DELETED",
            ]
        await self.say(self._chance.choice(acts))

    async def say(self, command: str | bytes) -> None:
        """Give a command, and note what is told."""
        lines = await self.wire.say(command)
        # Another one may have deleted it a moment ago: that is no error, and neither is a conflict with it.
        assert re.match(r"t\d+ (OK|NO \[(NONEXISTENT|INUSE)\])", lines[-1]), (command, lines)
        numbers_hold = isinstance(command, str) and command.startswith(("STORE", "FETCH", "SEARCH"))
        for line in lines:
            self._note(line, numbers_hold)

    def _note(self, line: str, numbers_hold: bool) -> None:
        if found := _SHRINKS.match(line):
            assert not numbers_hold, line
            del self.uids[int(found[1]) - 1]
        elif found := _GROWS.match(line):
            assert int(found[1]) >= len(self.uids), line
            self.uids += [None] * (int(found[1]) - len(self.uids))
        elif found := _FETCH.match(line):
            at, uid = int(found[1]) - 1, int(found[2])
            assert self.uids[at] in (None, uid), line
            self.uids[at] = uid


@pytest.mark.parametrize("seed", [1, 2])
async def test_numbers_stay_true_for_every_client(tmp_path: Path, seed: int) -> None:
    async with open_hall(tmp_path) as hall:
        chance = random.Random(seed)  # noqa: S311 - the same acts each time

        async def work() -> list[int | None]:
            async with open_wire(hall, folder=None) as wire:
                program = Program(wire, chance)
                await program.say("SELECT INBOX")
                for _ in range(ACTS):
                    await program.act()
                await program.say(APPEND)
                await done.wait()
                await program.say("NOOP")
                await program.say("UID FETCH 1:* (FLAGS)")
                return program.uids

        done = asyncio.Barrier(CLIENTS)
        seen = await asyncio.gather(*(work() for _ in range(CLIENTS)))
        stored = await hall.store.mail_uids(INBOX)
        assert stored
        assert seen == [stored] * CLIENTS
        assert await _whole(hall)


async def _whole(hall: MailHall) -> bool:
    """Say whether the counter of the box is what is really there."""
    drifts, _ = await hall.store.recount_mail("", 10)
    return drifts == []
