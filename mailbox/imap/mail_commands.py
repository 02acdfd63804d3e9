"""Commands that read mails of the selected folder: FETCH and SEARCH (RFC 3501 sections 6.4.4 and 6.4.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from minxin.core.errors import NotFoundError
from minxin.mailbox.imap.describing import HEAD_BYTES, LARGE, Needs, answer, describe, heads_of, known_of, parts_of
from minxin.mailbox.imap.fetching import Wanted, read_wanted
from minxin.mailbox.imap.replies import NoError
from minxin.mailbox.imap.searching import BadCharsetError, Candidate, Knows, Search, SearchReader
from minxin.mailbox.imap.session import Session
from minxin.mailbox.imap.sets import Range, read_set
from minxin.mailbox.imap.structure import Part
from minxin.mailbox.imap.words import BadCommandError, Words
from minxin.mailbox.mail.records import SEEN, MailItem, MailText

CHUNK: Final = 200
GROUP: Final = 50
GROUP_BYTES: Final = 4 * 1024 * 1024
LOST: Final = "[EXPUNGEISSUED] Some of them are gone"


async def fetch(session: Session, words: Words) -> str:
    """FETCH, with CHANGEDSINCE (RFC 7162)."""
    uids = wanted_uids(session, words)
    wanted = read_wanted(words)
    since = _changed_since(words)
    words.end()
    names = wanted.names
    if session.by_uid and b"UID" not in names:
        names = (b"UID", *names)
    if since is not None and b"MODSEQ" not in names:
        names = (*names, b"MODSEQ")
    if b"MODSEQ" in names:
        session.hear_stamps()
    wanted = replace(wanted, names=names)
    met = 0
    async for items in items_of(session, uids):
        met += len(items)
        fresh = [item for item in items if item.stamp > (since or 0)]
        await _mark_seen(session, wanted, fresh)
        for group in _groups(fresh):
            await _fetch_group(session, wanted, group)
    return "FETCH done" if met == len(uids) else LOST


async def search(session: Session, words: Words) -> str:
    """SEARCH, with MODSEQ (RFC 7162)."""
    view = session.selected
    words.space()
    try:
        wanted = SearchReader(words, view.numbers, view.uids).read()
    except BadCharsetError:
        raise NoError("[BADCHARSET (UTF-8)] Unknown charset") from None
    if wanted.modseq:
        session.hear_stamps()
    found: list[Candidate] = []
    async for items in items_of(session, list(view.uids)):
        candidates = [Candidate(number=view.number(one.uid) or 0, item=one) for one in items]
        found += await _sift(session, wanted, candidates)
    numbers = [one.item.uid if session.by_uid else one.number for one in found]
    highest = b" (MODSEQ %d)" % max(one.item.stamp for one in found) if wanted.modseq and found else b""
    session.say(b"SEARCH" + b"".join(b" %d" % number for number in numbers) + highest)
    return "SEARCH done"


def wanted_uids(session: Session, words: Words) -> list[int]:
    """Read a set with the spaces around it, and return the UIDs of the mails in it."""
    words.space()
    wanted: tuple[Range, ...] = read_set(words)
    words.space()
    if not session.by_uid and not session.selected.has(wanted):
        raise BadCommandError("there is no mail of this number")
    return session.selected.picked(wanted, by_uid=session.by_uid)


async def items_of(session: Session, uids: Sequence[int]) -> AsyncIterator[list[MailItem]]:
    """Yield the items with these ascending UIDs, many at a time; those that are gone meanwhile are left out."""
    folder_id = session.selected.folder.id
    for start in range(0, len(uids), CHUNK):
        chunk = uids[start : start + CHUNK]
        wanted = set(chunk)
        found: list[MailItem] = []
        for first, last in _runs(session, chunk):
            found += await session.hall.store.mail_by_uid(folder_id, first, last, 2 * CHUNK)
        yield [item for item in found if item.uid in wanted]


def _runs(session: Session, uids: Sequence[int]) -> list[tuple[int, int]]:
    """Return from where to where to read: one piece for all, unless much lies between that nobody asked for."""
    number = session.selected.number
    first, last = number(uids[0]) or 0, number(uids[-1]) or 0
    if last - first < 2 * CHUNK:
        return [(uids[0], uids[-1])]
    return [(uid, uid) for uid in uids]


def _changed_since(words: Words) -> int | None:
    if not words.skip(b" (CHANGEDSINCE "):
        return None
    since = words.number()
    words.need(b")")
    return since


async def _mark_seen(session: Session, wanted: Wanted, items: Iterable[MailItem]) -> None:
    unseen = [item.id for item in items if not item.seen]
    if unseen and wanted.marks_seen and not session.selected.read_only:
        with suppress(NotFoundError):  # one of them is gone just now: the others are marked when they are read again
            await session.hall.mailboxes.mark(session.actor, unseen, add=[SEEN])


def _groups(items: Sequence[MailItem]) -> list[list[MailItem]]:
    """Return the items in groups that are read at once: not too many, and not too large together."""
    groups: list[list[MailItem]] = []
    size = 0
    for item in items:
        size += item.size_bytes
        if not groups or len(groups[-1]) >= GROUP or size > GROUP_BYTES:
            groups.append([])
            size = item.size_bytes
        groups[-1].append(item)
    return groups


async def _fetch_group(session: Session, wanted: Wanted, items: list[MailItem]) -> None:
    descriptions, wire = session.hall.descriptions, session.wire
    known = {item.id: known_of(descriptions, wanted, item.content_id) for item in items}
    needs = {item.id: Needs(wanted, known[item.id]) for item in items}
    size = sum(needs[item.id].size(item) for item in items)
    if not wire.hold(size):
        raise NoError("[LIMIT] Too much is asked for at once, try again later")
    raws = await _read(session, items, needs)
    for item, raw in zip(items, raws, strict=True):
        root = await _parts(session, item, raw) if needs[item.id].parts else None
        if wanted.in_pieces and needs[item.id].whole and len(raw) >= LARGE:
            session.hall.wholes.keep(item.content_id, raw, root)
        for name in needs[item.id].missing:
            known[item.id][name] = describe(name, raw, root)
            descriptions.keep(item.content_id, name, known[item.id][name])
        number = session.selected.number(item.uid) or 0
        pieces = answer(item, wanted, known[item.id], raw, root)
        await wire.send([b"* %d FETCH (" % number, *pieces, b")\r\n"])
        if b"FLAGS" in wanted.names:
            session.selected.told(item)
    await wire.flush()
    wire.give(size)


async def _read(session: Session, items: list[MailItem], needs: dict[str, Needs]) -> list[bytes]:
    """Return as much of each mail as is needed: all, its beginning, or nothing.

    The beginnings come all at once, and that of a small mail without files is all of it.
    """
    begun = {
        item.content_id
        for item in items
        if needs[item.id].header and (not needs[item.id].whole or item.size_bytes <= HEAD_BYTES)
    }
    heads = await heads_of(session.hall.mailboxes, session.hall.store, begun) if begun else {}
    raws = []
    for item in items:
        raw = heads.get(item.content_id, b"")
        if needs[item.id].whole and len(raw) != item.size_bytes:
            known = session.hall.wholes.raw(item.content_id)
            raw = known if known is not None else await session.hall.mailboxes.contents.raw(item.content_id)
        raws.append(raw)
    return raws


async def _parts(session: Session, item: MailItem, raw: bytes) -> Part:
    return session.hall.wholes.root(item.content_id) or await parts_of(raw)


async def _sift(session: Session, wanted: Search, candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates that pass every key, with as little reading as that takes."""
    found = [one for one in candidates if all(key.holds(one) for key in wanted.by(Knows.ITEM))]
    if not wanted.by(Knows.HEADER) and not wanted.by(Knows.TEXT):
        return found
    heads = await heads_of(session.hall.mailboxes, session.hall.store, {one.item.content_id for one in found})
    for one in found:
        one.header = heads[one.item.content_id]
    found = [one for one in found if all(key.holds(one) for key in wanted.by(Knows.HEADER))]
    keys = wanted.by(Knows.TEXT)
    if not keys:
        return found
    texts = await session.hall.store.get_all(MailText, {one.item.content_id for one in found})
    for one in found:
        text = texts.get(one.item.content_id) or await session.hall.mailboxes.contents.text(one.item.content_id)
        one.text = "\n".join((text.text, *(file.name for file in text.files)))
    return [one for one in found if all(key.holds(one) for key in keys)]
