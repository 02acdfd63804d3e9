"""Measures the assistant over the shipped knowledge and matters, through its service and the real searching process.

``python tests/bench/bench_assistant.py [--set NAME] [--misses]``: a visitor who knows what he wants asks in plain words
and taps the right reading, the right value, or "none of these"; "not solved" when an answer is another. What a set
names in its last column is right. Sets: ``tuning`` (the only one that was looked at while choosing), ``matters``,
``knowledge``, ``out_of_scope``.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct

from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.words.advice import rules_only
from minxin.consult.assistant.hearing import Act, Heard
from minxin.consult.assistant.service import Assistant, Visit
from minxin.consult.assistant.state import Card, CardKind, card_of
from minxin.consult.chat.records import Conversation, Message, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.core.errors import UnavailableError
from minxin.core.ids import new_id
from minxin.core.judgement import Judgement
from minxin.core.passages import Facet, Passage, Source, passage_id
from minxin.deploy.city_knowledge import ensure_knowledge
from minxin.deploy.city_matters import ensure_matters
from minxin.deploy.city_synonyms import ensure_synonyms
from minxin.deploy.house import House, open_house
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import Settings

DATA = Path(__file__).with_name("data")
SETS = {
    "tuning": ("assistant_tuning.csv", "question", "answered_by"),
    "matters": ("matter_requests.csv", "request", "code"),
    "knowledge": ("knowledge_questions.csv", "question", "answered_by"),
    "out_of_scope": ("out_of_scope.csv", "question", ""),
}
STEPS_MOST = 8


class Case(Struct, frozen=True):
    """A question, and the passages that answer it (none: nothing does)."""

    question: str
    right: frozenset[str]


class Walk(Struct, frozen=True):
    """What became of one question: ``cards`` readings and questions were seen, ``wrong`` answers were other ones."""

    case: Case
    reached: bool
    cards: int
    wrong: int
    first: str
    way: tuple[str, ...]


class NoJudge:
    """Which office a question belongs to is not measured here."""

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        raise UnavailableError


class Visitor:
    """Knows what he wants, and taps it when he sees it."""

    def __init__(self, assistant: Assistant, known: dict[str, Passage], seconds: list[float]) -> None:
        self._assistant = assistant
        self._known = known
        self._seconds = seconds

    async def walk(self, case: Case) -> Walk:
        visit = Visit(new_id())
        cards = wrong = 0
        way: list[str] = []
        heard: Heard | None = Heard(Act.SAY, case.question)
        reached, first = False, ""
        for _ in range(STEPS_MOST):
            assert heard is not None
            began = perf_counter()
            conversation = await self._assistant.hear(visit, heard, new_id())
            self._seconds.append(perf_counter() - began)
            card, message = await self._answer(conversation)
            kind = card.kind.value if card else "silent"
            way.append(f"{kind}:{','.join(message.shown)}{'/'.join(card.options) if card else ''}")
            first = first or kind
            if (
                card is None
                or conversation.stage is not Stage.ASSISTANT
                or card.kind in (CardKind.WAYS, CardKind.PLAIN)
            ):
                break
            if card.kind is CardKind.ANSWER and message.shown[0] in case.right:
                reached = True
                break
            related = [one for one in card.related if one in case.right]
            if card.kind is CardKind.ANSWER and not related:
                wrong += 1
            else:
                cards += 1
            heard = self._next(case, card, message, related)
        return Walk(case, reached, cards, wrong, first, tuple(way))

    async def _answer(self, conversation: Conversation) -> tuple[Card | None, Message]:
        last = (await self._assistant.messages(conversation))[-1]
        return card_of(last.card) if "say" in last.card else None, last

    def _next(self, case: Case, card: Card, message: Message, related: list[str]) -> Heard:
        if related:
            return Heard(Act.READING, related[0])
        if card.kind is CardKind.ANSWER:
            return Heard(Act.NOT_SOLVED, message.shown[0])
        if card.kind is CardKind.READINGS:
            right = [one for one in message.shown if one in case.right]
            return Heard(Act.READING, right[0]) if right else Heard(Act.NONE)
        assert card.facet is not None
        return self._value(case, card.facet, card.options)

    def _value(self, case: Case, facet: Facet, options: tuple[str, ...]) -> Heard:
        own = [
            condition.value
            for one in sorted(case.right)
            for condition in self._known[one].conditions
            if condition.facet is facet and condition.value in options
        ]
        return Heard(Act.VALUE, own[0]) if own else Heard(Act.NONE)


def read(name: str) -> list[Case]:
    """Return the cases of a set."""
    file, question, right = SETS[name]
    with (DATA / file).open(encoding="utf-8", newline="") as source:
        return [Case(row[question], _ids(row[right] if right else "")) for row in csv.DictReader(source)]


def _ids(names: str) -> frozenset[str]:
    """Return passage ids; codes of matters are in capitals."""
    found = [one for one in names.split("|") if one]
    return frozenset(passage_id(Source.MATTER if one[0].isupper() else Source.KNOWLEDGE, one) for one in found)


async def measure(names: list[str], show_misses: bool, wait_s: float) -> None:
    """Run the sets over one house."""
    with TemporaryDirectory() as folder:
        async with open_house(Settings(data=Path(folder), demo=True), progress=print) as house:
            for ensure in (ensure_offices, ensure_matters, ensure_knowledge, ensure_synonyms):
                await ensure(house)
            await _warm(house, wait_s)
            for name in names:
                await _measure_set(house, name, show_misses)


async def _warm(house: House, wait_s: float) -> None:
    """Wait until the passages have vectors, which are read while nobody asks."""
    house.retrieval.start()
    PersonalFinder().warm_up()
    for _ in range(120):
        try:
            await house.retriever.search("居住证")
            await asyncio.sleep(wait_s)
            return
        except UnavailableError:
            await asyncio.sleep(1)


async def _measure_set(house: House, name: str, show_misses: bool) -> None:
    cases = read(name)
    judge, personal = NoJudge(), PersonalFinder()
    assistant = Assistant(house.store, house.clock, house.retriever, rules_only, judge, personal, ChatRules().promised)
    known = await assistant.passages(sorted({one for case in cases for one in case.right}))
    missing = {one for case in cases for one in case.right} - known.keys()
    assert not missing, missing
    seconds: list[float] = []
    visitor = Visitor(assistant, known, seconds)
    walks = [await visitor.walk(case) for case in cases]
    _report(name, walks, seconds)
    for walk in walks:
        if show_misses and (walk.case.right and not walk.reached or not walk.case.right and walk.first == "answer"):
            print("  MISS", walk.case.question, sorted(walk.case.right), *walk.way, sep="\n      ")


def _report(name: str, walks: list[Walk], seconds: list[float]) -> None:
    inside = [walk for walk in walks if walk.case.right]
    outside = [walk for walk in walks if not walk.case.right]
    print(f"{name}: {len(inside)} in scope, {len(outside)} out of scope")
    if inside:
        at_once = sum(walk.reached and not walk.cards and not walk.wrong for walk in inside)
        for most in (2, 3):
            count = sum(walk.reached and walk.cards + walk.wrong <= most for walk in inside)
            print(f"  reached within {most} questions: {count} = {count / len(inside):.1%}")
        print(f"  reached at once: {at_once / len(inside):.1%}; wrong first answer: {_wrong_first(inside):.1%}")
    if outside:
        sure = sum(walk.first == "answer" for walk in outside)
        print(f"  answered confidently out of scope: {sure} = {sure / len(outside):.1%}")
    print(f"  first cards: {dict(Counter(walk.first for walk in walks))}")
    ordered = sorted(seconds)
    p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    print(f"  {len(ordered)} acts, p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")


def _wrong_first(walks: list[Walk]) -> float:
    return sum(walk.first == "answer" and walk.wrong > 0 for walk in walks) / len(walks)


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", choices=sorted(SETS), help="one of the sets (default: all)")
    parser.add_argument("--misses", action="store_true", help="show the ways of those that were not reached")
    parser.add_argument("--wait", type=float, default=120, help="seconds that the reading of vectors gets")
    args = parser.parse_args()
    asyncio.run(measure(args.set or list(SETS), args.misses, args.wait))


if __name__ == "__main__":
    main()
