"""A small knowledge base without a search engine, and an assistant over it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.questions import LikeQuestions
from minxin.classifier.words.advice import rules_only
from minxin.consult.assistant.beside import Beside
from minxin.consult.assistant.open_gaps import OpenGaps
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.rules import AssistantRules
from minxin.consult.assistant.service import Assistant
from minxin.consult.ports import Judge, LetterStore
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import Clock
from minxin.core.errors import UnavailableError
from minxin.core.ids import new_id
from minxin.core.judgement import Candidate, Judgement, Kind, Urgency
from minxin.core.passages import Condition, Facet, Hit, Passage, Source

PROMISED = timedelta(minutes=5)


def passage(name: str, title: str, text: str = "", office: str = "cgj", **conditions: str) -> Passage:
    """Return an entry ``knowledge:<name>``; conditions are named by their facets."""
    return Passage(
        id=f"knowledge:{name}",
        source=Source.KNOWLEDGE,
        title=title,
        text=text or f"{title}：请到窗口办理。",
        office_id=office,
        path=f"/knowledge/{name}",
        conditions=tuple(Condition(Facet(facet), value) for facet, value in conditions.items()),
        basis="滨政办规〔2025〕7号",
    )


def hit(name: str, confidence: float) -> Hit:
    return Hit(f"knowledge:{name}", confidence, confidence)


def answer_mark(
    at: datetime, question: str, kind: Mark = Mark.UNANSWERED, *, passage_id: str = "", office: str | None = "cgj"
) -> AnswerMark:
    """Return the mark of a conversation of its own."""
    return AnswerMark(
        id=new_id(),
        conversation_id=new_id(),
        passage_id=passage_id,
        mark=kind,
        question=question,
        office_id=office,
        at=at,
    )


class ListedPassages:
    """A retriever of what it was told to find: by a piece of the question, best first."""

    def __init__(self, *known: Passage) -> None:
        self.known = {one.id: one for one in known}
        self.found: dict[str, list[Hit]] = {}
        self.asked: list[str] = []
        self.down = False

    def finds(self, piece: str, *hits: Hit) -> None:
        """Let a question with this piece find these hits; of several the longest piece counts."""
        self.found[piece] = list(hits)

    async def search(self, question: str, limit: int = 10, sources: frozenset[Source] | None = None) -> list[Hit]:
        self.asked.append(question)
        if self.down:
            raise UnavailableError
        pieces = sorted((piece for piece in self.found if piece in question), key=len)
        return self.found[pieces[-1]][:limit] if pieces else []

    async def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        return {one: self.known[one] for one in ids if one in self.known}


class SureJudge:
    """A judge that always names one office."""

    def __init__(self, office_id: str) -> None:
        self._office_id = office_id

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        return Judgement(
            (Candidate(self._office_id, 0.9),),
            Kind.INQUIRY,
            0.5,
            Urgency.NORMAL,
            (),
            denounces=False,
            confident=True,
            model="sure",
        )


def assistant_over(
    store: LetterStore, clock: Clock, retriever: ListedPassages, judge: Judge | None = None
) -> Assistant:
    """Return an assistant that finds what the retriever lists."""
    return Assistant(store, clock, retriever, rules_only, judge or SureJudge("cgj"), PersonalFinder(), PROMISED)


def beside_over(store: LetterStore, clock: Clock, retriever: ListedPassages) -> Beside:
    """Return what finds entries beside a letter."""
    return Beside(store, clock, retriever, PersonalFinder())


def gaps_over(store: LetterStore, clock: Clock) -> OpenGaps:
    """Return the open gaps by the product's own rules."""
    return OpenGaps(store, clock, LikeQuestions(), load_calendar(), AssistantRules())
