"""A folder as one client sees it (RFC 3501 section 7.4): which numbers its mails have, and what it was told of them.

A number changes only by what the client is told. What happens in the folder meanwhile, by this client or any other,
stands in the store under a stamp; ``catch_up`` asks for what came after the last one and says it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from minxin.mailbox.imap.sets import Range, picked
from minxin.mailbox.imap.words import flag_list
from minxin.mailbox.mail.ports import MailChanges
from minxin.mailbox.mail.records import Folder, MailItem

BATCH: Final = 500
Changes = Callable[[int, int], Awaitable[MailChanges]]


class View:
    """A selected folder. ``stamps`` says whether the client wants to hear stamps (CONDSTORE, RFC 7162)."""

    def __init__(self, folder: Folder, uids: list[int], stamp: int, *, read_only: bool) -> None:
        self.folder = folder
        self.read_only = read_only
        self.stamps = False
        self.stamp = stamp
        self._uids = uids
        self._flags: dict[int, tuple[str, ...]] = {}
        self._gone: set[int] = set()

    @property
    def uids(self) -> Sequence[int]:
        """The UIDs of the folder's mails in the order of their numbers."""
        return self._uids

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the folder's mails."""
        return range(1, len(self._uids) + 1)

    def number(self, uid: int) -> int | None:
        """Return the number of the mail with the UID, or None when it has none here."""
        at = bisect_left(self._uids, uid)
        return at + 1 if at < len(self._uids) and self._uids[at] == uid else None

    def picked(self, wanted: Iterable[Range], *, by_uid: bool) -> list[int]:
        """Return the UIDs of the mails in the set."""
        if by_uid:
            return picked(wanted, self._uids)
        return [self._uids[number - 1] for number in picked(wanted, self.numbers)]

    def has(self, wanted: Iterable[Range]) -> bool:
        """Say whether all numbers of the set are those of mails; "*" is none where there is no mail."""
        return all(max(one.first, one.last) <= len(self._uids) and (self._uids or any(one)) for one in wanted)

    def told(self, item: MailItem) -> None:
        """Note that the client knows the item's flags."""
        self.knows(item.uid, item.flags)

    def knows(self, uid: int, flags: tuple[str, ...]) -> None:
        """Note that the client knows that the mail with the UID has these flags."""
        self._flags[uid] = flags

    async def catch_up(self, changes: Changes, *, may_shrink: bool) -> list[bytes]:
        """Return the lines that say what happened since the last time. ``changes`` asks what came after a stamp.

        Mails that left are kept back while numbers must not move (RFC 3501, 7.4.1).
        """
        items: dict[int, MailItem] = {}
        more = True
        while more:
            found = await changes(self.stamp, BATCH)
            self.stamp, more = max(self.stamp, found.stamp), found.more
            items |= {item.uid: item for item in found.items}
            self._gone |= {one.uid for one in found.gone}
        lines = self._shrink() if may_shrink else []
        lines += self._grow(uid for uid in items if self.number(uid) is None and uid not in self._gone)
        for uid in sorted(items):
            if self._flags.get(uid) != items[uid].flags and uid not in self._gone:
                lines.append(self._changed(items[uid]))
        return lines

    def _shrink(self) -> list[bytes]:
        lines = []
        for uid in sorted(self._gone):
            number = self.number(uid)
            if number is not None:
                del self._uids[number - 1]
                lines.append(b"* %d EXPUNGE\r\n" % number)
            self._flags.pop(uid, None)
        self._gone.clear()
        return lines

    def _grow(self, uids: Iterable[int]) -> list[bytes]:
        new = sorted(uids)
        if not new:
            return []
        self._uids += new
        self._flags |= dict.fromkeys(new, NEW)
        return [b"* %d EXISTS\r\n* 0 RECENT\r\n" % len(self._uids)]

    def _changed(self, item: MailItem) -> bytes:
        known = self._flags.get(item.uid)
        self.told(item)
        if known is NEW:
            return b""  # who hears of a new mail asks for its flags himself
        stamp = b" MODSEQ (%d)" % item.stamp if self.stamps else b""
        return b"* %d FETCH (UID %d FLAGS %s%s)\r\n" % (
            self.number(item.uid) or 0,
            item.uid,
            flag_list(item.flags),
            stamp,
        )


NEW: Final = ("new",)  # stands for the flags of a mail that was just announced
