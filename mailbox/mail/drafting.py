"""Writing a mail (写信、草稿): drafts as real mail in the Drafts folder, begun anew, as an answer, or gone on with.

A draft has a key that stays while it is written, however often it is saved: its Message-ID is made of it, and so is the
id of each state of it, which is made of the one before. Of two windows that save at once the second finds that the
state it would replace is gone, and is decided again; so there is one draft, never two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DuplicateError, InvalidInputError, NotFoundError, TooLargeError
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.access import access_box, access_item
from minxin.mailbox.mail.answers import Way, begin_answer, begin_new
from minxin.mailbox.mail.contents import MailContents, raw_of
from minxin.mailbox.mail.delivery import SHOWN_PEOPLE, Incoming, deliver_mail, fields_of, item_id, pack, snippet_of
from minxin.mailbox.mail.folded import with_words
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import DRAFT, SEEN, Box, FolderRole, MailFile, MailItem, MailText, Person
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.mail.threads import thread_of
from minxin.mailbox.mail.written import (
    Typed,
    WrittenFile,
    WrittenMail,
    addressees,
    read_written,
    safe_type,
    typed_of,
    write_draft,
)
from minxin.mailbox.mime.filename import safe_filename
from minxin.mailbox.mime.head import look
from minxin.mailbox.ports import MailStore
from minxin.mailbox.reading import limit_for
from minxin.mailbox.safe_pool import SafePool

TRIES: Final = 8
MOST_FILES: Final = 20
LINE_CHARS: Final = 10_000  # of a line of addresses
SUBJECT_CHARS: Final = 500
TEXT_CHARS: Final = 500_000
KEY_CHARS: Final = 22
MOST_IN_MEMORY: Final = 256 * 1024  # beyond it a mail is put together beside the loop
_MARK: Final = ".draft@"


class ListedFile(Struct, frozen=True):
    """A file that goes along with a draft, by its place in it."""

    index: int
    name: str
    size_bytes: int


class Draft(Struct, frozen=True, kw_only=True):
    """A mail that is being written in a box; ``item_id`` is None until it was saved."""

    key: str
    box: Box
    typed: Typed
    files: tuple[ListedFile, ...] = ()
    item_id: str | None = None


class Drafting:
    """Drafts of whoever writes; each method raises ``NotFoundError`` for a box or item that is not the actor's."""

    def __init__(self, store: MailStore, pool: SafePool, clock: Clock, rules: MailRules) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock
        self._contents = MailContents(store, pool)
        self.rules = rules

    async def begin(self, actor: Actor, box_id: str, key: str) -> Draft:
        """Return an empty mail with the box's signature; nothing is saved."""
        box = await access_box(self._store, actor, box_id)
        return Draft(key=key, box=box, typed=begin_new(await self._signature(box)))

    async def answer(self, actor: Actor, answered_id: str, way: Way, key: str, language: str) -> Draft:
        """Return what an answer to the item begins with; nothing is saved, files come along with the first saving."""
        box, item = await access_item(self._store, actor, answered_id)
        mail = await self._read(item, with_files=False)
        mail = replace(mail, date=mail.date or item.received_at)
        typed = begin_answer(mail, way, box, language, await self._signature(box))
        return Draft(key=key, box=box, typed=typed, files=await self._carried(item) if way is Way.FORWARD else ())

    async def open(self, actor: Actor, draft_id: str) -> Draft:
        """Return a draft to go on with; raises ``NotFoundError`` for an item that is none."""
        box, item = await access_item(self._store, actor, draft_id)
        if not _is_draft(item):
            raise NotFoundError
        typed = typed_of(await self._read(item, with_files=False))
        return Draft(key=key_of(item), box=box, typed=typed, files=_listed(await self._text(item)), item_id=item.id)

    async def find(self, actor: Actor, box_id: str, key: str) -> MailItem | None:
        """Return the draft with this key as it was saved last, or None."""
        box = await access_box(self._store, actor, box_id)
        return await self._old(box, key)

    async def save(
        self,
        actor: Actor,
        box_id: str,
        key: str,
        typed: Typed,
        *,
        add: Sequence[WrittenFile] = (),
        drop: Collection[int] = (),
        carried: str = "",
        begun: str = "",
    ) -> Draft:
        """Save the draft in place of its older state and return it.

        ``add`` are files that come to it, ``drop`` the places of those that go; the files of the item ``carried`` come
        along when it is saved for the first time. ``begun`` is the item of a draft that a mail program began, whose
        place it takes. Raises ``InvalidInputError`` ``mail.draft.sent`` for one that was
        sent already or has a wrong key, ``InvalidInputError``, ``TooLargeError`` for what is too much, and
        ``QuotaError`` when it does not fit.
        """
        _check(key, typed)
        saved: Draft | None = None

        async def decide(now: datetime) -> Changes:
            nonlocal saved
            box = await access_box(self._store, actor, box_id)
            await self._need_unsent(box, key)
            old = await self._old(box, key, begun)
            kept = await self._files(old, drop) if old is not None else await self._forwarded(actor, carried)
            files = [*kept, *add]
            if len(files) > MOST_FILES:
                raise InvalidInputError("mail.draft.too_many_files", field="attachments", most=MOST_FILES)
            saved, changes = await self._written(box, key, typed, files, old, now)
            return changes

        await self._keep(decide)
        if saved is None:
            raise ConflictError
        return saved

    async def files(self, actor: Actor, draft: Draft) -> tuple[WrittenFile, ...]:
        """Return the files of a draft with their bytes."""
        if not draft.files or draft.item_id is None:
            return ()
        _, item = await access_item(self._store, actor, draft.item_id)
        return (await self._read(item, with_files=True)).files

    async def discard(self, actor: Actor, box_id: str, key: str) -> None:
        """Delete the draft for good, if it is there."""

        async def decide(now: datetime) -> Changes:
            box = await access_box(self._store, actor, box_id)
            old = await self._old(box, key)
            return moves.expunge(old, now) if old is not None else Changes()

        await self._keep(decide)

    async def answered(self, actor: Actor, box_id: str, typed: Typed) -> str | None:
        """Return the item of the box that what was typed answers, or None."""
        return await self._named(actor, box_id, typed.in_reply_to)

    async def passed_on(self, actor: Actor, box_id: str, typed: Typed) -> str | None:
        """Return the item of the box that what was typed passes on, or None: it is named, and not as answered."""
        if typed.in_reply_to or not typed.references:
            return None
        return await self._named(actor, box_id, typed.references[-1])

    async def _named(self, actor: Actor, box_id: str, message_id: str) -> str | None:
        box = await access_box(self._store, actor, box_id)
        found = await self._store.mail_by_message_ids(box.id, [message_id]) if message_id else []
        return found[-1].id if found else None

    async def named(self, actor: Actor, known_id: str | None, way: Way) -> Typed:
        """Return what a mail that goes on with the item names (In-Reply-To, References), and nothing else."""
        if not known_id:
            return Typed()
        box, item = await access_item(self._store, actor, known_id)
        typed = begin_answer(await self._read(item, with_files=False), way, box, "zh")
        return Typed(in_reply_to=typed.in_reply_to, references=typed.references)

    async def _written(
        self, box: Box, key: str, typed: Typed, files: Sequence[WrittenFile], old: MailItem | None, now: datetime
    ) -> tuple[Draft, Changes]:
        address = typed.sender if typed.sender in box.aliases else box.address
        sender, message_id = Person("", address), f"<{key}{_MARK}{_domain(box)}>"
        if sum(len(file.data) for file in files) < MOST_IN_MEMORY:
            raw = write_draft(typed, files, sender, message_id, now)
            packed = pack(raw)
        else:
            raw = await asyncio.to_thread(write_draft, typed, files, sender, message_id, now)
            packed = await asyncio.to_thread(pack, raw)
        if len(raw) > self.rules.message_bytes:
            raise TooLargeError("mail.draft.too_large", field="attachments", limit=self.rules.message_bytes >> 20)
        text = _text_of(packed.content.id, typed, files, sender)
        made = item_id(box.id, f"draft:{key}:{old.id if old else ''}")
        fields = replace(fields_of(look(raw)), snippet=snippet_of(typed.text), files=len(files), read=True)
        mail = Incoming(
            item_id=made,
            folder_id=role_folder(box.id, FolderRole.DRAFTS),
            packed=packed,
            fields=fields,
            received_at=now,
            thread_id=old.thread_id if old else await thread_of(self._store, box.id, fields, made),
            most=self.rules.most(box),
            text=text,
            flags=(DRAFT, SEEN),
            opened_at=now,
        )
        # What the old state frees comes first, so that a draft in a full box can still be changed.
        changes = (moves.expunge(old, now) if old else Changes()) + deliver_mail(box.id, mail)
        return Draft(key=key, box=box, typed=typed, files=_listed(text), item_id=made), changes

    async def _old(self, box: Box, key: str, begun: str = "") -> MailItem | None:
        """Return the state of the draft that was saved last."""
        found = await self._store.mail_by_message_ids(box.id, [f"{key}{_MARK}{_domain(box)}"])
        drafts = [one for one in found if _is_draft(one)]
        if drafts or not begun:
            return drafts[-1] if drafts else None
        item = await self._store.get(MailItem, begun)
        return item if item is not None and item.box_id == box.id and _is_draft(item) else None

    async def _need_unsent(self, box: Box, key: str) -> None:
        """Raise ``InvalidInputError`` when the mail was sent: what a window saves late is no new draft."""
        if await self._store.get(MailItem, sent_item(box.id, key)) is not None:
            raise InvalidInputError("mail.draft.sent")

    async def _files(self, item: MailItem, drop: Collection[int]) -> tuple[WrittenFile, ...]:
        if not (await self._text(item)).files:
            return ()
        found = (await self._read(item, with_files=True)).files
        return tuple(one for one in found if one.index not in drop)

    async def _forwarded(self, actor: Actor, item_id: str) -> tuple[WrittenFile, ...]:
        if not item_id:
            return ()
        _, item = await access_item(self._store, actor, item_id)
        return await self._files(item, ())

    async def _carried(self, item: MailItem) -> tuple[ListedFile, ...]:
        return _listed(await self._text(item))

    async def _read(self, item: MailItem, *, with_files: bool) -> WrittenMail:
        raw = await raw_of(self._store, item.content_id)
        return await self._pool.run(read_written, raw, with_files, limit_s=limit_for(raw))

    async def _text(self, item: MailItem) -> MailText:
        return await self._contents.text(item.content_id)

    async def _signature(self, box: Box) -> str:
        settings = await self._store.get(BoxSettings, box.id)
        return settings.signature if settings is not None else ""

    async def _keep(self, decide: Callable[[datetime], Awaitable[Changes]]) -> None:
        for _ in range(TRIES):
            changes = await decide(self._clock.now())
            if changes == Changes():
                return
            try:
                await asyncio.shield(self._store.commit(changes))
            except (ConflictError, DuplicateError):
                continue
            return
        raise ConflictError


