"""The records of boxes, folders and mail (邮箱、文件夹、邮件).

The bytes are those of a :class:`MailContent`, one for all boxes that hold the same mail; what a list shows stands in
the :class:`MailItem` itself, so that a page of a folder touches no content.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.core.changes import BlobId, Record, Sequenced, Stamped

INBOX: Final = "INBOX"
SEEN: Final = "\\Seen"
ANSWERED: Final = "\\Answered"
FLAGGED: Final = "\\Flagged"
DELETED: Final = "\\Deleted"
DRAFT: Final = "\\Draft"
FORWARDED: Final = "$Forwarded"  # a keyword that all programs know (RFC 5788)
SYSTEM_FLAGS: Final = (SEEN, ANSWERED, FLAGGED, DELETED, DRAFT)  # RFC 3501, 2.3.2


class BoxKind(StrEnum):
    """Whose box it is; the quota of a box without one of its own follows from it."""

    CITIZEN = "citizen"
    STAFF = "staff"
    COMPANY = "company"
    OFFICE = "office"  # 公共邮箱: shared by the people of an office
    SYSTEM = "system"


class BoxState(StrEnum):
    """What may be done with a box."""

    OPEN = "open"
    HANDED_OVER = "handed_over"  # 移交: its owner left, the heir reads it, its address takes nothing new
    CLOSED = "closed"  # 关闭: nobody reads it, it takes nothing, and it is emptied when its time is over


class Box(Record, frozen=True, kw_only=True):
    """A mailbox (邮箱). ``owner_id`` is the id of an account, an office or a company, and the box's id is the same.

    ``address`` is shown and written from, ``aliases`` take mail too; all are lower-case and each stands in a
    :class:`BoxAddress`. Quotas are in bytes, None for what its kind has. ``warned`` is the share of the mail quota (per
    cent) that the owner was told of last, 0 for none. ``chosen_at`` is when its owner last chose a new address. A
    closed box bears ``closed_at``, and ``ends_at``, from when on its mail is deleted for good, until it is
    (``ending.py``).
    """

    kind: BoxKind
    owner_id: str
    address: str
    created_at: datetime
    aliases: tuple[str, ...] = ()
    state: BoxState = BoxState.OPEN
    heir_id: str | None = None
    mail_quota: int | None = None
    disk_quota: int | None = None
    warned: int = 0
    chosen_at: datetime | None = None
    closed_at: datetime | None = None
    ends_at: datetime | None = None


class BoxAddress(Record, frozen=True, kw_only=True):
    """An address (lower-case, the record's id) and the box that takes its mail: no address is ever given twice.

    It stays when the box is closed, so that mail for one person never reaches another.
    """

    box_id: str


class FolderRole(StrEnum):
    """What a folder is for (RFC 6154); the inbox's name is fixed (RFC 3501 section 5.1)."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    JUNK = "junk"
    TRASH = "trash"
    ARCHIVE = "archive"


class Folder(Sequenced, frozen=True, kw_only=True):
    """A folder of a box (文件夹); "/" in the name parts the levels. Names of a box are unique."""

    box_id: str
    name: str
    role: FolderRole | None = None
    subscribed: bool = True

    @property
    def uid_validity(self) -> int:
        """A number that no other folder of the box ever has: its UIDs hold as long as it (RFC 3501, 2.3.1.1)."""
        return self.seq


class Person(Struct, frozen=True, array_like=True):
    """A name and an address as a header gives them; either may be empty."""

    name: str
    address: str


class Taken(Struct, frozen=True):
    """Who of an office took a mail of the shared box upon himself, and when."""

    by: str
    at: datetime


class MailItem(Sequenced, frozen=True, kw_only=True):
    """One mail in one folder of one box (邮件); ``seq`` is its UID there.

    ``flags`` are IMAP flags and keywords as given, sorted. ``size_bytes`` is that of the whole mail and counts on the
    box's quota. ``opened_at`` is when it was first marked as seen, ``trashed_at`` when it came into the trash. From
    ``sender`` to ``files`` stands what a list shows, read off the content when ``read`` is True, which can be done
    again at any time. ``official`` is True for what the house itself put in, and nothing that came from outside ever
    is. ``notice_id`` is the official notice that it is, ``counts_as`` the area on whose counters its reader counts
    (``tally.py``). ``proof`` is how the sender was proven, a key of the catalogue. ``spam`` is a likelihood (0 to 1),
    ``why`` the reasons for it, keys of the catalogue too.
    """

    box_id: str
    folder_id: str
    content_id: str
    received_at: datetime
    size_bytes: int
    thread_id: str
    flags: tuple[str, ...] = ()
    opened_at: datetime | None = None
    trashed_at: datetime | None = None
    sender: Person = Person("", "")
    to: tuple[Person, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    snippet: str = ""
    files: int = 0
    read: bool = True
    official: bool = False
    proof: str = ""
    letter_id: str | None = None
    notice_id: str | None = None
    counts_as: str | None = None
    spam: float = 0.0
    why: tuple[str, ...] = ()
    taken: Taken | None = None

    @property
    def uid(self) -> int:
        """The item's UID in its folder."""
        return self.seq

    @property
    def seen(self) -> bool:
        """Whether somebody opened it."""
        return SEEN in self.flags


class Expunged(Stamped, frozen=True, kw_only=True):
    """An item that left a folder, for who asks what changed there; kept for some weeks."""

    box_id: str
    folder_id: str
    uid: int
    at: datetime


class Hole(Struct, frozen=True, array_like=True):
    """A base64 body that was cut out of a mail: ``offset`` bytes of the skeleton come before it.

    ``line`` is how many characters stand on a line, 0 when all stand on one, and ``ending`` what parts the lines.
    """

    offset: int
    blob_id: BlobId
    size_bytes: int
    line: int
    ending: str


class MailContent(Record, frozen=True, kw_only=True):
    """How the bytes of a mail are put together again; the id is their SHA-256 (hex).

    The skeleton holds all of the mail but the holes (``holes.py``); ``size_bytes`` is that of the whole.
    """

    skeleton: BlobId
    size_bytes: int
    holes: tuple[Hole, ...] = ()


class OldFile(Struct, frozen=True):
    """A file that came with an old message; its bytes are the blob's."""

    name: str
    content_type: str
    blob_id: BlobId
    size_bytes: int


class OldMessage(Record, frozen=True, kw_only=True):
    """A message of before there were boxes (旧站内信), until it is a mail in its owner's box (``old.py``)."""

    account_id: str
    at: datetime
    sender: str
    subject: str
    text: str
    letter_id: str | None = None
    read_at: datetime | None = None
    files: tuple[OldFile, ...] = ()


class MailFile(Struct, frozen=True, array_like=True):
    """A file in a mail: its place, its cleaned name, what the sender says it is, and its size in bytes."""

    index: int
    name: str
    content_type: str
    size_bytes: int


class MailText(Record, frozen=True, kw_only=True):
    """What a mail says, by the content's id: made by the reading process, and made again when it is missing.

    ``text`` is for people, ``words`` for searching (``folded.py``) and empty when it is read. ``html`` says whether
    there is an HTML form of the text. ``problems`` are catalogue keys.
    """

    sender: Person
    subject: str
    words: str
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    text: str = ""
    html: bool = False
    files: tuple[MailFile, ...] = ()
    problems: tuple[str, ...] = ()
