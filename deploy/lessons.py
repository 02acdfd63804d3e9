"""What the judge is told of people's choices (``judge_process.NewsSource``): the stored examples, as lessons.

Several choices may be about one text: a clerk's, an office's return, the centre's ruling. They are one lesson: the
office that is right by the last word, and those that it was not for. Other processes of the service write examples,
too, so that the store is asked, at most twice a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from minxin.classifier.learning.lessons import Lesson
from minxin.consult.precision_records import RoutingPrecision
from minxin.consult.records import Example, ExampleSource
from minxin.core.fresh import Fresh
from minxin.deploy.judge_frames import News

FRESH: Final = timedelta(seconds=0.5)
# An example is stamped before it is committed, by a clock that may be another machine's.
OVERLAP: Final = timedelta(seconds=10)
PIECE: Final = 200
RULING_WEIGHT: Final = 2
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ExampleReads(Protocol):
    """Finds what people decided."""

    async def examples_since(self, instant: datetime) -> list[Example]: ...


class PrecisionReads(Protocol):
    """Knows how right routing alone must be."""

    async def now(self) -> RoutingPrecision: ...


class _Choice(Struct, frozen=True):
    """An example without its text, of which there may be a hundred thousand."""

    at: datetime
    right: bool
    id: str
    office: str
    ruling: bool


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
        self._asked: Fresh[None] = Fresh(fresh)
        self._since = _BEGINNING
        self._choices: dict[str, dict[str, _Choice]] = {}
        self._told: dict[str, _Verdict] = {}
        self._aimed: float | None = None
        self._news: list[News] = []

    async def news(self) -> Sequence[News]:
        """Return what was decided since the last call; raises the store's errors."""
        await self._asked.get("news", self._gather)
        news, self._news = self._news, []
        return news

    async def _gather(self) -> None:
        texts: dict[str, str] = {}
        for example in await self._examples.examples_since(self._since):
            lesson_id = _lesson_id(example)
            self._choose(self._choices.setdefault(lesson_id, {}), example)
            texts[lesson_id] = example.text
            self._since = max(self._since, example.changed_at - OVERLAP)
        self._report(texts, (await self._precision.now()).aimed)

    def _choose(self, choices: dict[str, _Choice], example: Example) -> None:
        choices.pop(example.id, None)
        office = self._present(example.office_id)
        if example.taken_back_at is None and office is not None:
            ruling = example.source is ExampleSource.RULING
            choices[example.id] = _Choice(example.at, example.right, example.id, office, ruling)

    def _report(self, texts: Mapping[str, str], aimed: float) -> None:
        """Put what changed into pieces."""
        lessons, forgotten = [], []
        for lesson_id, text in texts.items():
            verdict, told = _verdict(self._choices[lesson_id].values()), self._told.pop(lesson_id, None)
            if verdict is None:
                forgotten += [lesson_id] if told else []
                continue
            self._told[lesson_id] = verdict
            if verdict != told:
                lessons.append(Lesson(lesson_id, text, verdict.office, verdict.refused, verdict.weight))
        if forgotten or aimed != self._aimed:
            self._news.append(News((), tuple(forgotten), aimed))
        self._news += [News(tuple(lessons[at : at + PIECE]), (), aimed) for at in range(0, len(lessons), PIECE)]
        self._aimed = aimed

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
