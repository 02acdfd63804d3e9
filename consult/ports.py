"""What the office needs from others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.consult.alike_ports import AlikeReads
from minxin.consult.assistant.passage_ports import PublishedReads
from minxin.consult.assistant.ports import AssistantReads
from minxin.consult.behind import PartReads
from minxin.consult.chat.ports import ChatReads
from minxin.consult.day_sums import DayReads
from minxin.consult.knowledge.ports import KnowledgeReads
from minxin.consult.loads import LoadReads
from minxin.consult.matters.ports import MatterReads
from minxin.consult.open_orders import OpenReads
from minxin.consult.place_records import KnownPlace
from minxin.consult.precision_records import RoutedAlone
from minxin.consult.records import (
    Assignment,
    Example,
    Letter,
    LetterDraft,
    Office,
    OrderState,
    PublicCopy,
    WorkOrder,
)
from minxin.consult.search.ports import SearchReads
from minxin.consult.synonyms.ports import SynonymReads
from minxin.consult.traits import FigureSums
from minxin.core.abuse import AbuseSpan
from minxin.core.audit import SealedEvent
from minxin.core.changes import Event
from minxin.core.cluster import Cluster
from minxin.core.judgement import Judgement
from minxin.core.paging import Page, PageRequest
from minxin.core.personal import PersonalSpan
from minxin.core.places import Area
from minxin.core.reply_check import ReplyCheck, ReplyToCheck
from minxin.core.store import Store


class QueueItem(Struct, frozen=True):
    """A work order in a list, with its letter."""

    order: WorkOrder
    letter: Letter


class QueueFilter(Struct, frozen=True):
    """Which work orders a list shows; None means "any".

    ``due_before`` and ``due_from`` bound the next limit that runs (``consult.limits.next_due``). Sealed work orders
    come only with ``sealed`` True, and then alone.
    """

    states: tuple[OrderState, ...]
    office_id: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    urgent: bool | None = None
    extension_waits: bool | None = None
    redone: bool | None = None
    sealed: bool = False


class CaseFile(Struct, frozen=True):
    """Everything that is kept under one letter's id (卷宗); what is not there is None or empty."""

    letter_id: str
    letter: Letter | None
    events: tuple[Event, ...]
    orders: tuple[WorkOrder, ...]
    copy: PublicCopy | None


class LetterReads(Protocol):
    """Finds letters and what belongs to them. Sealed letters come only where it says so."""

    async def letter_by_intake_key(self, intake_key: str) -> Letter | None: ...

    async def letter_by_number(self, number: str) -> Letter | None:
        """Return the letter, sealed or not: the caller asks the access door."""
        ...

    async def letters_of(self, writer_id: str, page: PageRequest) -> Page[Letter]:
        """Return the writer's own letters, newest first, sealed ones among them."""
        ...

    async def letters_of_company(self, company_id: str, page: PageRequest) -> Page[Letter]:
        """Return letters in the company's name, newest first: neither sealed ones, nor those not looked at yet."""
        ...

    async def orders_of(self, letter_id: str) -> list[WorkOrder]:
        """Return the letter's work orders in the order of their numbers."""
        ...

    async def orders_of_letters(self, letter_ids: Sequence[str]) -> list[WorkOrder]:
        """Return the work orders of at most a page of letters, those of one letter in the order of their numbers."""
        ...

    async def assignments_of(self, order_id: str) -> list[Assignment]:
        """Return the offices' turns, oldest first."""
        ...

    async def order_queue(self, wanted: QueueFilter, page: PageRequest) -> Page[QueueItem]:
        """Return work orders by their next limit, nearest first (those without one come last)."""
        ...

    async def count_orders(self, wanted: Sequence[QueueFilter]) -> list[int]:
        """Return how many work orders each filter finds."""
        ...

    async def answered_before(self, instant: datetime, limit: int) -> list[WorkOrder]:
        """Return work orders answered before the instant and not closed, oldest first, sealed ones too."""
        ...

    async def answers_of_office(self, office_id: str, limit: int) -> list[WorkOrder]:
        """Return the office's work orders with an answer, the last answered first; sealed ones never."""
        ...

    async def drafts_of(self, writer_id: str) -> list[LetterDraft]:
        """Return the writer's drafts, last touched first."""
        ...

    async def published_copies(self, page: PageRequest, office_id: str | None = None) -> Page[PublicCopy]:
        """Return what is published, newest first: all, or what one office answered."""
        ...

    async def copies_to_decide(self, page: PageRequest) -> Page[PublicCopy]:
        """Return the public copies with words that wait for a second person, newest first."""
        ...

    async def examples(self, page: PageRequest) -> Page[Example]:
        """Return the examples to learn from, newest first, those taken back too."""
        ...

    async def examples_since(self, instant: datetime, page: PageRequest) -> Page[Example]:
        """Return the examples that were kept or taken back at the instant or later, in that order.

        A page after the first begins at its cursor, whatever the instant.
        """
        ...

    async def taught_places(self, page: PageRequest) -> Page[KnownPlace]:
        """Return the places that clerks taught, newest first, those taken back too."""
        ...

    async def places_since(self, instant: datetime) -> list[KnownPlace]:
        """Return the places that were kept or changed at the instant or later, oldest first."""
        ...

    async def offices(self) -> list[Office]:
        """Return all offices by id."""
        ...


