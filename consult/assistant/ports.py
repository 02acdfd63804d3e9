"""What the assistant needs from the outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.consult.assistant.ranking import Tally
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.core.passages import Hit, Passage, Source


class MarkFacts(Struct, frozen=True):
    """What the rates need of one mark."""

    at: datetime
    mark: Mark
    conversation_id: str


class ConversationFacts(Struct, frozen=True):
    """What the rates need of one conversation: ``handed_over`` says that a person was called or it became a letter."""

    id: str
    opened_at: datetime
    handed_over: bool


class Retriever(Protocol):
    """Finds the passages that may answer a question, in knowledge, matters, duties and published answers."""

    async def search(self, question: str, limit: int = 10, sources: frozenset[Source] | None = None) -> list[Hit]:
        """Return at most ``limit`` hits, best first, of these sources (all, when None).

        The hits may be a second old: only what :meth:`passages` gives back may be shown. A ``confidence`` holds for
        the hit at the head; those after it have less. Raises ``UnavailableError`` when nothing can be searched now.
        """
        ...

    async def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """Return the passages of these ids as the store has them now, without those that may not be shown today.

        Left out are expired, withdrawn, sealed and unpublished records, and ids that were never given.
        """
        ...


class QuestionGroups(Protocol):
    """Tells which questions ask the same (同类问题)."""

    def groups(self, questions: Sequence[str]) -> list[list[int]]:
        """Return the places of the questions that belong together, two or more each; takes a second for 2,000."""
        ...


class AssistantReads(Protocol):
    """Finds what visitors said of answers."""

    async def marks_of(self, conversation_id: str) -> list[AnswerMark]:
        """Return the conversation's marks, oldest first, those taken back too."""
        ...

    async def mark_tallies(self, passage_ids: Collection[str]) -> dict[str, Tally]:
        """Return how often each passage was marked, without marks taken back; passages never marked are left out."""
        ...

    async def gap_marks(self, since: datetime, limit: int) -> list[AnswerMark]:
        """Return marks of what nobody could answer (``records.GAPS``) since the instant, newest first.

        Those taken back or settled are left out.
        """
        ...

    async def most_marked(self, mark: Mark, since: datetime, limit: int) -> list[tuple[str, int]]:
        """Return ``(passage id, how often)`` of what was marked so since the instant, most first."""
        ...

    async def marks_between(self, start: datetime, end: datetime) -> list[MarkFacts]:
        """Return what the rates need of the marks in ``[start, end)`` that were not taken back, oldest first."""
        ...

    async def conversations_between(self, start: datetime, end: datetime) -> list[ConversationFacts]:
        """Return what the rates need of the conversations opened in ``[start, end)``, oldest first."""
        ...
