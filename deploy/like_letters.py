"""Like letters and hot issues as the office has them: the matcher in this process, the issues in one of their own.

Comparing a letter with some twenty others is light. Finding the issues of three months takes seconds and numpy, so
every look starts a child of low priority, which reads the letters itself and is gone with its memory when it has
answered.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from minxin.classifier.alike.likeness import NOTHING_KNOWN, alike, background_of
from minxin.classifier.alike.marks import marks_of
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.core.alike import Alike, AlikeText, FoundIssue
from minxin.core.errors import UnavailableError
from minxin.deploy.settings import Settings
from minxin.mailbox.processes import bare_environment, end_process

LIMIT_S: Final = 300.0
STORE: Final = "MINXIN_STORE"
DRIVER: Final = "MINXIN_STORE_DRIVER"
NO_STORE: Final[Mapping[str, str]] = {}

_decode_issues: Final = msgspec.msgpack.Decoder(list[FoundIssue]).decode


def issue_command(data: Path, city: Path) -> tuple[str, ...]:
    """Return the command of a child that looks for the issues of a store, with the places that a city knows."""
    return sys.executable, "-m", "minxin.deploy.issue_worker", str(data), str(city)


def store_environment(settings: Settings) -> dict[str, str]:
    """Return how that child is told of a store that is no file: every user may read a command, not its environment."""
    return {STORE: settings.store, DRIVER: settings.store_driver} if settings.store else {}


class Matcher:
    """``consult.alike_ports.LetterMatcher`` over the names that the city knows."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._background = NOTHING_KNOWN

    def places(self, subject: str, body: str, place: str) -> tuple[str, ...]:
        """Return the names of places that the gazetteer or their ending tells, once each."""
        return tuple(dict.fromkeys(one.name for one in find_places(self._gazetteer, subject, body, place)))

    def marks(self, subject: str, body: str, places: Sequence[str]) -> tuple[int, ...]:
        """Return the marks of a letter."""
        return marks_of(subject, body, places)

    def alike(self, asked: AlikeText, others: Sequence[AlikeText]) -> list[Alike]:
        """Return those of the others that are like the letter."""
        return alike(asked, others, self._background)

    def learn(self, letters: Sequence[tuple[str, str]]) -> None:
        """Learn what the letters of this city have in common."""
        self._background = background_of(letters)


class IssueProcess:
    """``consult.alike_ports.IssueFinder`` in a child process for each look; the instant ends its command."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] = NO_STORE, *, limit_s: float = LIMIT_S
    ) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._limit_s = limit_s

    async def issues(self, now: datetime) -> list[FoundIssue]:
        """Return the issues; raises ``UnavailableError`` when the child can't be had, fails or takes too long."""
        environment = bare_environment() | {"OMP_NUM_THREADS": "1", **self._environment}
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command, now.isoformat(), stdin=DEVNULL, stdout=PIPE, env=environment, process_group=0
            )
        except OSError as error:
            raise UnavailableError("issues.down") from error
        try:
            async with asyncio.timeout(self._limit_s):
                answer, _ = await child.communicate()
            if child.returncode != 0:
                raise UnavailableError("issues.failed")
            return _decode_issues(answer)
        except (TimeoutError, msgspec.MsgspecError) as error:
            raise UnavailableError("issues.failed") from error
        finally:
            await end_process(child)
