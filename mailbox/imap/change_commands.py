"""Commands that change mails: STORE, COPY, MOVE, EXPUNGE, CLOSE, APPEND (RFC 3501, 4315, 6851, 7162)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, NamedTuple

from minxin.core.errors import NotFoundError
from minxin.mailbox.imap.dates import read_instant
from minxin.mailbox.imap.mail_commands import LOST, items_of, wanted_uids
from minxin.mailbox.imap.replies import NoError
from minxin.mailbox.imap.session import Session
from minxin.mailbox.imap.sets import read_set, write_set
from minxin.mailbox.imap.utf7 import decode_name
from minxin.mailbox.imap.words import BadCommandError, Words, flag_list
from minxin.mailbox.mail.records import DELETED, SYSTEM_FLAGS, Folder, MailItem
from minxin.mailbox.mail.service import MOST_AT_ONCE

KEYWORDS_MAX: Final = 50
KEYWORD_MAX: Final = 60
_STORE: Final = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.IGNORECASE)
_SYSTEM: Final = {flag.lower(): flag for flag in SYSTEM_FLAGS}


async def store(session: Session, words: Words) -> str:
    """STORE, with UNCHANGEDSINCE."""
    uids = wanted_uids(session, words)
    since = None
    if words.skip(b"(UNCHANGEDSINCE "):
        since = words.number()
        words.need(b") ")
        session.hear_stamps()
    spelled = _STORE.fullmatch(words.word(re.compile(rb"[-+A-Za-z.]+")))
    if spelled is None:
        raise BadCommandError("unknown data is to be stored")
    words.space()
    flags = _flags(words.flags())
    words.end()
    _need_writable(session)
    met: int = 0
    missed: list[int] = []
    async for items in items_of(session, uids):
        met += len(items)
        stale = await _store(session, items, Storing(spelled[1], bool(spelled[2]), flags, since))
        missed += stale
    if missed:
        return f"[MODIFIED {write_set(_named(session, missed)).decode()}] Others changed these meanwhile"
    return "STORE done" if met == len(uids) else LOST


class Storing(NamedTuple):
    """What a STORE does to flags: ``sign`` is "+", "-", or empty for those and no others."""

    sign: bytes
    silent: bool
    flags: list[str]
    since: int | None


async def copy(session: Session, words: Words) -> str:
    """COPY: all of the mails, or none."""
    items, folder = await _bound_for(session, words)
    if len(items) > MOST_AT_ONCE:
        raise NoError("[LIMIT] Too many mails at once")
    if not items:
        return "COPY done, of nothing"
    copies, done = await session.hall.mailboxes.copy(session.actor, [item.id for item in items], folder.id)
    uids = {item.uid: done.seqs[copies[item.id]] for item in items}
    return f"{_copied(folder, uids)} COPY done"


async def move(session: Session, words: Words) -> str:
    """MOVE."""
    items, folder = await _bound_for(session, words)
    _need_writable(session)
    if folder.id == session.selected.folder.id:
        raise NoError("[CANNOT] They are in this folder")
    for start in range(0, len(items), MOST_AT_ONCE):
        chunk = items[start : start + MOST_AT_ONCE]
        done = await session.hall.mailboxes.move(session.actor, [item.id for item in chunk], folder.id)
        uids = {item.uid: done.seqs[item.id] for item in chunk if item.id in done.seqs}
        if uids:
            session.say(f"OK {_copied(folder, uids)} Moved".encode())
    return "MOVE done"


async def expunge(session: Session, words: Words) -> str:
    """EXPUNGE, and UID EXPUNGE of a set."""
    uids = list(session.selected.uids)
    if session.by_uid:
        words.space()
        uids = session.selected.picked(read_set(words), by_uid=True)
    words.end()
    _need_writable(session)
    await _expunge(session, uids)
    return "EXPUNGE done"


async def close(session: Session, words: Words) -> str:
    """CLOSE: delete what is marked so, without a word, and leave the folder."""
    words.end()
    if not session.selected.read_only:
        await _expunge(session, list(session.selected.uids))
    session.view = None
    return "CLOSE done"


async def append(session: Session, words: Words) -> str:
    """APPEND of one mail."""
    words.space()
    name = decode_name(words.astring())
    words.space()
    flags: list[str] = []
    if words.sees(b"("):
        flags = _flags(words.flags())
        words.space()
    received_at: datetime | None = None
    if words.sees(b'"'):
        received_at = read_instant(words.string())
        words.space()
    raw = words.string()
    words.end()
    if not raw:
        raise BadCommandError("there is no mail")
    folder = await target(session, name)
    item_id, done = await session.hall.mailboxes.append(
        session.actor, folder.id, raw, flags=flags, received_at=received_at
    )
    return f"[APPENDUID {folder.uid_validity} {done.seqs[item_id]}] APPEND done"


async def target(session: Session, name: str) -> Folder:
    """Return the folder that mails go to; raises ``NoError`` that tells the client that it may make it."""
    try:
        _, shown = await session.shelf.folder(name)
    except NotFoundError:
        raise NoError("[TRYCREATE] No such folder") from None
    return shown.folder


async def _store(session: Session, items: list[MailItem], storing: Storing) -> list[int]:
    """Change the flags and tell of it; return the UIDs of mails that others changed after the stamp."""
    since = storing.since
    add, remove = _difference(storing.sign, storing.flags, items)
    ids = [item.id for item in items]
    left = await session.hall.mailboxes.mark(session.actor, ids, add=add, remove=remove, unchanged_since=since)
    changed = [item for item in items if item.id not in left]
    await _tell(session, changed, silent=storing.silent, add=add, remove=remove)
    return [item.uid for item in items if item.id in left]


async def _bound_for(session: Session, words: Words) -> tuple[list[MailItem], Folder]:
    uids = wanted_uids(session, words)
    name = decode_name(words.astring())
    words.end()
    folder = await target(session, name)
    return [item async for items in items_of(session, uids) for item in items], folder


async def _expunge(session: Session, uids: list[int]) -> None:
    async for items in items_of(session, uids):
        marked = [item.id for item in items if DELETED in item.flags]
        if marked:
            await session.hall.mailboxes.expunge(session.actor, marked, marked_only=True)


def _copied(folder: Folder, uids: dict[int, int]) -> str:
    """Return the code that says which mail has which UID now (RFC 4315, section 3)."""
    return f"[COPYUID {folder.uid_validity} {write_set(uids).decode()} {write_set(uids.values()).decode()}]"


def _need_writable(session: Session) -> None:
    if session.selected.read_only:
        raise NoError("[READ-ONLY] The folder was opened for reading")


def _named(session: Session, uids: Iterable[int]) -> list[int]:
    """Return the mails as the command named them: UIDs, or numbers."""
    return [uid if session.by_uid else session.selected.number(uid) or 0 for uid in uids]


def _flags(given: list[str]) -> list[str]:
    """Return flags as they are kept: our spelling for those of the protocol, keywords as given."""
    found = []
    for flag in given:
        if flag.startswith("\\") and flag.lower() not in _SYSTEM:
            raise BadCommandError("unknown flag")
        if len(flag) > KEYWORD_MAX:
            raise NoError("[LIMIT] A keyword is too long")
        found.append(_SYSTEM.get(flag.lower(), flag))
    if len(found) > KEYWORDS_MAX:
        raise NoError("[LIMIT] Too many keywords")
    return list(dict.fromkeys(found))


def _difference(sign: bytes, flags: list[str], items: list[MailItem]) -> tuple[list[str], list[str]]:
    """Return what to add to the items and what to take away; keywords are the same in either case (RFC 3501, 9)."""
    present = {flag for item in items for flag in item.flags}
    named = {flag.lower() for flag in flags}
    if sign == b"-":
        return [], [flag for flag in present if flag.lower() in named]
    known = {flag.lower(): flag for flag in present}
    add = [known.get(flag.lower(), flag) for flag in flags]
    if any(len(set(item.flags) | set(add)) > KEYWORDS_MAX for item in items):
        raise NoError("[LIMIT] Too many keywords")
    return add, [] if sign == b"+" else [flag for flag in present if flag.lower() not in named]


async def _tell(
    session: Session, items: list[MailItem], *, silent: bool, add: Collection[str], remove: Collection[str]
) -> None:
    """Tell what flags the mails have now; who asked for silence knows them, unless others changed them too."""
    view = session.selected
    if silent:
        for item in items if not view.stamps else []:
            view.knows(item.uid, tuple(sorted((set(item.flags) - set(remove)) | set(add))))
        return
    async for found in items_of(session, [item.uid for item in items]):
        for item in found:
            view.told(item)
            stamp = b" MODSEQ (%d)" % item.stamp if view.stamps else b""
            words = (view.number(item.uid) or 0, item.uid, flag_list(item.flags), stamp)
            session.say(b"%d FETCH (UID %d FLAGS %b%b)" % words)
