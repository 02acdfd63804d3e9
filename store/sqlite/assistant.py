"""What visitors said of answers (``consult.assistant.ports.AssistantReads``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from minxin.consult.assistant.ports import ConversationFacts, MarkFacts
from minxin.consult.assistant.ranking import Tally
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.chat.records import HandOver
from minxin.store.sqlite.codec import decode, instant, micros
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import ANSWER_MARKS

_COUNTED: Final = {Mark.SOLVED, Mark.NOT_SOLVED, Mark.NONE_OF_THESE, Mark.TAKEN}


class _Opened(Struct):
    """The fields of a conversation that the rates need; the others are not decoded."""

    opened_at: datetime
    reason: HandOver | None = None
    letter_id: str | None = None


_decode: Final = msgspec.json.Decoder(_Opened).decode


class SqliteAssistant:
    """Answers the named queries about marks."""

    reader: Reader

    async def marks_of(self, conversation_id: str) -> list[AnswerMark]:
        where = "conversation_id = ? ORDER BY at, id"
        return await self.reader.read(lambda db: all_records(db, ANSWER_MARKS, where, conversation_id))

    async def mark_tallies(self, passage_ids: Collection[str]) -> dict[str, Tally]:
        return await self.reader.read(lambda db: _tallies(db, passage_ids))

    async def gap_marks(self, since: datetime, limit: int) -> list[AnswerMark]:
        where = "gap = 1 AND at >= ? ORDER BY at DESC, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, ANSWER_MARKS, where, micros(since), limit))

    async def most_marked(self, mark: Mark, since: datetime, limit: int) -> list[tuple[str, int]]:
        return await self.reader.read(
            lambda db: db.execute(
                "SELECT passage_id, count(*) AS often FROM answer_marks WHERE counts = 1 AND mark = ? AND at >= ? "
                "AND passage_id <> '' GROUP BY passage_id ORDER BY often DESC, passage_id LIMIT ?",
                (mark.value, micros(since), limit),
            ).fetchall()
        )

    async def marks_between(self, start: datetime, end: datetime) -> list[MarkFacts]:
        rows = await self.reader.read(
            lambda db: db.execute(
                "SELECT at, mark, conversation_id FROM answer_marks "
                "WHERE counts = 1 AND at >= ? AND at < ? ORDER BY at",
                (micros(start), micros(end)),
            ).fetchall()
        )
        return [MarkFacts(instant(at), Mark(mark), conversation) for at, mark, conversation in rows]

    async def conversations_between(self, start: datetime, end: datetime) -> list[ConversationFacts]:
        return await self.reader.read(lambda db: _opened(db, start, end))


def _tallies(connection: sqlite3.Connection, passage_ids: Collection[str]) -> dict[str, Tally]:
    places = ", ".join("?" * len(passage_ids))
    rows = connection.execute(
        "SELECT passage_id, mark, count(*) FROM answer_marks WHERE counts = 1 "  # noqa: S608
        f"AND passage_id IN ({places}) GROUP BY passage_id, mark",
        tuple(passage_ids),
    )
    found: dict[str, dict[str, int]] = {}
    for passage_id, mark, count in rows:
        if mark in _COUNTED:
            found.setdefault(passage_id, {})[mark] = count
    return {passage_id: Tally(**counts) for passage_id, counts in found.items()}


def _opened(connection: sqlite3.Connection, start: datetime, end: datetime) -> list[ConversationFacts]:
    # The last word is never before the first: what was opened since `start` has `last_at` after it.
    rows = connection.execute("SELECT id, body FROM conversations WHERE last_at >= ?", (micros(start),))
    found = []
    for conversation_id, body in rows:
        opened = decode(_decode, body)
        if start <= opened.opened_at < end:
            handed_over = opened.reason is not None or opened.letter_id is not None
            found.append(ConversationFacts(conversation_id, opened.opened_at, handed_over))
    return sorted(found, key=lambda one: (one.opened_at, one.id))
