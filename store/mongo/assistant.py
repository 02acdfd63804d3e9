"""What visitors said of answers (``consult.assistant.ports.AssistantReads``)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from minxin.consult.assistant.ports import ConversationFacts, MarkFacts
from minxin.consult.assistant.ranking import Tally
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.chat.records import HandOver
from minxin.store.mongo.paging import all_records
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.tables import ANSWER_MARKS, CONVERSATIONS

_COUNTED: Final = {Mark.SOLVED, Mark.NOT_SOLVED, Mark.NONE_OF_THESE, Mark.TAKEN}


class _Opened(Struct):
    """The fields of a conversation that the rates need; the others are not decoded."""

    opened_at: datetime
    reason: HandOver | None = None
    letter_id: str | None = None


_decode: Final = msgspec.json.Decoder(_Opened).decode


class MongoAssistant:
    """Answers the named queries about marks."""

    reader: Reader

    async def marks_of(self, conversation_id: str) -> list[AnswerMark]:
        return await all_records(self.reader, ANSWER_MARKS, {"conversation_id": conversation_id}, by=("at", "_id"))

    async def mark_tallies(self, passage_ids: Collection[str]) -> dict[str, Tally]:
        where = {"passage_id": {"$in": list(passage_ids)}, "counts": 1}
        counted = {"_id": {"passage": "$passage_id", "mark": "$mark"}, "count": {"$sum": 1}}
        found: dict[str, dict[str, int]] = {}
        for one in await self.reader.aggregate(ANSWER_MARKS.name, [{"$match": where}, {"$group": counted}]):
            if one["_id"]["mark"] in _COUNTED:
                found.setdefault(one["_id"]["passage"], {})[one["_id"]["mark"]] = one["count"]
        return {passage_id: Tally(**counts) for passage_id, counts in found.items()}

    async def gap_marks(self, since: datetime, limit: int) -> list[AnswerMark]:
        where = {"gap": 1, "at": {"$gte": micros(since)}}
        return await all_records(self.reader, ANSWER_MARKS, where, by=("-at", "_id"), most=limit)

    async def most_marked(self, mark: Mark, since: datetime, limit: int) -> list[tuple[str, int]]:
        where = {"counts": 1, "mark": mark.value, "at": {"$gte": micros(since)}, "passage_id": {"$ne": ""}}
        found = await self.reader.aggregate(
            ANSWER_MARKS.name,
            [
                {"$match": where},
                {"$group": {"_id": "$passage_id", "often": {"$sum": 1}}},
                {"$sort": {"often": -1, "_id": 1}},
                {"$limit": limit},
            ],
        )
        return [(one["_id"], one["often"]) for one in found]

    async def marks_between(self, start: datetime, end: datetime) -> list[MarkFacts]:
        where = {"counts": 1, "at": {"$gte": micros(start), "$lt": micros(end)}}
        fields = ("at", "mark", "conversation_id")
        found = await self.reader.find(ANSWER_MARKS.name, where, by=("at",), fields=fields)
        return [MarkFacts(instant(one["at"]), Mark(one["mark"]), one["conversation_id"]) for one in found]

    async def conversations_between(self, start: datetime, end: datetime) -> list[ConversationFacts]:
        # The last word is never before the first: what was opened since `start` has `last_at` after it.
        where = {"last_at": {"$gte": micros(start)}}
        found = []
        for one in await self.reader.find(CONVERSATIONS.name, where, fields=("body",)):
            opened = _decode(one["body"])
            if start <= opened.opened_at < end:
                handed_over = opened.reason is not None or opened.letter_id is not None
                found.append(ConversationFacts(one["_id"], opened.opened_at, handed_over))
        return sorted(found, key=lambda one: (one.opened_at, one.id))
