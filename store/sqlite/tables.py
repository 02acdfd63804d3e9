"""Which record lives in which table, and the columns that are computed from it for look-ups."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import structs

from minxin.consult.alike_records import HotIssue, LetterMarks
from minxin.consult.assistant.records import AnswerMark
from minxin.consult.chat.records import Conversation, Message, Presence
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.matters.records import Matter
from minxin.consult.place_records import KnownPlace
from minxin.consult.precision_records import RoutingPrecision
from minxin.consult.records import Assignment, Example, Letter, LetterDraft, Office, PublicCopy, WorkOrder
from minxin.consult.search.records import SearchBuild
from minxin.consult.synonyms.records import Synonym
from minxin.consult.traits import kept_order_traits, kept_turn_traits
from minxin.core.actor import Role
from minxin.core.changes import Record
from minxin.core.errors import DamagedError
from minxin.core.places import STREET_DEPTH
from minxin.mailbox.companies.records import Company, Delegate, Invitation
from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.disk.records import Disk, DiskItem, DiskShare, DiskUpload
from minxin.mailbox.disk.tree import name_key
from minxin.mailbox.loginrecords import LogInRecord
from minxin.mailbox.mail.answered import VacationAnswer
from minxin.mailbox.mail.keys import message_key
from minxin.mailbox.mail.records import Box, BoxAddress, Expunged, Folder, MailContent, MailItem, MailText, OldMessage
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.meetings.records import StaffGroup, StaffNotice
from minxin.mailbox.official.records import NoticeList, NoticeRun, OfficialNotice
from minxin.mailbox.outgoing.counting import SendCount
from minxin.mailbox.outgoing.records import OutgoingMail
from minxin.mailbox.records import (
    Account,
    ApiKey,
    AppPassword,
    HeldMail,
    PhoneCode,
    RegisterEntry,
    Session,
    Throttle,
)
from minxin.mailbox.texting.records import LastNotice, SmsDelivery
from minxin.store.sqlite.codec import UNREADABLE, SqlValue, encode, sql_value
from minxin.store.sqlite.columns import (
    Column,
    amber_from,
    end_day,
    end_of,
    ended_at,
    ends_on,
    extension_waits,
    is_staff,
    key_digest,
    next_limit,
    of_citizen,
    words_of,
)
from minxin.store.sqlite.packing import pack, unpack

R = TypeVar("R", bound=Record)

KEPT: Final = 1024  # records of a kind, five to ten kilobytes each


class Table(Generic[R]):
    """One kind of record in its table, with the SQL that reads and writes it.

    Text fields that are kept ``apart`` stand in their column alone, and are empty in a record that is read. No SQL
    looks into the bodies of a table that ``packs``. The file keeps ``key_digest`` of a column that is ``digested``.
    """

    def __init__(
        self,
        kind: type[R],
        name: str,
        *columns: str | Column,
        apart: tuple[str, ...] = (),
        packs: bool = True,
        digested: str | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.packs = packs
        self.columns = tuple(column if isinstance(column, tuple) else _attribute(column) for column in columns)
        self.left_out = dict.fromkeys(apart, "")
        self._decoder = msgspec.json.Decoder(kind)
        # A record never changes but by another body, and the same pages are read again and again: decoding the thirty
        # letters of a list anew took a fifth of its time.
        self._decode = lru_cache(maxsize=KEPT)(lambda stored: self._decoder.decode(unpack(stored)))
        names_of_columns = [name for name, _ in self.columns]
        self._digested = names_of_columns.index(digested) if digested else None
        names = ("id", "version", "body", *names_of_columns)
        marks = ", ".join("?" * len(names))
        sets = ", ".join(f"{name} = ?" for name in names)
        self.insert = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        self.ensure = f"{self.insert} ON CONFLICT (id) DO NOTHING"
        self.update = f"UPDATE {name} SET {sets} WHERE id = ? AND version = ?"  # noqa: S608
        self.delete = f"DELETE FROM {name} WHERE id = ? AND version = ?"  # noqa: S608
        self.by_id = f"SELECT body FROM {name} WHERE id = ?"  # noqa: S608

    def row(self, record: Record) -> list[SqlValue]:
        """Return the row of a record: id, version, body and the computed columns."""
        body = structs.replace(record, **self.left_out) if self.left_out else record
        return [record.id, record.version, encode(body), *(sql_value(of(record)) for _, of in self.columns)]

    def packed_row(self, record: Record) -> list[SqlValue]:
        """Return the row of a record as the file keeps it."""
        row_id, version, body, *columns = self.row(record)
        if self._digested is not None:
            columns[self._digested] = key_digest(str(columns[self._digested]))
        return [row_id, version, pack(body) if self.packs and isinstance(body, bytes) else body, *columns]

    def record(self, body: bytes, **where: Any) -> R:
        """Return the record of a body, packed or not; raises ``DamagedError``, which says ``where``."""
        try:
            return self._decode(body)
        except UNREADABLE as error:
            raise DamagedError("a stored record can't be read", **where) from error


def _attribute(name: str) -> Column:
    return name, lambda record: getattr(record, name)


ACCOUNTS: Final = Table(
    Account,
    "accounts",
    "login",
    of_citizen("phone_index"),
    of_citizen("id_index"),
    of_citizen("address"),
    "state",
    ("citizen", lambda account: Role.CITIZEN in account.roles),
    ("staff", is_staff),
    "office_id",
    "created_at",
    ("district", lambda account: account.area[0] if account.area else None),
    ("street", lambda account: account.area[1] if len(account.area or ()) >= STREET_DEPTH else None),
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
    Box, "boxes", "kind", "owner_id", "heir_id", "state", "address", "created_at", "mail_quota", "warned", "ends_at"
)
COMPANIES: Final = Table(Company, "companies", "code", "authorised_id", "state", "applied_at")
COMPANY_DELEGATES: Final = Table(Delegate, "company_delegates", "company_id", "account_id", "since")
COMPANY_INVITATIONS: Final = Table(
    Invitation, "company_invitations", "company_id", ("sent_to", lambda one: one.to or None), "expires_at"
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
MAIL_CONTENTS: Final = Table(MailContent, "mail_contents", packs=False)
MAIL_TEXTS: Final = Table(MailText, "mail_texts", "words", apart=("words",))
OUTGOING_MAIL: Final = Table(
    OutgoingMail,
    "outgoing_mail",
    ("message_key", lambda mail: message_key(mail.box_id, mail.message_id) if mail.message_id else None),
    "state",
    "created_at",
    "done_at",
    ("content_id", lambda mail: mail.content_id or None),
)
SEND_COUNTS: Final = Table(SendCount, "send_counts")
BOX_SETTINGS: Final = Table(BoxSettings, "box_settings")
VACATION_ANSWERS: Final = Table(VacationAnswer, "vacation_answers", "box_id", "expires_at")
CONTACTS: Final = Table(Contact, "contacts", "box_id")
LOG_INS: Final = Table(LogInRecord, "log_ins", "account_id", "at", "expires_at")
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
OFFICIAL_NOTICES: Final = Table(OfficialNotice, "official_notices", "office_id", "state", "written_at")
OFFICIAL_LISTS: Final = Table(NoticeList, "official_lists")
OFFICIAL_RUNS: Final = Table(NoticeRun, "official_runs")
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
    ("company_id", lambda letter: letter.behalf.company_id if letter.behalf is not None else None),
    digested="intake_key",
)
WORK_ORDERS: Final = Table(
    WorkOrder,
    "work_orders",
    "letter_id",
    "office_id",
    "state",
    "sealed",
    "urgent",
    ("extension_waits", extension_waits),
    ("redone", lambda order: order.redo is not None),
    "received_at",
    ("next_due", next_limit),
    ("amber_from", amber_from),
    ("answer_due", lambda order: end_of(order.answer_due)),
    "answered_at",
    ("ended_at", ended_at),
    ("answer_day", lambda order: end_day(order.answer_due)),
    ("traits", kept_order_traits),
    "working_hours",
)
ASSIGNMENTS: Final = Table(
    Assignment,
    "assignments",
    "order_id",
    "letter_id",
    "office_id",
    "at",
    ("sign_due", lambda assignment: end_of(assignment.sign_due)),
    "sealed",
    "routed_by",
    "returned_at",
    ("return_due", lambda assignment: end_of(assignment.return_due)),
    ("sign_day", lambda assignment: end_day(assignment.sign_due)),
    ("traits", kept_turn_traits),
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
LETTER_MARKS: Final = Table(LetterMarks, "letter_marks", packs=False)
HOT_ISSUES: Final = Table(HotIssue, "hot_issues", "current", "heat")
KNOWLEDGE_ENTRIES: Final = Table(
    KnowledgeEntry,
    "knowledge_entries",
    "office_id",
    "state",
    "changed_at",
    ("shown", lambda entry: entry.current is not None),
    ("ends_on", ends_on),
    ("warned", lambda entry: entry.current is not None and entry.warned_for == entry.current.valid_until),
    "letter_id",
    ("words", words_of),
    ("for_gap", lambda entry: entry.proposed is not None and bool(entry.proposed.gap_mark_ids)),
)
MATTERS: Final = Table(Matter, "matters", "office_id", "changed_at")
CONVERSATIONS: Final = Table(
    Conversation, "conversations", "visitor_key", "citizen_id", "stage", "staff_id", "last_at", "asked_at"
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
SYNONYMS: Final = Table(Synonym, "synonyms", "said", "removed", packs=False)
SEARCH_BUILDS: Final = Table(SearchBuild, "search_builds")

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
    COMPANIES,
    COMPANY_DELEGATES,
    COMPANY_INVITATIONS,
    FOLDERS,
    MAIL_ITEMS,
    EXPUNGED_MAIL,
    MAIL_CONTENTS,
    MAIL_TEXTS,
    OUTGOING_MAIL,
    SEND_COUNTS,
    BOX_SETTINGS,
    VACATION_ANSWERS,
    CONTACTS,
    LOG_INS,
    DISKS,
    DISK_ITEMS,
    DISK_UPLOADS,
    DISK_SHARES,
    SMS_DELIVERIES,
    LAST_NOTICES,
    STAFF_GROUPS,
    STAFF_NOTICES,
    OFFICIAL_NOTICES,
    OFFICIAL_LISTS,
    OFFICIAL_RUNS,
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
    SEARCH_BUILDS,
)
_BY_KIND: Final[dict[type[Record], Table[Any]]] = {table.kind: table for table in TABLES}


def table_of(kind: type[R]) -> Table[R]:
    """Return the table of a kind of record; raises ``TypeError`` for a kind that has none."""
    try:
        return _BY_KIND[kind]
    except KeyError:
        raise TypeError(f"{kind.__name__} has no table") from None
