"""All commands, and those that need no folder: log-in, IDLE, and what a client asks about the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from minxin.mailbox.imap import change_commands, folder_commands, mail_commands
from minxin.mailbox.imap.replies import NoError
from minxin.mailbox.imap.session import CHECK_S, Command, Session, Stage
from minxin.mailbox.imap.wire import HangUpError
from minxin.mailbox.imap.words import BadCommandError, Words

ID_MAX: Final = 30  # pairs, RFC 2971 section 3.3


async def capability(session: Session, words: Words) -> str:
    """CAPABILITY."""
    words.end()
    session.say(b"CAPABILITY " + session.capabilities())
    return "CAPABILITY done"


async def noop(session: Session, words: Words) -> str:
    """NOOP, and CHECK: what happened is told after every command."""
    words.end()
    return "done"


async def logout(session: Session, words: Words) -> str:
    """LOGOUT."""
    words.end()
    session.say(b"BYE Good-bye")
    session.view, session.ended = None, True
    return "LOGOUT done"


async def identify(session: Session, words: Words) -> str:
    """ID (RFC 2971): what the client says of itself is not kept."""
    words.space()
    if not words.skip(b"NIL"):
        words.need(b"(")
        for _ in range(2 * ID_MAX):
            if words.skip(b")"):
                break
            if not words.skip(b"NIL"):
                words.string()
            words.skip(b" ")
    words.end()
    session.say(b'ID ("name" "Minxin")')
    return "ID done"


async def enable(session: Session, words: Words) -> str:
    """ENABLE (RFC 5161)."""
    found = []
    while words.skip(b" "):
        found.append(words.atom())
    words.end()
    if b"CONDSTORE" in found:
        session.hear_stamps()
        session.say(b"ENABLED CONDSTORE")
    else:
        session.say(b"ENABLED")
    return "ENABLE done"


async def start_tls(session: Session, words: Words) -> str:
    """STARTTLS: OK is the last that is said in the clear."""
    words.end()
    if session.hall.tls is None or session.wire.secure:
        raise BadCommandError("TLS is not to be had, or begun already")
    session.begins_tls = True
    return "begin TLS now"


async def login(session: Session, words: Words) -> str:
    """LOGIN with an application password."""
    words.space()
    name = words.astring()
    words.space()
    password = words.astring()
    words.end()
    await session.log_in(name.decode("utf-8", "replace"), password.decode("utf-8", "replace"))
    return f"[CAPABILITY {session.capabilities().decode()}] Logged in"


async def authenticate(session: Session, words: Words) -> str:
    """AUTHENTICATE PLAIN, with or without an initial response (RFC 4959)."""
    words.space()
    if words.atom() != b"PLAIN":
        raise NoError("[CANNOT] Only PLAIN")
    if words.skip(b" "):
        coded = words.astring()
        words.end()
    else:
        words.end()
        session.wire.write(b"+ \r\n")
        await session.wire.flush()
        coded = await session.wire.line(session.hall.limits.stranger_s)
    if coded == b"*":
        raise BadCommandError("the log-in was given up")
    await session.log_in_plain(coded)
    return f"[CAPABILITY {session.capabilities().decode()}] Logged in"


async def idle(session: Session, words: Words) -> str:
    """IDLE (RFC 2177): until the client says DONE it is told what happens, within a moment."""
    words.end()
    session.wire.write(b"+ idling\r\n")
    await session.wire.flush()
    done = asyncio.create_task(session.wire.line(session.hall.limits.idle_s))
    try:
        while not done.done():
            await session.catch_up(may_shrink=True)
            await session.wire.flush()
            await _wait(session, done)
            await session.stay_welcome()
    finally:
        if not done.done():
            done.cancel()
            with suppress(asyncio.CancelledError, HangUpError):
                await done
    if done.result().upper() != b"DONE":
        raise BadCommandError("DONE was expected")
    return "IDLE done"


async def _wait(session: Session, done: asyncio.Task[bytes]) -> None:
    """Wait until the client ends the waiting, something happens in the box, or it is time to look at the password."""
    view = session.view
    waits: set[asyncio.Task[bytes] | asyncio.Task[None]] = {done}
    if view is not None:
        waits.add(asyncio.create_task(session.hall.watch.changed(view.folder.box_id, view.stamp)))
    try:
        await asyncio.wait(waits, timeout=CHECK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits - {done}:
            task.cancel()


COMMANDS: Final[dict[bytes, Command]] = {
    b"CAPABILITY": Command(Stage.STRANGER, capability),
    b"NOOP": Command(Stage.STRANGER, noop),
    b"LOGOUT": Command(Stage.STRANGER, logout),
    b"ID": Command(Stage.STRANGER, identify),
    b"STARTTLS": Command(Stage.STRANGER, start_tls),
    b"LOGIN": Command(Stage.STRANGER, login),
    b"AUTHENTICATE": Command(Stage.STRANGER, authenticate),
    b"ENABLE": Command(Stage.KNOWN, enable),
    b"SELECT": Command(Stage.KNOWN, folder_commands.select),
    b"EXAMINE": Command(Stage.KNOWN, folder_commands.examine),
    b"CREATE": Command(Stage.KNOWN, folder_commands.create),
    b"DELETE": Command(Stage.KNOWN, folder_commands.delete),
    b"RENAME": Command(Stage.KNOWN, folder_commands.rename),
    b"SUBSCRIBE": Command(Stage.KNOWN, folder_commands.subscribe),
    b"UNSUBSCRIBE": Command(Stage.KNOWN, folder_commands.unsubscribe),
    b"LIST": Command(Stage.KNOWN, folder_commands.list_folders),
    b"LSUB": Command(Stage.KNOWN, folder_commands.list_subscribed),
    b"NAMESPACE": Command(Stage.KNOWN, folder_commands.namespace),
    b"STATUS": Command(Stage.KNOWN, folder_commands.status),
    b"GETQUOTA": Command(Stage.KNOWN, folder_commands.quota),
    b"GETQUOTAROOT": Command(Stage.KNOWN, folder_commands.quota_root),
    b"SETQUOTA": Command(Stage.KNOWN, folder_commands.set_quota),
    b"APPEND": Command(Stage.KNOWN, change_commands.append),
    b"IDLE": Command(Stage.KNOWN, idle),
    b"CHECK": Command(Stage.SELECTED, noop),
    b"CLOSE": Command(Stage.SELECTED, change_commands.close),
    b"UNSELECT": Command(Stage.SELECTED, folder_commands.unselect),
    b"EXPUNGE": Command(Stage.SELECTED, change_commands.expunge),
    b"FETCH": Command(Stage.SELECTED, mail_commands.fetch, holds_numbers=True),
    b"STORE": Command(Stage.SELECTED, change_commands.store, holds_numbers=True),
    b"SEARCH": Command(Stage.SELECTED, mail_commands.search, holds_numbers=True),
    b"COPY": Command(Stage.SELECTED, change_commands.copy),
    b"MOVE": Command(Stage.SELECTED, change_commands.move),
    b"UID FETCH": Command(Stage.SELECTED, mail_commands.fetch),
    b"UID STORE": Command(Stage.SELECTED, change_commands.store),
    b"UID SEARCH": Command(Stage.SELECTED, mail_commands.search),
    b"UID COPY": Command(Stage.SELECTED, change_commands.copy),
    b"UID MOVE": Command(Stage.SELECTED, change_commands.move),
    b"UID EXPUNGE": Command(Stage.SELECTED, change_commands.expunge),
}
