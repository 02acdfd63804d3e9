"""Which record lives in which collection, and the fields that are computed from it for look-ups.

A document has the record's id, its version, its body as the JSON that every store keeps and every chain hashes, and
beside it the columns of ``store/sqlite/tables.py``; a column without a value is a field that is not there.
"""

from __future__ import annotations

from typing import Any, Final

from minxin.consult.alike_records import LetterMarks
from minxin.consult.records import Letter
from minxin.consult.synonyms.records import Synonym
from minxin.core.changes import Record
from minxin.mailbox.companies.records import Company, CompanyState
from minxin.mailbox.mail.records import Box, BoxState
from minxin.store.mongo.client import Document
from minxin.store.sqlite.tables import TABLES, Table

BLOBS: Final = "blobs"
BLOB_NAMES: Final = "blob_names"
LOOSE_BLOBS: Final = "loose_blobs"
LOOSE_CONTENTS: Final = "loose_contents"
EVENTS: Final = "events"
STREAMS: Final = "streams"
AUDIT: Final = "audit"
LEDGER: Final = "ledger"
HEADS: Final = "heads"
SERIES: Final = "series"
SEQUENCES: Final = "sequences"
USAGES: Final = "usages"
WORK: Final = "work"
META: Final = "meta"
COMMITS: Final = "commits"
FIRSTS: Final = "firsts"
LEASES: Final = "leases"
COUNTS: Final = "counts"
KEPT: Final = "kept"
SIGHTINGS: Final = "sightings"
WHISPERS: Final = "whispers"
SEARCH_MARKS: Final = "search_marks"
COLLECTIONS: Final = (
    *(table.name for table in TABLES),
    *(BLOBS, BLOB_NAMES, LOOSE_BLOBS, LOOSE_CONTENTS, EVENTS, STREAMS, AUDIT, LEDGER, HEADS),
    *(SERIES, SEQUENCES, USAGES, WORK, META),
    *(COMMITS, FIRSTS, LEASES, COUNTS, KEPT, SIGHTINGS, WHISPERS, SEARCH_MARKS),
)

# What SQLite reads out of a body when it is asked, or keeps in a table of its own.
_MORE: Final[dict[type[Record], Any]] = {
    Synonym: lambda pair: {"words": f"{pair.said}\n{pair.meant}"},
    LetterMarks: lambda found: {"marks": list(found.marks)},
    Company: lambda company: {"active_code": company.code if company.state is CompanyState.ACTIVE else None},
    Box: lambda box: {"open_owner_id": box.owner_id if box.state is BoxState.OPEN else None},
}
_AT_INSERT: Final[dict[type[Record], Document]] = {Letter: {"marked": 0}}


def more_of(record: Record) -> Document:
    """Return the fields that a document has beside those columns."""
    more = _MORE.get(type(record))
    return dict(more(record)) if more else {}


def fields_of(table: Table[Any], record: Record) -> Document:
    """Return the fields of a record's document, None for those that it has not."""
    _, version, body, *values = table.row(record)
    columns = dict(zip((name for name, _ in table.columns), values, strict=True))
    return {"version": version, "body": body, **columns, **more_of(record)}


def document_of(table: Table[Any], record: Record) -> Document:
    """Return the document of a new record."""
    fields = {name: value for name, value in fields_of(table, record).items() if value is not None}
    return {"_id": record.id, **fields, **_AT_INSERT.get(table.kind, {})}


def update_of(fields: Document) -> Document:
    """Return the update that gives a document these fields."""
    there = {name: value for name, value in fields.items() if value is not None}
    gone = {name: "" for name, value in fields.items() if value is None}
    return {"$set": there, "$unset": gone} if gone else {"$set": there}
