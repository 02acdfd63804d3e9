"""What programs send and are shown of mailboxes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from minxin.core.paging import MAX_PAGE
from minxin.mailbox.mail.records import BoxKind, FolderRole, MailItem, MailText, Person
from minxin.mailbox.mail.service import FolderShown as Folder
from minxin.webui.api.operations import Sent, Shown
from minxin.webui.api.sent import Cursor, NewFile, Size

_KEY: Final = Meta(
    pattern="^[A-Za-z0-9_-]{22}$",
    description="Made by the program, new for each mail: the same key again is the same mail, and is sent once.",
)
MailKey = Annotated[str, _KEY]


class MailboxShown(Shown, frozen=True):
    """A mailbox that the caller may open: his own, or one that he shares. Sizes are in bytes."""

    id: str
    kind: BoxKind
    address: str
    aliases: list[str]
    used_bytes: int
    quota_bytes: int


class MailboxList(Shown, frozen=True):
    """The caller's mailboxes, his own first."""

    items: list[MailboxShown]


class FolderShown(Shown, frozen=True):
    """A folder. `role` is empty for one that the owner made; `/` in the name parts the levels."""

    id: str
    name: str
    role: str
    total: int
    unseen: int


class FolderList(Shown, frozen=True):
    """The folders of a mailbox."""

    items: list[FolderShown]


class CorrespondentShown(Shown, frozen=True):
    """A name and an address; either may be empty."""

    name: str
    address: str


class MailShown(Shown, frozen=True):
    """A mail in a list. `flags` are those of IMAP; mails with the same `thread_id` are a conversation.

    `official` is what the house itself put in.
    """

    id: str
    mailbox_id: str
    folder_id: str
    thread_id: str
    at: datetime
    sender: CorrespondentShown
    to: list[CorrespondentShown]
    subject: str
    snippet: str
    flags: list[str]
    files: int
    size_bytes: int
    official: bool


class MailPage(Shown, frozen=True):
    """A page of a folder, or of what was found, newest first."""

    items: list[MailShown]
    next: str | None


class MailFileShown(Shown, frozen=True):
    """A file of a mail, by the number that getMessageFile takes."""

    number: int
    name: str
    content_type: str
    size_bytes: int


class MailOpened(Shown, frozen=True):
    """A mail with what it says; `html` says that there is an HTML form too, which only the raw mail has."""

    mail: MailShown
    text: str
    html: bool
    cc: list[CorrespondentShown]
    reply_to: list[CorrespondentShown]
    files: list[MailFileShown]


class MailQuery(Sent, frozen=True):
    """Which mail: of a folder (its id, or its role: `inbox`, `sent`, `drafts`, `junk`, `trash`, `archive`), or what
    holds every word of `q`, in whatever folder.
    """

    folder: str = FolderRole.INBOX.value
    q: Annotated[str, Meta(max_length=100)] = ""
    after: Cursor | None = None
    size: Size = 50


class MailWritten(Sent, frozen=True):
    """A mail. Recipients are addresses, with names or without.

    `answers` is the id of the mail that it answers, `forwards` of the one that it passes on, whose files do not come
    along by themselves.
    """

    key: MailKey
    to: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    sender: Annotated[str, Meta(description="One of the mailbox's own addresses, empty for the usual one.")] = ""
    answers: str | None = None
    forwards: str | None = None
    attachments: list[NewFile] = field(default_factory=list)


class DraftSaved(Shown, frozen=True):
    """A draft as it lies in the mailbox; its `id` changes each time it is saved, its `key` does not."""

    id: str
    key: str


Items = Annotated[list[str], Meta(min_length=1, max_length=MAX_PAGE)]


class FlagsChange(Sent, frozen=True):
    """Flags that the mails get, and lose: `\\\\Seen`, `\\\\Flagged`, `\\\\Answered`, or words of the program's own."""

    items: Items
    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)


class MailMove(Sent, frozen=True):
    """Mails of one mailbox, and the id of the folder of it that they go to."""

    items: Items
    folder_id: str


class MailDelete(Sent, frozen=True):
    """Mails that go into the trash; those that lie there already are deleted for good."""

    items: Items


