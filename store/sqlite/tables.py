"""Which record lives in which table, and the columns that are computed from it for look-ups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import structs

from minxin.consult.alike_records import HotIssue, LetterMarks
from minxin.consult.assistant.records import AnswerMark
from minxin.consult.chat.records import Conversation, Message, Presence
from minxin.consult.deadlines import Due
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.limits import next_due
from minxin.consult.matters.records import Matter
from minxin.consult.place_records import KnownPlace
from minxin.consult.precision_records import RoutingPrecision
from minxin.consult.records import Assignment, Example, Letter, LetterDraft, Office, PublicCopy, WorkOrder
from minxin.consult.synonyms.records import Synonym
from minxin.core.actor import Role
from minxin.core.changes import Record
from minxin.mailbox.disk.records import Disk, DiskItem, DiskShare, DiskUpload
from minxin.mailbox.disk.tree import name_key
from minxin.mailbox.mail.keys import message_key
from minxin.mailbox.mail.records import Box, BoxAddress, Expunged, Folder, MailContent, MailItem, MailText, OldMessage
from minxin.mailbox.meetings.records import StaffGroup, StaffNotice
from minxin.mailbox.records import (
    Account,
    AccountState,
    ApiKey,
    AppPassword,
    HeldMail,
    PhoneCode,
    RegisterEntry,
    Session,
    Throttle,
)
from minxin.mailbox.texting.records import LastNotice, SmsDelivery
from minxin.store.sqlite.codec import SqlValue, decode, encode, sql_value

R = TypeVar("R", bound=Record)
Column = tuple[str, Callable[[Any], Any]]

KEPT: Final = 1024  # records of a kind, five to ten kilobytes each
NEVER: Final = 2**62  # sorts after every instant: a work order whose clock stands still comes last


class Table(Generic[R]):
    """One kind of record in its table, with the SQL that reads and writes it.

    Text fields that are kept ``apart`` stand in their column alone, and are empty in a record that is read.
    """

    def __init__(self, kind: type[R], name: str, *columns: str | Column, apart: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.name = name
        self.columns = tuple(column if isinstance(column, tuple) else _attribute(column) for column in columns)
        self._left_out = dict.fromkeys(apart, "")
        self._decoder = msgspec.json.Decoder(kind)
        # A record never changes but by another body, and the same pages are read again and again: decoding the thirty
        # letters of a list anew took a fifth of its time.
        self._decode = lru_cache(maxsize=KEPT)(self._decoder.decode)
        names = ("id", "version", "body", *(name for name, _ in self.columns))
        marks = ", ".join("?" * len(names))
        sets = ", ".join(f"{name} = ?" for name in names)
        self.insert = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        self.ensure = f"{self.insert} ON CONFLICT (id) DO NOTHING"
        self.update = f"UPDATE {name} SET {sets} WHERE id = ? AND version = ?"  # noqa: S608
        self.delete = f"DELETE FROM {name} WHERE id = ? AND version = ?"  # noqa: S608
        self.by_id = f"SELECT body FROM {name} WHERE id = ?"  # noqa: S608

    def row(self, record: Record) -> list[SqlValue]:
        """Return the row of a record: id, version, body and the computed columns."""
        body = structs.replace(record, **self._left_out) if self._left_out else record
        return [record.id, record.version, encode(body), *(sql_value(of(record)) for _, of in self.columns)]

    def record(self, body: bytes, **where: Any) -> R:
        """Return the record of a body; raises ``DamagedError``, which says ``where``."""
        return decode(self._decode, body, **where)


def _attribute(name: str) -> Column:
    return name, lambda record: getattr(record, name)


def _of_citizen(name: str) -> Column:
    """Make a column that is unique among citizens: staff may use their own number once more, a closed account none."""

    def value(account: Account) -> str | None:
        taken = Role.CITIZEN in account.roles and account.state is not AccountState.CLOSED
        found: str | None = getattr(account, name)
        return (found or None) if taken else None

    return name, value


def _is_staff(account: Account) -> bool:
    return any(role is not Role.CITIZEN for role in account.roles)


def _end(due: Due | None) -> datetime | None:
    return due.instant if due else None


def _next_due(order: WorkOrder) -> datetime | int:
    return _end(next_due(order)) or NEVER


def _amber_from(order: WorkOrder) -> datetime | None:
    due = next_due(order)
    return due.amber_from if due else None


def _ended_at(order: WorkOrder) -> datetime | None:
    """Return when the work order was answered, or cancelled with its letter."""
    return order.answered_at or order.closed_at


def _extension_waits(order: WorkOrder) -> bool:
    return order.extension is not None and order.extension.approved is None


def _ends_on(entry: KnowledgeEntry) -> str | None:
    last_day = entry.current.valid_until if entry.current else None
    return last_day.isoformat() if last_day else None


def _words_of(entry: KnowledgeEntry) -> str:
    """Return what an entry is searched by: what is shown and what is being written, else what was shown last."""
    versions = [version for version in (entry.current, entry.proposed) if version is not None] or entry.versions[-1:]
    words = [(one.question, *one.other_ways, one.answer, one.basis, one.document_number) for one in versions]
    return "\n".join(part for version in words for part in version).lower()


ACCOUNTS: Final = Table(
    Account,
    "accounts",
    "login",
    _of_citizen("phone_index"),
    _of_citizen("id_index"),
    _of_citizen("address"),
    "state",
    ("citizen", lambda account: Role.CITIZEN in account.roles),
    ("staff", _is_staff),
    "office_id",
    "created_at",
)
SESSIONS: Final = Table(Session, "sessions", "account_id", "created_at", "expires_at")
API_KEYS: Final = Table(ApiKey, "api_keys", "account_id", "created_at")
APP_PASSWORDS: Final = Table(AppPassword, "app_passwords", "account_id", "created_at")
PHONE_CODES: Final = Table(PhoneCode, "phone_codes", "expires_at")
THROTTLES: Final = Table(Throttle, "throttles", "expires_at")
REGISTER_ENTRIES: Final = Table(RegisterEntry, "register_entries")
OLD_MESSAGES: Final = Table(
    OldMessage, "box_messages", "account_id", "at", ("unread", lambda message: message.read_at is None)
)
BOXES: Final = Table(
    Box, "boxes", "kind", "owner_id", "heir_id", "state", "address", "created_at", "mail_quota", "warned"
)
BOX_ADDRESSES: Final = Table(BoxAddress, "box_addresses", "box_id")
FOLDERS: Final = Table(Folder, "folders", "box_id", "name")
MAIL_ITEMS: Final = Table(
    MailItem,
    "mail_items",
    "box_id",
    "folder_id",
    "seq",
    "stamp",
    "received_at",
    "size_bytes",
    ("unseen", lambda item: not item.seen),
    "content_id",
    "thread_id",
    ("message_key", lambda item: message_key(item.box_id, item.message_id) if item.message_id else None),
    "trashed_at",
)
EXPUNGED_MAIL: Final = Table(Expunged, "expunged_mail", "box_id", "stamp", "at")
MAIL_CONTENTS: Final = Table(MailContent, "mail_contents")
MAIL_TEXTS: Final = Table(MailText, "mail_texts", "words", apart=("words",))
DISKS: Final = Table(Disk, "disks")
DISK_ITEMS: Final = Table(
    DiskItem,
    "disk_items",
    "owner_id",
    "folder_id",
    ("living_name", lambda item: None if item.binned_at else name_key(item.name)),
    "binned_at",
    "held_bytes",
)
DISK_UPLOADS: Final = Table(DiskUpload, "disk_uploads", "owner_id", "created_at", "expires_at", "size_bytes")
DISK_SHARES: Final = Table(DiskShare, "disk_shares", "owner_id", "created_at")
SMS_DELIVERIES: Final = Table(
    SmsDelivery,
    "sms_deliveries",
    ("reference", lambda delivery: delivery.reference or None),
    "state",
    "at",
    "expires_at",
)
LAST_NOTICES: Final = Table(LastNotice, "last_notices", "expires_at")
STAFF_GROUPS: Final = Table(StaffGroup, "staff_groups", "office_id", "name")
STAFF_NOTICES: Final = Table(StaffNotice, "staff_notices", "office_id", "at")
HELD_MAIL: Final = Table(HeldMail, "held_mail", "key", "confirm_index", "state", "received_at")
OFFICES: Final = Table(Office, "offices")
LETTERS: Final = Table(
    Letter,
    "letters",
    ("series", lambda letter: letter.number.rpartition("-")[0]),
    ("serial", lambda letter: int(letter.number.rpartition("-")[2])),
    "intake_key",
    "writer_id",
    "state",
    "sealed",
    "received_at",
)
WORK_ORDERS: Final = Table(
    WorkOrder,
    "work_orders",
    "letter_id",
    "office_id",
    "state",
    "sealed",
    "urgent",
    ("extension_waits", _extension_waits),
    ("redone", lambda order: order.redo is not None),
    "received_at",
    ("next_due", _next_due),
    ("amber_from", _amber_from),
    ("answer_due", lambda order: _end(order.answer_due)),
    "answered_at",
    ("ended_at", _ended_at),
)
ASSIGNMENTS: Final = Table(
    Assignment,
    "assignments",
    "order_id",
    "letter_id",
    "office_id",
    "at",
    ("sign_due", lambda assignment: _end(assignment.sign_due)),
    "sealed",
    "routed_by",
    "returned_at",
    ("return_due", lambda assignment: _end(assignment.return_due)),
)
LETTER_DRAFTS: Final = Table(LetterDraft, "letter_drafts", "writer_id", "updated_at")
EXAMPLES: Final = Table(Example, "examples", "at", "changed_at")
ROUTING_PRECISIONS: Final = Table(RoutingPrecision, "routing_precisions")
PLACES: Final = Table(KnownPlace, "places", "at", "source")
PUBLIC_COPIES: Final = Table(
    PublicCopy,
    "public_copies",
    "state",
    "proposed_at",
    "decided_at",
    "office_id",
    ("waits", lambda copy: copy.waiting is not None),
)
LETTER_MARKS: Final = Table(LetterMarks, "letter_marks")
HOT_ISSUES: Final = Table(HotIssue, "hot_issues", "current", "heat")
KNOWLEDGE_ENTRIES: Final = Table(
    KnowledgeEntry,
    "knowledge_entries",
    "office_id",
    "state",
    "changed_at",
    ("shown", lambda entry: entry.current is not None),
    ("ends_on", _ends_on),
    ("warned", lambda entry: entry.current is not None and entry.warned_for == entry.current.valid_until),
    "letter_id",
    ("words", _words_of),
    ("for_gap", lambda entry: entry.proposed is not None and bool(entry.proposed.gap_mark_ids)),
)
MATTERS: Final = Table(Matter, "matters", "office_id", "changed_at")
CONVERSATIONS: Final = Table(
    Conversation,
    "conversations",
    "visitor_key",
    "citizen_id",
    "stage",
    "staff_id",
    "last_at",
    "asked_at",
)
MESSAGES: Final = Table(Message, "messages", "conversation_id", "seq")
PRESENCES: Final = Table(Presence, "presences", "on_duty")
ANSWER_MARKS: Final = Table(
    AnswerMark,
    "answer_marks",
    "conversation_id",
    "passage_id",
    "mark",
    "at",
    ("counts", lambda mark: mark.taken_back_at is None),
    ("gap", lambda mark: mark.is_gap),
)
SYNONYMS: Final = Table(Synonym, "synonyms", "said", "removed")

TABLES: Final[tuple[Table[Any], ...]] = (
    ACCOUNTS,
    SESSIONS,
    API_KEYS,
    APP_PASSWORDS,
    PHONE_CODES,
    THROTTLES,
    REGISTER_ENTRIES,
    OLD_MESSAGES,
    BOXES,
    BOX_ADDRESSES,
    FOLDERS,
    MAIL_ITEMS,
    EXPUNGED_MAIL,
    MAIL_CONTENTS,
    MAIL_TEXTS,
    DISKS,
    DISK_ITEMS,
    DISK_UPLOADS,
    DISK_SHARES,
    SMS_DELIVERIES,
    LAST_NOTICES,
    STAFF_GROUPS,
    STAFF_NOTICES,
    HELD_MAIL,
    OFFICES,
    LETTERS,
    WORK_ORDERS,
    ASSIGNMENTS,
    LETTER_DRAFTS,
    EXAMPLES,
    ROUTING_PRECISIONS,
    PLACES,
    PUBLIC_COPIES,
    LETTER_MARKS,
    HOT_ISSUES,
    KNOWLEDGE_ENTRIES,
    MATTERS,
    CONVERSATIONS,
    MESSAGES,
    PRESENCES,
    ANSWER_MARKS,
    SYNONYMS,
)
_BY_KIND: Final[dict[type[Record], Table[Any]]] = {table.kind: table for table in TABLES}


def table_of(kind: type[R]) -> Table[R]:
    """Return the table of a kind of record; raises ``TypeError`` for a kind that has none."""
    try:
        return _BY_KIND[kind]
    except KeyError:
        raise TypeError(f"{kind.__name__} has no table") from None
