"""The knowledge base that comes with a city (``knowledge.json`` in its folder): published entries of its offices."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.consult.knowledge.decisions import stream_of
from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.core.actor import SYSTEM
from minxin.core.changes import AuditEntry, Changes, Event
from minxin.core.errors import ConfigError
from minxin.core.passages import Condition
from minxin.deploy.city import City
from minxin.deploy.house import House

FILE: Final = "knowledge.json"


class CityEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as the city's file has it; ``office`` is the id of the office that owns it."""

    id: str
    office: str
    question: str
    other_ways: tuple[str, ...]
    answer: str
    basis: str
    checked_on: date
    document_number: str = ""
    valid_until: date | None = None
    conditions: tuple[Condition, ...] = ()


_decode: Final = msgspec.json.Decoder(list[CityEntry]).decode


def load_knowledge(city: City, at: datetime) -> tuple[KnowledgeEntry, ...]:
    """Return the city's entries as they are published at the instant; a city may be without any.

    Raises ``ConfigError`` that names the file and the entry.
    """
    path = city.folder / FILE
    if not path.exists():
        return ()
    known = {office.id for office in city.offices if office.routable}
    entries: dict[str, KnowledgeEntry] = {}
    for one in _read(path):
        fault = _fault(one, known, entries)
        if fault:
            raise ConfigError(f"{path}: entry {one.id!r}: {fault}")
        entries[one.id] = _published(one, at)
    return tuple(entries.values())


def _read(path: Path) -> list[CityEntry]:
    try:
        return _decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _fault(one: CityEntry, offices: set[str], before: dict[str, KnowledgeEntry]) -> str:
    if one.office not in offices:
        return f"there is no office {one.office!r}"
    if one.id in before:
        return "this id is there twice"
    missing = [name for name in ("id", "question", "answer", "basis") if not getattr(one, name).strip()]
    return f"its {missing[0]} must not be empty" if missing else ""


def _published(one: CityEntry, at: datetime) -> KnowledgeEntry:
    version = EntryVersion(
        question=one.question,
        other_ways=one.other_ways,
        answer=one.answer,
        basis=one.basis,
        document_number=one.document_number,
        checked_on=one.checked_on,
        valid_until=one.valid_until,
        conditions=one.conditions,
        written_by=SYSTEM.id,
        written_at=at,
        reviewed_by=SYSTEM.id,
        reviewed_at=at,
    )
    return KnowledgeEntry(id=one.id, office_id=one.office, state=EntryState.PUBLISHED, changed_at=at, current=version)


async def ensure_knowledge(house: House) -> None:
    """Put the city's entries into a store that has none; entries that are there stay as the offices edited them."""
    if await house.store.has_knowledge():
        return
    at = house.clock.now()
    entries = load_knowledge(house.city, at)
    if not entries:
        return
    events = [Event(stream_of(one.id), "loaded", at, SYSTEM.id, one.office_id) for one in entries]
    audit = AuditEntry(at, SYSTEM.id, "knowledge.loaded", "knowledge", data={"entries": len(entries)})
    await house.store.commit(Changes(inserts=list(entries), events=events, audit=[audit]))
