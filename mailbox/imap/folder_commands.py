"""Commands on folders: SELECT, LIST, STATUS, CREATE and the like, and quota (RFC 3501 6.3, 2342, 6154, 9208)."""

from __future__ import annotations

import re
from typing import Final

from minxin.core.errors import NotFoundError
from minxin.mailbox.imap.replies import NoError
from minxin.mailbox.imap.session import Session
from minxin.mailbox.imap.shelf import SHARED, attributes, matches, with_levels
from minxin.mailbox.imap.utf7 import decode_name, encode_name
from minxin.mailbox.imap.view import View
from minxin.mailbox.imap.words import BadCommandError, Words, listed, string
from minxin.mailbox.mail.records import SYSTEM_FLAGS, Box, Folder
from minxin.mailbox.mail.service import FolderShown

PATTERN_MAX: Final = 500
PATTERNS_MAX: Final = 20
KIB: Final = 1024
_STATUS: Final = frozenset({b"MESSAGES", b"RECENT", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN", b"HIGHESTMODSEQ"})
_FLAGS: Final = b" ".join(flag.encode() for flag in SYSTEM_FLAGS)
_WORD: Final = re.compile(rb"[A-Za-z.=-]+")


async def select(session: Session, words: Words) -> str:
    """SELECT."""
    return await _select(session, words, read_only=False)


async def examine(session: Session, words: Words) -> str:
    """EXAMINE."""
    return await _select(session, words, read_only=True)


async def unselect(session: Session, words: Words) -> str:
    """UNSELECT (RFC 3691)."""
    words.end()
    session.view = None
    return "UNSELECT done"


async def list_folders(session: Session, words: Words) -> str:
    """LIST, with the options of RFC 5258 and 5819 that mail programs use."""
    words.space()
    chosen = _options(words) if words.sees(b"(") else set()
    if chosen:
        words.space()
    reference = decode_name(words.astring())
    words.space()
    patterns = _patterns(words, reference)
    asked: list[bytes] = []
    if words.skip(b" RETURN "):
        asked = _returned(words)
    words.end()
    await _list(session, b"LIST", patterns, subscribed=b"SUBSCRIBED" in chosen, special=b"SPECIAL-USE" in chosen)
    if asked:
        for name, shown in (await session.shelf.folders()).items():
            if any(matches(pattern, name) for pattern in patterns):
                await _say_status(session, name, shown, asked)
    return "LIST done"


async def list_subscribed(session: Session, words: Words) -> str:
    """LSUB."""
    words.space()
    reference = decode_name(words.astring())
    words.space()
    patterns = _patterns(words, reference)
    words.end()
    await _list(session, b"LSUB", patterns, subscribed=True, special=False)
    return "LSUB done"


async def status(session: Session, words: Words) -> str:
    """STATUS."""
    words.space()
    name = decode_name(words.astring())
    words.space()
    asked = _status_items(words)
    words.end()
    _, shown = await session.shelf.folder(name)
    await _say_status(session, name, shown, asked)
    return "STATUS done"


async def create(session: Session, words: Words) -> str:
    """CREATE."""
    place = await session.shelf.place(_name(words).rstrip("/"))
    await session.hall.mailboxes.create_folder(session.actor, place.box.id, place.name)
    return "CREATE done"


async def delete(session: Session, words: Words) -> str:
    """DELETE: the folder with all mail in it."""
    _, shown = await session.shelf.folder(_name(words))
    await session.hall.mailboxes.delete_folder(session.actor, shown.folder.id)
    if session.view is not None and session.view.folder.id == shown.folder.id:
        session.view = None
    return "DELETE done"


async def rename(session: Session, words: Words) -> str:
    """RENAME, with the folders below it."""
    words.space()
    old = decode_name(words.astring())
    new = _name(words)
    box, shown = await session.shelf.folder(old)
    place = await session.shelf.place(new.rstrip("/"))
    if place.box.id != box.id:
        raise NoError("[CANNOT] That is in another box")
    await session.hall.mailboxes.rename_folder(session.actor, shown.folder.id, place.name)
    return "RENAME done"


async def subscribe(session: Session, words: Words) -> str:
    """SUBSCRIBE."""
    return await _subscribe(session, words, subscribed=True)


async def unsubscribe(session: Session, words: Words) -> str:
    """UNSUBSCRIBE."""
    return await _subscribe(session, words, subscribed=False)


async def namespace(session: Session, words: Words) -> str:
    """NAMESPACE (RFC 2342)."""
    words.end()
    shared = b'(("%b" "/"))' % SHARED.encode() if any(await session.shelf.boxes()) else b"NIL"
    session.say(b'NAMESPACE (("" "/")) NIL ' + shared)
    return "NAMESPACE done"


async def quota_root(session: Session, words: Words) -> str:
    """GETQUOTAROOT: the box that a folder is in."""
    name = _name(words)
    box, _ = await session.shelf.folder(name)
    session.say(b"QUOTAROOT " + string(encode_name(name)) + b" " + string(box.address))
    await _say_quota(session, box)
    return "GETQUOTAROOT done"


async def quota(session: Session, words: Words) -> str:
    """GETQUOTA of a box by its address."""
    root = _name(words)
    box = next((one for one in (await session.shelf.boxes()).values() if one.address == root), None)
    if box is None:
        raise NotFoundError
    await _say_quota(session, box)
    return "GETQUOTA done"


async def set_quota(session: Session, words: Words) -> str:
    """SETQUOTA: nobody does by IMAP."""
    raise NoError("[NOPERM] The quota is set by the city")


async def _select(session: Session, words: Words, *, read_only: bool) -> str:
    session.view = None
    words.space()
    name = decode_name(words.astring())
    if words.skip(b" (CONDSTORE)"):
        session.stamps = True
    words.end()
    _, shown = await session.shelf.folder(name)
    folder, store = shown.folder, session.hall.store
    # First the stamp, then the mails: what happens in between is told twice rather than never.
    stamp = await store.last_stamp(folder.box_id)
    uids = await store.mail_uids(folder.id)
    next_uid = max(shown.state.next_uid, uids[-1] + 1 if uids else 1)
    permanent = b"" if read_only else _FLAGS + rb" \*"
    for line in (
        b"FLAGS (%b)" % _FLAGS,
        b"OK [PERMANENTFLAGS (%b)] These are kept" % permanent,
        b"%d EXISTS" % len(uids),
        b"0 RECENT",
        b"OK [UIDVALIDITY %d] UIDs hold" % folder.uid_validity,
        b"OK [UIDNEXT %d] The next UID" % next_uid,
        b"OK [HIGHESTMODSEQ %d] The last stamp" % max(stamp, 1),
    ):
        session.say(line)
    session.view = View(folder, uids, stamp, read_only=read_only)
    session.view.stamps = session.stamps
    return "[READ-ONLY] EXAMINE done" if read_only else "[READ-WRITE] SELECT done"


async def _list(session: Session, word: bytes, patterns: list[str], *, subscribed: bool, special: bool) -> None:
    if patterns == [""]:  # asks for the sign between levels (RFC 3501, 6.3.8)
        session.say(word + b' (\\Noselect) "/" ""')
        return
    folders = {name: shown.folder for name, shown in (await session.shelf.folders()).items()}
    if subscribed:
        folders = {name: folder for name, folder in folders.items() if folder.subscribed}
    names: dict[str, Folder | None] = with_levels(folders)
    for name in sorted(names):
        folder = names[name]
        if not any(matches(pattern, name) for pattern in patterns) or (special and not _is_special(folder)):
            continue
        said = attributes(names, name) + ([b"\\Subscribed"] if subscribed and word == b"LIST" and folder else [])
        session.say(word + b" " + listed(said) + b' "/" ' + string(encode_name(name)))


def _is_special(folder: Folder | None) -> bool:
    return folder is not None and folder.role is not None


def _options(words: Words) -> set[bytes]:
    words.need(b"(")
    found: set[bytes] = set()
    while not words.skip(b")"):
        found.add(words.word(_WORD).upper())
        words.skip(b" ")
    return found


def _returned(words: Words) -> list[bytes]:
    """Read what LIST is to return, and return what of it is asked of STATUS: the rest is always said."""
    words.need(b"(")
    asked: list[bytes] = []
    while not words.skip(b")"):
        if words.word(_WORD).upper() == b"STATUS":
            words.space()
            asked = _status_items(words)
        words.skip(b" ")
    return asked


def _patterns(words: Words, reference: str) -> list[str]:
    names = [words.list_name()] if not words.skip(b"(") else [words.list_name(), *_more_patterns(words)]
    if len(names) > PATTERNS_MAX or any(len(name) > PATTERN_MAX for name in names):
        raise BadCommandError("too many or too long patterns")
    return [reference + _inbox(decode_name(name)) for name in names]


def _more_patterns(words: Words) -> list[bytes]:
    found = []
    while words.skip(b" "):
        found.append(words.list_name())
    words.need(b")")
    return found


def _inbox(pattern: str) -> str:
    return pattern.upper() if pattern.upper() == "INBOX" else pattern


def _status_items(words: Words) -> list[bytes]:
    words.need(b"(")
    asked = [words.atom()]
    while words.skip(b" "):
        asked.append(words.atom())
    words.need(b")")
    if not _STATUS.issuperset(asked):
        raise BadCommandError("unknown status is asked for")
    return asked


async def _say_status(session: Session, name: str, shown: FolderShown, asked: list[bytes]) -> None:
    stamp = 0
    if b"HIGHESTMODSEQ" in asked:
        session.hear_stamps()
        stamp = await session.hall.store.last_stamp(shown.folder.box_id)
    values = {
        b"MESSAGES": shown.state.total,
        b"RECENT": 0,
        b"UIDNEXT": shown.state.next_uid,
        b"UIDVALIDITY": shown.folder.uid_validity,
        b"UNSEEN": shown.state.unseen,
        b"HIGHESTMODSEQ": max(stamp, 1),
    }
    session.say(
        b"STATUS " + string(encode_name(name)) + b" " + listed(b"%b %d" % (item, values[item]) for item in asked)
    )


async def _say_quota(session: Session, box: Box) -> None:
    filling = await session.hall.mailboxes.filling(session.actor, box.id)
    used, most = -(-filling.used // KIB), filling.most // KIB
    session.say(b"QUOTA " + string(box.address) + b" (STORAGE %d %d)" % (used, most))


async def _subscribe(session: Session, words: Words, *, subscribed: bool) -> str:
    _, shown = await session.shelf.folder(_name(words))
    await session.hall.mailboxes.subscribe(session.actor, shown.folder.id, subscribed)
    return "SUBSCRIBE done" if subscribed else "UNSUBSCRIBE done"


def _name(words: Words) -> str:
    words.space()
    name = decode_name(words.astring())
    words.end()
    return name
