"""What boxes need from the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.records import Box, BoxKind, Expunged, Folder, MailItem, OldMessage
from minxin.mailbox.records import Account


class FolderState(Struct, frozen=True):
    """How many items a folder holds, how many of them nobody opened, and the UID that comes next."""

    total: int
    unseen: int
    next_uid: int


class MailChanges(Struct, frozen=True):
    """What changed since a stamp: items that came or changed, items that left; ``stamp`` is where to go on from.

    ``more`` is True when there is more than was asked for.
    """

    items: list[MailItem]
    gone: list[Expunged]
    stamp: int
    more: bool = False


class Drift(Struct, frozen=True):
    """A counter of use that did not say what is really there, in bytes."""

    key: str
    counted: int
    real: int


class FilledBox(Struct, frozen=True):
    """A box with what is in it, in bytes, and what it may hold."""

    box: Box
    used: int
    most: int


class BoxGlance(Struct, frozen=True):
    """All that the page of a folder shows: folders by name, ``counts`` (all, unseen) by folder, a page of items.

    ``used`` are the bytes in the box, ``talks`` how many mails there are in the conversation of each item.
    """

    folders: list[Folder]
    counts: dict[str, tuple[int, int]]
    items: Page[MailItem]
    used: int
    talks: dict[str, int]


class MailReads(Protocol):
    """Finds boxes, folders and mail. One box by its address: ``get(BoxAddress, address)``."""

    async def boxes_of(self, holder_id: str) -> list[Box]:
        """Return the boxes that the account, office or company owns or inherited, oldest first, closed ones left out.

        Those of the companies whose delegate the account is are among them.
        """
        ...

    async def all_boxes(self, kind: BoxKind | None, page: PageRequest) -> Page[Box]:
        """Return boxes by address, of one kind when given."""
        ...

    async def folders_of(self, box_id: str) -> list[Folder]:
        """Return the box's folders by name."""
        ...

    async def folder_states(self, box_id: str) -> dict[str, FolderState]:
        """Return the state of each folder of the box by the folder's id."""
        ...

    async def unseen_mail(self, folder_id: str) -> int:
        """Return how many items of the folder nobody opened."""
        ...

    async def last_stamp(self, box_id: str) -> int:
        """Return the highest stamp of the box (HIGHESTMODSEQ), 0 for one where nothing ever happened."""
        ...

    async def last_stamps(self, box_ids: Collection[str]) -> dict[str, int]:
        """Return the highest stamp of each of the boxes, those left out where nothing ever happened."""
        ...

    async def mail_items(self, folder_id: str, page: PageRequest) -> Page[MailItem]:
        """Return the folder, newest first by when the items were received."""
        ...

    async def box_glance(self, box_id: str, folder_id: str, page: PageRequest) -> BoxGlance:
        """Return what the page of a folder shows, all as of one moment, the items newest first."""
        ...

    async def conversation_sizes(self, box_id: str, thread_ids: Collection[str]) -> dict[str, int]:
        """Return how many mails of the box, those in the trash left out, each of the conversations has."""
        ...

    async def mail_by_uid(self, folder_id: str, first: int, last: int | None, limit: int) -> list[MailItem]:
        """Return up to ``limit`` items with UIDs from ``first`` to ``last`` (None: to the end), in their order."""
        ...

    async def mail_uids(self, folder_id: str) -> list[int]:
        """Return the UIDs of the folder in their order."""
        ...

    async def mail_changes(self, box_id: str, folder_id: str | None, since: int, limit: int) -> MailChanges:
        """Return what changed after the stamp, in the order of the stamps, of one folder when given."""
        ...

    async def mail_thread(self, box_id: str, thread_id: str, limit: int) -> list[MailItem]:
        """Return a conversation of the box, oldest first, the newest ones when there are more."""
        ...

    async def mail_by_message_ids(self, box_id: str, message_ids: Collection[str]) -> list[MailItem]:
        """Return the box's items with these Message-IDs."""
        ...

    async def mail_heads(self, content_ids: Collection[str], size: int) -> dict[str, bytes]:
        """Return the first ``size`` bytes, or all, of what is left of each mail without its files.

        A header that is not longer stands in them whole, just as it came. A content that is not there is left out.
        """
        ...

    async def mail_with_content(self, content_id: str, after: str, limit: int) -> list[MailItem]:
        """Return items of any box with this content, by id."""
        ...

    async def old_messages(self, after: str, limit: int) -> list[OldMessage]:
        """Return messages of before there were boxes, by id."""
        ...

    async def search_mail(
        self, box_id: str, words: Sequence[str], folder_id: str | None, page: PageRequest
    ) -> Page[MailItem]:
        """Return items of the box whose folded text (``folded.py``) holds every word, newest first."""
        ...

    async def without_box(self, page: PageRequest, *, staff: bool) -> Page[Account]:
        """Return civil servants by log-in, or active citizens, oldest first, who have no box, open or not."""
        ...

    async def trashed_mail(self, before: datetime, limit: int) -> list[MailItem]:
        """Return items that came into the trash before, longest there first."""
        ...

    async def old_expunged(self, before: datetime, limit: int) -> list[Expunged]:
        """Return what left before, oldest first."""
        ...

    def all_mail(self, box_id: str) -> AsyncIterator[tuple[Folder, MailItem]]:
        """Yield every item of the box with its folder, folder by folder in the order of the UIDs."""
        ...

    async def filled_boxes(self, kind: BoxKind, quota: int) -> list[FilledBox]:
        """Return open boxes of the kind whose owner is to be told how full it is, or was told and is no more.

        ``quota`` counts where the box has none of its own. See ``filling.py`` for the levels.
        """
        ...

    async def recount_mail(self, after: str, limit: int) -> tuple[list[Drift], str | None]:
        """Set the counters of up to ``limit`` boxes, by id, to what is really there.

        Counting and setting are one transaction: no delivery comes between. Returns those that were wrong, and the id
        to go on after, None at the end.
        """
        ...

    async def sweep_mail_contents(self, now: datetime, kept: timedelta, limit: int) -> int:
        """Delete contents, with their texts, that lost an item, held by none now and seen so ``kept`` ago or earlier.

        Looks at some ``limit`` of them and returns at how many; call again until it is 0. ``kept`` must be longer than
        anybody decides on what he read: who copies an item names a content that he saw before.
        """
        ...
