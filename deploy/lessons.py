"""What the judge is told of people's choices (``judge_process.NewsSource``): the stored examples, as lessons.

Several choices may be about one text: a clerk's, an office's return, the centre's ruling. They are one lesson: the
office that is right by the last word, and those that it was not for. Other processes of the service write examples,
too, so that the store is asked, at most twice a second. A large city has hundreds of thousands of examples: they are
read and told a lot at a time, and what is kept of them is packed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from minxin.classifier.learning.lessons import Lesson
from minxin.consult.precision_records import RoutingPrecision
from minxin.consult.records import Example, ExampleSource
from minxin.core.paging import MAX_PAGE, Page, PageRequest
from minxin.deploy.judge_frames import News

FRESH: Final = timedelta(seconds=0.5)
# An example is stamped before it is committed, by a clock that may be another machine's.
OVERLAP: Final = timedelta(seconds=10)
PIECE: Final = MAX_PAGE  # examples
RULING_WEIGHT: Final = 2
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ExampleReads(Protocol):
    """Finds what people decided."""

    async def examples_since(self, instant: datetime, page: PageRequest) -> Page[Example]: ...


class PrecisionReads(Protocol):
    """Knows how right routing alone must be."""

    async def now(self) -> RoutingPrecision: ...


class _Choice(Struct, frozen=True, array_like=True):
    """An example without its text."""

    at: datetime
    right: bool
    id: str
    office: str
    ruling: bool


_packed: Final = msgspec.msgpack.Encoder().encode
_unpacked: Final = msgspec.msgpack.Decoder(list[_Choice]).decode
_NO_CHOICES: Final = _packed([])


class _Verdict(Struct, frozen=True):
    """What the choices on one text come to."""

    office: str | None
    refused: tuple[str, ...]
    weight: int


class LessonFeed:
    """Tells one child of the judge's process what is new, at first everything.

    ``offices`` are those that letters may be routed to; ``successors`` names the office that took over from one that
    is gone (机构改革). What an office without successor was taught is left out.
    """

    def __init__(
        self,
        examples: ExampleReads,
        precision: PrecisionReads,
        offices: Collection[str],
        successors: Mapping[str, str],
        *,
        fresh: timedelta = FRESH,
    ) -> None:
        self._examples = examples
        self._precision = precision
        self._offices = frozenset(offices)
        self._successors = successors
        self._fresh_s = fresh.total_seconds()
        self._asked_at = -self._fresh_s
        self._since = _BEGINNING
        self._choices: dict[str, bytes] = {}
        self._aimed: float | None = None

    async def news(self) -> AsyncIterator[News]:
        """Yield what was decided since the last call; raises the store's errors."""
        if time.monotonic() - self._asked_at < self._fresh_s:
            return
        aimed = (await self._precision.now()).aimed
        start, page = self._since, PageRequest(None, PIECE)
        while True:
            found = await self._examples.examples_since(start, page)
            if (news := self._news_of(found.items, aimed)) is not None:
                yield news
            if found.next is None:
                break
            page = PageRequest(found.next, PIECE)
        self._asked_at = time.monotonic()

    def _news_of(self, examples: Sequence[Example], aimed: float) -> News | None:
        """Return what the examples change of what was told, None when that is nothing."""
        about = [(_lesson_id(example), example) for example in examples]
        told = {lesson_id: self._verdict(lesson_id) for lesson_id, _ in about}
        for lesson_id, example in about:
            self._choose(lesson_id, example)
        lessons, forgotten = [], []
        for lesson_id, text in {lesson_id: example.text for lesson_id, example in about}.items():
            verdict = self._verdict(lesson_id)
            if verdict is None:
                forgotten += [lesson_id] if told[lesson_id] else []
            elif verdict != told[lesson_id]:
                lessons.append(Lesson(lesson_id, text, verdict.office, verdict.refused, verdict.weight))
        if not lessons and not forgotten and aimed == self._aimed:
            return None
        self._aimed = aimed
        return News(tuple(lessons), tuple(forgotten), aimed)

    def _choose(self, lesson_id: str, example: Example) -> None:
        choices = [one for one in self._choices_on(lesson_id) if one.id != example.id]
        office = self._present(example.office_id)
        if example.taken_back_at is None and office is not None:
            ruling = example.source is ExampleSource.RULING
            choices.append(_Choice(example.at, example.right, example.id, office, ruling))
        if choices:
            self._choices[lesson_id] = _packed(choices)
        else:
            self._choices.pop(lesson_id, None)
        self._since = max(self._since, example.changed_at - OVERLAP)

    def _choices_on(self, lesson_id: str) -> list[_Choice]:
        return _unpacked(self._choices.get(lesson_id, _NO_CHOICES))

    def _verdict(self, lesson_id: str) -> _Verdict | None:
        return _verdict(self._choices_on(lesson_id))

    def _present(self, office: str) -> str | None:
        """Return the office that does today what this one did, None when none does."""
        seen = {office}
        while office not in self._offices:
            office = self._successors.get(office, "")
            if not office or office in seen:
                return None
            seen.add(office)
        return office


def _verdict(choices: Collection[_Choice]) -> _Verdict | None:
    """Return the office that is right by the last word, and those that the text was not for."""
    ordered = sorted(choices, key=lambda one: (one.at, one.right, one.id))
    right = [one.office for one in ordered if one.right][-1:]
    refused = {one.office for one in ordered if not one.right} - set(right)
    if not right and not refused:
        return None
    ruled = any(one.ruling for one in ordered)
    return _Verdict(right[0] if right else None, tuple(sorted(refused)), RULING_WEIGHT if ruled else 1)


def _lesson_id(example: Example) -> str:
    """Return the id of the lesson on the example's text: a letter that was split teaches one for each part."""
    part = hashlib.sha256(example.text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{example.letter_id}:{part[:12]}"
