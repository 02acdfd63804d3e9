"""What a FETCH says of one mail: puts together what was asked for, and keeps what is small and costs work."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from minxin.mailbox.imap.dates import write_instant
from minxin.mailbox.imap.describe import write_envelope, write_structure
from minxin.mailbox.imap.fetching import Wanted, write_section
from minxin.mailbox.imap.structure import Part, find_parts, header_end
from minxin.mailbox.imap.words import flag_list
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.ports import MailStore

KEPT: Final = 4096
KEPT_BYTES: Final = 4096  # a description longer than this is made anew
LARGE: Final = 256 * 1024  # from here on a mail is parted off the loop
HEAD_BYTES: Final = 64 * 1024
_DESCRIBED: Final = frozenset({b"ENVELOPE", b"BODY", b"BODYSTRUCTURE"})


class Descriptions:
    """Envelopes and structures by content, the last ones that were asked for: contents never change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    def get(self, content_id: str, name: bytes) -> bytes | None:
        """Return what was kept."""
        found = self._kept.get((content_id, name))
        if found is not None:
            self._kept.move_to_end((content_id, name))
        return found

    def keep(self, content_id: str, name: bytes, description: bytes) -> None:
        """Keep a description, if it is not long."""
        if len(description) <= KEPT_BYTES:
            self._kept[content_id, name] = description
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


class Needs:
    """How much of a mail must be read for what was asked and is not known yet."""

    def __init__(self, wanted: Wanted, known: dict[bytes, bytes]) -> None:
        self.missing = [name for name in wanted.names if name in _DESCRIBED and name not in known]
        self.parts = any(name != b"ENVELOPE" for name in self.missing) or any(s.needs_parts for s in wanted.sections)
        self.whole = self.parts or any(s.needs_whole for s in wanted.sections)
        self.header = bool(self.missing) or bool(wanted.sections)

    def size(self, item: MailItem) -> int:
        """Return how many bytes of the mail must be at hand."""
        if self.whole:
            return item.size_bytes
        return min(item.size_bytes, HEAD_BYTES) if self.header else 0


def known_of(descriptions: Descriptions, wanted: Wanted, content_id: str) -> dict[bytes, bytes]:
    """Return the descriptions that need no reading."""
    found = {name: descriptions.get(content_id, name) for name in wanted.names if name in _DESCRIBED}
    return {name: value for name, value in found.items() if value is not None}


async def heads_of(mailboxes: Mailboxes, store: MailStore, content_ids: Collection[str]) -> dict[str, bytes]:
    """Return the beginning of each mail with its whole header. Raises ``DamagedError`` when one is missing."""
    heads = await store.mail_heads(content_ids, HEAD_BYTES)
    for content_id in content_ids:
        head = heads.get(content_id)
        if head is None or (len(head) == HEAD_BYTES and header_end(head) == HEAD_BYTES):
            heads[content_id] = await mailboxes.contents.raw(content_id)
    return heads


async def parts_of(raw: bytes) -> Part:
    """Part a mail; a large one does not hold the others up."""
    return find_parts(raw) if len(raw) < LARGE else await asyncio.to_thread(find_parts, raw)


def describe(name: bytes, raw: bytes, root: Part | None) -> bytes:
    """Write a description of the mail."""
    if name == b"ENVELOPE" or root is None:
        return write_envelope(raw[: header_end(raw)])
    return write_structure(root, raw, extended=name == b"BODYSTRUCTURE")


def answer(item: MailItem, wanted: Wanted, known: dict[bytes, bytes], raw: bytes, root: Part | None) -> list[bytes]:
    """Write what was asked for of one mail, without the brackets, in pieces."""
    pieces = [b" ".join([name + b" " + (known.get(name) or _word(name, item)) for name in wanted.names])]
    for section in wanted.sections:
        pieces += [b" " if pieces[-1] else b"", *write_section(section, raw, root)]
    return pieces


def _word(name: bytes, item: MailItem) -> bytes:
    if name == b"FLAGS":
        return flag_list(item.flags)
    if name == b"INTERNALDATE":
        return write_instant(item.received_at)
    if name == b"RFC822.SIZE":
        return b"%d" % item.size_bytes
    if name == b"MODSEQ":
        return b"(%d)" % item.stamp
    return b"%d" % item.uid