class StatisticsReads(Protocol):
    """Reads what the figures are made of; sealed letters are in none of it."""

    async def figure_sums(
        self, start: datetime, end: datetime, now: datetime, office_id: str | None = None
    ) -> FigureSums:
        """Return what the figures of ``[start, end)`` at ``now`` are counted from, all of one moment.

        Work orders are those whose answer limit lies there, turns those whose signing limit does.
        """
        ...

    async def received_between(self, start: datetime, end: datetime, page: PageRequest) -> Page[tuple[datetime, str]]:
        """Return ``(received_at, letter id)`` of the letters received in ``[start, end)``, oldest first."""
        ...

    async def routed_alone(self, start: datetime, now: datetime) -> RoutedAlone:
        """Return what the judge routed alone since ``start`` and was returned or, by ``now``, can't be any more.

        A letter that a ruling brought back to the same office did not come back.
        """
        ...

    async def letters_with(self, letter_ids: Sequence[str]) -> list[Letter]:
        """Return the letters with these ids, at most a page of them, in any order."""
        ...

    def letter_streams(self) -> AsyncIterator[tuple[str, Sequence[SealedEvent]]]:
        """Yield every letter's id with its events, for recomputing what is shown."""
        ...


class ContentReads(Protocol):
    """Reads what letters say, to hold it against their events.

    A stored record that can't be read raises ``DamagedError`` with its ``letter``.
    """

    def case_files(self) -> AsyncIterator[CaseFile]:
        """Yield all letters by id, sealed ones too, and whatever else names a letter that is not there."""
        ...

    async def blob_digest(self, blob_id: str) -> str | None:
        """Return the SHA-256 (hex) of the bytes kept under the id, read piece by piece, or None without them."""
        ...


class LetterStore(
    Store,
    LetterReads,
    StatisticsReads,
    DayReads,
    OpenReads,
    PartReads,
    LoadReads,
    AlikeReads,
    AssistantReads,
    ChatReads,
    KnowledgeReads,
    MatterReads,
    PublishedReads,
    SearchReads,
    SynonymReads,
    Cluster,
    Protocol,
):
    """The store as the office sees it."""


class Judge(Protocol):
    """Gives advice on a letter."""

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        """Return the judgement of any text; takes milliseconds once the judge is there, and waits until it is.

        ``place`` is what the writer says of where it is.

        Raises ``UnavailableError`` when it can't be had, or was lost or silent over this text.
        """
        ...


class Rules(Protocol):
    """What words alone tell of a letter (规则研判), for when the judge can't be had; knows no office."""

    def __call__(self, subject: str, body: str) -> Judgement:
        """Return the judgement of any text; takes milliseconds, needs nothing learnt, never raises."""
        ...


class Atlas(Protocol):
    """What the judge knows of the city's territory (辖区)."""

    def streets(self) -> Sequence[Area]:
        """Return the areas of all streets and towns, those of a district together."""
        ...

    def learn_place(self, place: KnownPlace) -> None:
        """Use the place from the next judgement on, or no more when it was taken back; again changes nothing."""
        ...


class ReplyGate(Protocol):
    """Reads an answer before it is signed (答复质检)."""

    def check(self, reply: ReplyToCheck) -> ReplyCheck:
        """Return what is wrong with it; takes milliseconds, never raises on any text."""
        ...


class PersonalDataFinder(Protocol):
    """Finds personal data in a text (个人信息识别)."""

    def find(self, text: str) -> tuple[PersonalSpan, ...]:
        """Return what is found, by place; takes time in proportion to the text, never raises on any.

        Spans that are to be taken out don't overlap each other; those of ``MARKED_ONLY`` may lie over them.
        """
        ...


class AbuseFinder(Protocol):
    """Finds what insults or threatens somebody (辱骂与威胁); what it finds only ever waits for a person."""

    async def find(self, text: str) -> tuple[AbuseSpan, ...]:
        """Return the pieces of the text that do, in order, none over another; never raises on any text.

        Takes some milliseconds, and seconds at most when the models that know best are busy or away.
        """
        ...


class Writers(Protocol):
    """Knows who writes."""

    async def name_of(self, writer_id: str) -> str:
        """Return the writer's real name for taking it out of a text, never to be shown; empty when it is not known."""
        ...
