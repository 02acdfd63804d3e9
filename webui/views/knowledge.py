"""Entries of the knowledge base as pages show them: what changed between versions, and every step with a post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.knowledge.records import EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.typed import conditions_text
from minxin.core.actor import SYSTEM, Actor
from minxin.core.errors import NotFoundError
from minxin.webui.context import language, services
from minxin.webui.views.difference import Change, Piece, difference

ENDS_SOON: Final = timedelta(days=30)
_FIELDS: Final = (
    "question",
    "other_ways",
    "answer",
    "basis",
    "document_number",
    "checked_on",
    "valid_until",
    "conditions",
)
_DAYS: Final = ("checked_on", "valid_until")


class EntryRow(Struct, frozen=True):
    """An entry in a list: the version that is being written, else the one that is shown or was."""

    entry: KnowledgeEntry
    version: EntryVersion
    ended: bool
    ends_soon: bool


class FieldChange(Struct, frozen=True):
    """What changed in one field; its name is that of the column (``knowledge.column.*``)."""

    name: str
    pieces: tuple[Piece, ...]


class Edition(Struct, frozen=True):
    """One version in the history, counted from 1, with what it changed; ``old`` ones can be taken over."""

    number: int
    version: EntryVersion
    written_by: str
    reviewed_by: str
    old: bool
    shown: bool


class StepRow(Struct, frozen=True):
    """One step of an entry: who holds a post did what, when."""

    kind: str
    at: datetime
    post: str


def row_of(entry: KnowledgeEntry, today: date) -> EntryRow:
    """Return the entry as a row."""
    version = newest(entry)
    until = entry.current.valid_until if entry.current else None
    ended = until is not None and until < today
    return EntryRow(entry, version, ended, until is not None and not ended and until <= today + ENDS_SOON)


def newest(entry: KnowledgeEntry) -> EntryVersion:
    """Return the version that is being written, else the one that is shown, else the last that was."""
    version = entry.proposed or entry.current or (entry.versions[-1] if entry.versions else None)
    if version is None:
        raise NotFoundError
    return version


def texts_of(version: EntryVersion | None, words: str) -> dict[str, str]:
    """Return the fields of a version as text, in the order of the form; all empty without one."""
    if version is None:
        return dict.fromkeys(_FIELDS, "")
    return {
        "question": version.question,
        "other_ways": "\n".join(version.other_ways),
        "answer": version.answer,
        "basis": version.basis,
        "document_number": version.document_number,
        "checked_on": version.checked_on.isoformat(),
        "valid_until": version.valid_until.isoformat() if version.valid_until else "",
        "conditions": conditions_text(version.conditions, words),
    }


def changes_between(before: EntryVersion | None, after: EntryVersion, words: str) -> tuple[FieldChange, ...]:
    """Return the fields that are not the same, with what changed in each."""
    old, new = texts_of(before, words), texts_of(after, words)
    return tuple(FieldChange(name, _pieces(name, old[name], new[name])) for name in new if old[name] != new[name])


async def editions(request: web.Request, entry: KnowledgeEntry) -> tuple[Edition, ...]:
    """Return what was or is shown, the newest first."""
    found = [*entry.versions, *((entry.current,) if entry.current else ())]
    posts = await _posts(request, {one.written_by for one in found} | {one.reviewed_by for one in found})
    rows = [
        Edition(
            number=number,
            version=one,
            written_by=posts.get(one.written_by, ""),
            reviewed_by=posts.get(one.reviewed_by, ""),
            old=one is not entry.current,
            shown=one is entry.current,
        )
        for number, one in enumerate(found, start=1)
    ]
    return tuple(reversed(rows))


async def steps(request: web.Request, actor: Actor, entry: KnowledgeEntry) -> tuple[StepRow, ...]:
    """Return every step of the entry, the newest first."""
    events = [sealed.event for sealed in await services(request).knowledge.events(actor, entry.id)]
    posts = await _posts(request, {event.actor for event in events})
    return tuple(StepRow(event.kind, event.at, posts.get(event.actor, "")) for event in reversed(events))


def edition_changes(entry: KnowledgeEntry, number: int, words: str) -> tuple[FieldChange, ...]:
    """Return what the version, counted from 1, changed; raises ``NotFoundError`` for one that there is not."""
    found: Sequence[EntryVersion] = [*entry.versions, *((entry.current,) if entry.current else ())]
    if not 1 <= number <= len(found):
        raise NotFoundError
    return changes_between(found[number - 2] if number > 1 else None, found[number - 1], words)


def _pieces(name: str, old: str, new: str) -> tuple[Piece, ...]:
    """Return what changed; a day is another day as a whole."""
    if name not in _DAYS:
        return difference(old, new)
    return tuple(Piece(text, change) for text, change in ((old, Change.REMOVED), (new, Change.ADDED)) if text)


async def _posts(request: web.Request, account_ids: set[str]) -> dict[str, str]:
    people = services(request).accounts.people
    posts = {}
    for account_id in account_ids - {"", SYSTEM.id}:
        try:
            posts[account_id] = (await people.actor_of(account_id)).post
        except NotFoundError:
            posts[account_id] = ""
    return posts


def filled(version: EntryVersion, request: web.Request) -> dict[str, str]:
    """Return a version as the form's fields, in the visitor's language."""
    return texts_of(version, language(request))