def folder_shown(one: Folder) -> FolderShown:
    """Return a folder as programs read it."""
    role = one.folder.role.value if one.folder.role else ""
    return FolderShown(
        id=one.folder.id, name=one.folder.name, role=role, total=one.state.total, unseen=one.state.unseen
    )


def mail_shown(item: MailItem) -> MailShown:
    """Return a mail of a list as programs read it."""
    return MailShown(
        id=item.id,
        mailbox_id=item.box_id,
        folder_id=item.folder_id,
        thread_id=item.thread_id,
        at=item.received_at,
        sender=_person(item.sender),
        to=[_person(one) for one in item.to],
        subject=item.subject,
        snippet=item.snippet,
        flags=list(item.flags),
        files=item.files,
        size_bytes=item.size_bytes,
        official=item.official,
    )


def mail_opened(item: MailItem, text: MailText) -> MailOpened:
    """Return a mail with what it says."""
    return MailOpened(
        mail=mail_shown(item),
        text=text.text,
        html=text.html,
        cc=[_person(one) for one in text.cc],
        reply_to=[_person(one) for one in text.reply_to],
        files=[
            MailFileShown(number=number, name=one.name, content_type=one.content_type, size_bytes=one.size_bytes)
            for number, one in enumerate(text.files)
        ],
    )


def _person(one: Person) -> CorrespondentShown:
    return CorrespondentShown(name=one.name, address=one.address)


_LI: Final = CorrespondentShown(name="李明", address="liming@citizen.binhai.example")
_MAIL: Final = MailShown(
    id="aB1cD2eF3gH4iJ5kL6mN7o",
    mailbox_id="Zk3v9hQ1sT2uW4xY5zA6bC",
    folder_id="Zk3v9hQ1sT2uW4xY5zA6bC.inbox",
    thread_id="aB1cD2eF3gH4iJ5kL6mN7o",
    at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    sender=_LI,
    to=[CorrespondentShown(name="", address="28461935@citizen.binhai.example")],
    subject="楼下的路灯",
    snippet="一起报修吗？",
    flags=["\\Seen"],
    files=1,
    size_bytes=182_000,
    official=False,
)
_FOLDER: Final = FolderShown(id="Zk3v9hQ1sT2uW4xY5zA6bC.inbox", name="INBOX", role="inbox", total=12, unseen=3)
_BOX: Final = MailboxShown(
    id="Zk3v9hQ1sT2uW4xY5zA6bC",
    kind=BoxKind.CITIZEN,
    address="28461935@citizen.binhai.example",
    aliases=[],
    used_bytes=1_204_000,
    quota_bytes=10_485_760,
)
MAIL_EXAMPLES: Final[tuple[Struct, ...]] = (
    _BOX,
    MailboxList(items=[_BOX]),
    _FOLDER,
    FolderList(items=[_FOLDER]),
    _LI,
    _MAIL,
    MailPage(items=[_MAIL], next=None),
    MailFileShown(number=0, name="路灯.jpg", content_type="image/jpeg", size_bytes=131_072),
    MailOpened(
        mail=_MAIL,
        text="一起报修吗？",
        html=False,
        cc=[],
        reply_to=[],
        files=[MailFileShown(number=0, name="路灯.jpg", content_type="image/jpeg", size_bytes=131_072)],
    ),
    MailWritten(
        key="pL8mN7oK6jI5hG4fE3dC2b",
        to=["李明 <liming@citizen.binhai.example>"],
        subject="Re: 楼下的路灯",
        text="好的，一起报修。",
    ),
    DraftSaved(id="qR9sT8uV7wX6yZ5aB4cD3e", key="pL8mN7oK6jI5hG4fE3dC2b"),
    FlagsChange(items=["aB1cD2eF3gH4iJ5kL6mN7o"], add=["\\Flagged"], remove=["\\Seen"]),
    MailMove(items=["aB1cD2eF3gH4iJ5kL6mN7o"], folder_id="Zk3v9hQ1sT2uW4xY5zA6bC.archive"),
    MailDelete(items=["aB1cD2eF3gH4iJ5kL6mN7o"]),
)
