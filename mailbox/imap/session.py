"""One client (会话): reads its commands, has them done, and says what became of them (RFC 3501 section 3).

Nothing is ever ``\\Recent`` here: which of many programs saw a mail first says nothing (RFC 9051 dropped it).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple, cast

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError, TooManyTriesError
from minxin.core.ids import new_id
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.apppasswords import AppPasswords, KnownProgram
from minxin.mailbox.gate import Gate
from minxin.mailbox.imap.describing import Descriptions
from minxin.mailbox.imap.limits import ImapLimits
from minxin.mailbox.imap.replies import NoError, reason
from minxin.mailbox.imap.shelf import Shelf
from minxin.mailbox.imap.view import View
from minxin.mailbox.imap.watch import Watch
from minxin.mailbox.imap.wholes import Wholes
from minxin.mailbox.imap.wire import HangUpError, TooBigError, Wire
from minxin.mailbox.imap.words import BadCommandError, Words
from minxin.mailbox.mail.ports import MailChanges
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Scope

log = logging.getLogger(__name__)

CHECK_S: Final = 30.0  # how soon an ended password ends what it opened


@dataclass(frozen=True, kw_only=True)
class Hall:
    """What all sessions share."""

    store: MailStore
    mailboxes: Mailboxes
    passwords: AppPasswords
    limits: ImapLimits
    gate: Gate
    watch: Watch
    tls: ssl.SSLContext | None
    descriptions: Descriptions = field(default_factory=Descriptions)
    wholes: Wholes = field(default_factory=Wholes)


class Stage(IntEnum):
    """How far a session has come."""

    STRANGER = 0
    KNOWN = 1
    SELECTED = 2


class Command(NamedTuple):
    """A command: from which stage on it may be given, and what does it.

    ``run`` returns what comes after OK. While a command ``holds_numbers`` no mail may be said to be gone.
    """

    stage: Stage
    run: Callable[[Session, Words], Awaitable[str]]
    holds_numbers: bool = False


class Session:
    """A connection from its greeting to its end."""

    def __init__(self, hall: Hall, wire: Wire, commands: dict[bytes, Command]) -> None:
        self.hall = hall
        self.wire = wire
        self.view: View | None = None
        self.stamps = False
        self.by_uid = False
        self.ended = False
        self.begins_tls = False
        self._commands = commands
        self._known: KnownProgram | None = None
        self._checked = 0.0
        self._bad = 0
        self._wrong = 0

    @property
    def stage(self) -> Stage:
        """How far the session has come."""
        if self._known is None:
            return Stage.STRANGER
        return Stage.SELECTED if self.view is not None else Stage.KNOWN

    @property
    def shelf(self) -> Shelf:
        """The folders of whoever is logged in."""
        return Shelf(self.hall.mailboxes, self.actor)

    @property
    def actor(self) -> Actor:
        """Who is logged in."""
        return actor_of(cast(KnownProgram, self._known).account)

    @property
    def selected(self) -> View:
        """The selected folder."""
        return cast(View, self.view)

    def say(self, line: bytes) -> None:
        """Send a line that belongs to no command."""
        self.wire.write(b"* " + line + b"\r\n")

    async def run(self) -> None:
        """Greet the client and serve it until it or we hang up."""
        word = ""
        try:
            self.say(b"OK [CAPABILITY " + self.capabilities() + b"] Minxin ready")
            while not self.ended:
                await self.wire.flush()
                if self.begins_tls and self.hall.tls is not None:
                    self.begins_tls = False
                    await self.wire.start_tls(self.hall.tls)
                await self._serve_one()
        except HangUpError as end:
            word = str(end)
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass  # the client is gone, or can't speak TLS
        finally:
            await self.wire.close(word)

    def capabilities(self) -> bytes:
        """Return what the client may use now."""
        words = [b"IMAP4rev1 LITERAL+ SASL-IR ID ENABLE"]
        if self._known is None:
            if self.hall.tls is not None and not self.wire.secure:
                words.append(b"STARTTLS")
            words.append(b"AUTH=PLAIN" if self.wire.private else b"LOGINDISABLED")
        else:
            words.append(b"IDLE UIDPLUS MOVE SPECIAL-USE NAMESPACE CHILDREN UNSELECT CONDSTORE QUOTA")
            words.append(b"QUOTA=RES-STORAGE APPENDLIMIT=%d" % self.hall.mailboxes.rules.message_bytes)
        return b" ".join(words)

    async def log_in(self, name: str, password: str) -> None:
        """Let the client in; raises ``NoError``."""
        if not self.wire.private:
            raise NoError("[PRIVACYREQUIRED] Begin TLS first")
        try:
            known = await self.hall.passwords.authenticate(name, password, Scope.IMAP, self.wire.address)
        except TooManyTriesError:
            raise NoError("[UNAVAILABLE] Too many tries, try again later") from None
        except InvalidInputError:
            self._wrong += 1
            if self._wrong >= self.hall.limits.wrong_passwords:
                raise HangUpError("* BYE Too many wrong passwords") from None
            raise NoError("[AUTHENTICATIONFAILED] Wrong name or application password") from None
        self._known, self.wire.known = known, True
        self._checked = asyncio.get_running_loop().time()

    async def log_in_plain(self, coded: bytes) -> None:
        """Let the client in by SASL PLAIN (RFC 4616)."""
        try:
            pieces = b64decode(coded, validate=True).decode("utf-8").split("\0")
        except (Base64Error, UnicodeDecodeError) as error:
            raise BadCommandError("this is not base64 of UTF-8") from error
        if len(pieces) != 3 or pieces[0] not in ("", pieces[1]):
            raise NoError("[AUTHORIZATIONFAILED] Nobody may act for another")
        await self.log_in(pieces[1], pieces[2])

    def hear_stamps(self) -> None:
        """Say stamps from now on with every change of flags (RFC 7162, section 3.1)."""
        if not self.stamps and self.view is not None:
            self.say(b"OK [HIGHESTMODSEQ %d] Stamps are said from now on" % self.view.stamp)
        self.stamps = True
        if self.view is not None:
            self.view.stamps = True

    async def catch_up(self, *, may_shrink: bool) -> None:
        """Tell the client what happened in the selected folder since it was told last."""
        if self.view is None:
            return
        try:
            lines = await self.view.catch_up(self._changes, may_shrink=may_shrink)
        except NotFoundError:
            raise HangUpError("* BYE The folder is gone") from None
        except MinxinError:
            return  # it is told the next time: what the command did is done all the same
        for line in lines:
            self.wire.write(line)

    async def stay_welcome(self) -> None:
        """Hang up when the password was ended, or the account; looks at most every ``CHECK_S``."""
        now = asyncio.get_running_loop().time()
        if self._known is None or now - self._checked < CHECK_S:
            return
        self._checked = now
        if not await self.hall.passwords.still_open(self._known):
            raise HangUpError("* BYE The application password was ended")

    async def _changes(self, stamp: int, limit: int) -> MailChanges:
        return await self.hall.mailboxes.changes_since(self.actor, self.selected.folder.id, stamp, limit)

    async def _serve_one(self) -> None:
        try:
            pieces = await self.wire.command()
        except TooBigError:
            return
        try:
            await self.stay_welcome()
            tag, answer = await self._answer(Words(pieces))
            self.wire.write(tag + b" " + answer.encode("ascii", "replace") + b"\r\n")
        finally:
            self.wire.release()

    async def _answer(self, words: Words) -> tuple[bytes, str]:
        tag = b"*"
        try:
            tag = words.tag()
            answer = await self._do(words)
        except BadCommandError as error:
            self._bad += 1
            if self._bad >= self.hall.limits.bad_commands:
                raise HangUpError("* BYE Too many bad commands") from None
            return tag, f"BAD {error}"
        except NoError as error:
            answer = f"NO {error}"
        except MinxinError as error:
            answer = f"NO {reason(error)}"
        except (HangUpError, ConnectionError, ssl.SSLError):
            raise
        except Exception:  # the last resort of the door: its text stays in the house
            reference = new_id()
            log.exception("a command failed", extra={"event": "imap_failed", "request_id": reference})
            answer = f"NO [SERVERBUG] Failed ({reference})"
        self._bad = 0
        return tag, answer

    async def _do(self, words: Words) -> str:
        name = words.atom()
        self.by_uid = name == b"UID"
        if self.by_uid:
            words.space()
            name = b"UID " + words.atom()
        command = self._commands.get(name)
        if command is None:
            raise BadCommandError("unknown command")
        if self.stage < command.stage:
            raise BadCommandError("not now: log in, or select a folder, first")
        if self.stage > Stage.STRANGER and command.stage is Stage.STRANGER and name in ONLY_STRANGERS:
            raise BadCommandError("logged in already")
        view = self.view
        done = await command.run(self, words)
        if self.view is view:
            await self.catch_up(may_shrink=not command.holds_numbers or self.by_uid)
        return f"OK {done}"


ONLY_STRANGERS: Final = frozenset({b"LOGIN", b"AUTHENTICATE", b"STARTTLS"})