def sent_item(box_id: str, key: str) -> str:
    """Return the id of the copy in the folder of sent mail that a mail sent with this key has."""
    return item_id(box_id, f"sent:{key}")


def key_of(item: MailItem) -> str:
    """Return the key of a draft; one that a mail program began gets one that is made of it."""
    key, mark, _ = item.message_id.partition(_MARK)
    return key if mark and _is_key(key) else item_id("draft", item.id)[:KEY_CHARS]


def written_file(name: str, content_type: str, data: bytes) -> WrittenFile:
    """Return a file that somebody sent to go along, under a name and type that a header can hold."""
    return WrittenFile(safe_filename(name, "attachment"), safe_type(content_type), data)


def _check(key: str, typed: Typed) -> None:
    """Raise ``InvalidInputError`` for what is too long to be kept."""
    if not _is_key(key):
        raise InvalidInputError("mail.draft.sent")
    for field in ("to", "cc", "bcc"):
        if len(getattr(typed, field)) > LINE_CHARS:
            raise InvalidInputError("mail.draft.line", field=field, most=LINE_CHARS)
    if len(typed.subject) > SUBJECT_CHARS:
        raise InvalidInputError("mail.draft.subject", field="subject", most=SUBJECT_CHARS)
    if len(typed.text) > TEXT_CHARS:
        raise InvalidInputError("mail.draft.text", field="text", most=TEXT_CHARS)


def _is_key(key: str) -> bool:
    return len(key) == KEY_CHARS and key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def _is_draft(item: MailItem) -> bool:
    return item.folder_id == role_folder(item.box_id, FolderRole.DRAFTS)


def _domain(box: Box) -> str:
    return box.address.rpartition("@")[2]


def _listed(text: MailText) -> tuple[ListedFile, ...]:
    return tuple(ListedFile(one.index, one.name, one.size_bytes) for one in text.files)


def _text_of(content_id: str, typed: Typed, files: Sequence[WrittenFile], sender: Person) -> MailText:
    """Return what the draft says, as reading it again would find it: the body is part 0."""
    listed = tuple(
        MailFile(place, one.name, one.content_type, len(one.data)) for place, one in enumerate(files, start=1)
    )
    text = MailText(
        id=content_id,
        sender=sender,
        subject=typed.subject,
        words="",
        to=addressees(typed.to)[0][:SHOWN_PEOPLE],
        cc=addressees(typed.cc)[0][:SHOWN_PEOPLE],
        text=typed.text,
        files=listed,
    )
    return with_words(text)
