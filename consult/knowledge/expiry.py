"""Telling offices of entries that end soon (到期提醒): once for each date, thirty days before or when it is found.

One message for all entries of an office that are due together; it is put together when it is delivered, in the reader's
language, from the entries as they are then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.decision import Deed
from minxin.consult.knowledge.decisions import day_of
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.ports import LetterStore
from minxin.consult.sentences import sentence
from minxin.core.actor import SYSTEM
from minxin.core.changes import AuditEntry, Changes, OutboxEntry
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError

CHANNEL: Final = "office_notice"
BEFORE: Final = timedelta(days=30)
LISTED: Final = 50  # entries that one message names
BATCH: Final = 200


class OfficeNotice(Struct, frozen=True):
    """A word to everybody who writes for an office."""

    office_id: str
    subject: str
    text: str


def warned(deed: Deed, entries: Sequence[KnowledgeEntry]) -> Changes:
    """Return the entries, all of them shown until a day, as ones that their offices were told of, and the words out."""
    changes = Changes()
    ending: dict[str, list[KnowledgeEntry]] = defaultdict(list)
    for entry in entries:
        if entry.current is not None:
            ending[entry.office_id].append(entry)
            changes.puts.append(replace(entry, warned_for=entry.current.valid_until))
    for office_id, own in ending.items():
        ids = [entry.id for entry in own]
        key = f"knowledge:{office_id}:{int(deed.at.timestamp())}"
        changes.outbox.append(OutboxEntry(CHANNEL, key, {"office_id": office_id, "entry_ids": ids}))
        changes.audit.append(
            AuditEntry(deed.at, deed.actor.id, "knowledge.warned", office_id, origin=deed.origin, data={"entries": ids})
        )
    return changes


class Expiry:
    """Watches for entries that end soon."""

    def __init__(self, store: LetterStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def watch(self) -> None:
        """Tell the offices of what ends within thirty days and they were not told of."""
        deed = Deed(SYSTEM, self._clock.now(), "chores")
        until = day_of(deed.at) + BEFORE
        while entries := await self._store.knowledge_to_warn_of(until, BATCH):
            try:
                await self._store.commit(warned(deed, entries))
            except ConflictError:
                return  # somebody writes one of them just now: the next look finds the others
            if len(entries) < BATCH:
                return

    async def write(self, payload: dict[str, Any], language: str) -> OfficeNotice:
        """Return the words of an outbox entry of the channel."""
        found = await self._store.get_all(KnowledgeEntry, payload["entry_ids"])
        lines = [_line(entry, language) for entry in found.values() if entry.current is not None]
        more = len(payload["entry_ids"]) - LISTED
        text = sentence(
            "knowledge.notice.text", language, count=len(lines), entries="\n".join(sorted(lines)[:LISTED])
        ) + (sentence("knowledge.notice.more", language, count=more) if more > 0 else "")
        subject = sentence("knowledge.notice.subject", language, count=len(lines))
        return OfficeNotice(payload["office_id"], subject, text)


def _line(entry: KnowledgeEntry, language: str) -> str:
    if entry.current is None or entry.current.valid_until is None:
        return ""
    day = entry.current.valid_until.isoformat()
    return sentence("knowledge.notice.line", language, day=day, question=entry.current.question)
