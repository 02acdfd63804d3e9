"""Changes: what a decision wants written, as data.

A pure function reads records, decides, and returns :class:`Changes`; ``Store.commit`` writes all of it in
one durable transaction or nothing at all. Nothing else in the house writes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field

_BLOB: Final = {"names": "blob"}
# The type of every field of a record that names bytes (``core/naming.py``): what no such field names is deleted.
BlobId = Annotated[str, Meta(extra=_BLOB)]


class Record(Struct, frozen=True, kw_only=True):
    """Something that is kept under an id.

    ``version`` is the version that was read; the store raises it by one at each write and refuses (``ConflictError``)
    when it moved in between. A record that was never stored has version 0.
    """

    id: str
    version: int = 0


class Told(Record, frozen=True, kw_only=True):
    """A record of which it is told in every process, by its id, when a commit touched it (``Store.watch``)."""


class Numbered(Record, frozen=True, kw_only=True):
    """A record that gets the next number of a yearly series in the very commit that inserts it.

    Numbers therefore have no gaps: a missing one means that something vanished.
    """

    number: str = ""


class Stamped(Record, frozen=True, kw_only=True):
    """A record that bears the next number of a sequence since it was last written (修改序号).

    Stamps of one sequence rise with the order of the commits, so that "what changed since stamp N" is a question of one
    comparison, in whatever process it is asked.
    """

    stamp: int = 0


class Sequenced(Stamped, frozen=True, kw_only=True):
    """A stamped record that also gets the next number of a sequence in the very commit that inserts it.

    Numbers begin at 1, rise strictly without a gap, and are never given again, also after the record is deleted. A put
    that names a sequence gets a new number: the record moved from one list into another.
    """

    seq: int = 0


class Usage(Struct, frozen=True):
    """So much more (or less, below zero) is used of what ``key`` counts, such as the bytes of one box (用量).

    When ``add`` is above zero and the sum would pass ``most``, the whole set of changes is refused. None is no limit.
    """

    key: str
    add: int
    most: int | None = None


class Blob(Struct, frozen=True):
    """Bytes kept under their own SHA-256 (hex); the same bytes are kept once.

    They stay as long as a record names them in a field of the type :data:`BlobId`.
    """

    id: str
    data: bytes


def blob_of(data: bytes) -> Blob:
    """Return the blob of these bytes."""
    return Blob(hashlib.sha256(data).hexdigest(), data)


class Event(Struct, frozen=True):
    """Something that happened to one letter or account; the store chains it to the one before in its ``stream``.

    ``data`` holds plain values (str, int, float, bool, None, lists and dicts of them), no personal data: what must be
    erasable is referred to by id.
    """

    stream: str
    kind: str
    at: datetime
    actor: str
    office_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class AuditEntry(Struct, frozen=True):
    """Who did or tried what, to what, from where, with which result (GB/T 22239: 审计覆盖到每个用户)."""

    at: datetime
    actor: str
    action: str
    target: str
    result: str = "ok"
    office_id: str | None = None
    origin: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Job(Struct, frozen=True):
    """Work to be done after the commit, at least once, by whoever claims it.

    ``key`` makes it idempotent: a second job with the same kind and key is the same job. ``not_before`` delays it.
    """

    kind: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None


class OutboxEntry(Struct, frozen=True):
    """A word to somebody outside (mail, SMS, notice): repeated until it is out, then kept, idempotent by ``key``."""

    channel: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None


class Changes(Struct):
    """Everything that one decision writes.

    ``puts`` and ``deletes`` hold records as they were read (a changed copy keeps the version it was decided on).
    ``series`` names, for each inserted :class:`Numbered` record, the yearly series of its number, such as ``"2026"``.
    ``sequences`` names by record id the sequence of each inserted :class:`Sequenced` record (and of each put that moves
    to another list), ``stamps`` that of each inserted or put :class:`Stamped` one. ``ensures`` holds what is inserted
    unless a record with its id is there already: things that never change and are named by their content.
    """

    inserts: list[Record] = field(default_factory=list)
    puts: list[Record] = field(default_factory=list)
    deletes: list[Record] = field(default_factory=list)
    ensures: list[Record] = field(default_factory=list)
    series: dict[str, str] = field(default_factory=dict)
    sequences: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    usages: list[Usage] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    outbox: list[OutboxEntry] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def __add__(self, other: Changes) -> Changes:
        """Return both sets of changes as one, to be written in one transaction."""
        return Changes(
            inserts=self.inserts + other.inserts,
            puts=self.puts + other.puts,
            deletes=self.deletes + other.deletes,
            ensures=self.ensures + other.ensures,
            series=self.series | other.series,
            sequences=self.sequences | other.sequences,
            stamps=self.stamps | other.stamps,
            usages=self.usages + other.usages,
            blobs=self.blobs + other.blobs,
            events=self.events + other.events,
            audit=self.audit + other.audit,
            outbox=self.outbox + other.outbox,
            jobs=self.jobs + other.jobs,
        )


class Head(Struct, frozen=True):
    """The end of a chain: the sequence number of its last entry and that entry's hash (hex)."""

    seq: int
    hash: str


class Committed(Struct, frozen=True):
    """What the store filled in: the numbers by record id, and the new head of each stream that got events.

    ``seqs`` and ``stamps`` are by record id too; ``used`` says what each counter of the set's usages stood at after it.
    """

    numbers: dict[str, str]
    heads: dict[str, Head]
    seqs: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
