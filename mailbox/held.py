"""Mail that is kept but no letter yet (待确认邮件): kept, confirmed by its writer, or dealt with by a clerk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import ANONYMOUS, Actor, Role
from minxin.core.changes import Changes, Event, blob_of
from minxin.core.errors import DamagedError, IllegalMoveError, NotFoundError, TooManyTriesError
from minxin.core.ids import new_id
from minxin.core.paging import Page, PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox import throttle
from minxin.mailbox.accounts import need
from minxin.mailbox.forms import check_reason
from minxin.mailbox.kit import Attempt, Decided, Kit, carry_out
from minxin.mailbox.ports import IncomingLetter, LetterDesk
from minxin.mailbox.records import HeldMail, HeldState, Throttle
from minxin.mailbox.rules import Limit
from minxin.mailbox.smtp import answers
from minxin.mailbox.smtp.intake import Reason

ANSWERS_PER_SENDER: Final = Limit(1, timedelta(hours=24))


class Arrival(Struct, frozen=True, kw_only=True):
    """Mail as it came, with what the look at it found. ``answer`` says whether its sender may be told."""

    raw: bytes
    key: str
    sender: str
    subject: str
    reason: Reason
    answer: bool
    origin: str

    def __repr__(self) -> str:
        return f"Arrival({self.reason}, {len(self.raw)} bytes)"


def keep(vault: Vault, arrival: Arrival, held_id: str, now: datetime) -> tuple[HeldMail, Changes]:
    """Keep the mail; with the answer in the outbox when its sender is to be told."""
    blob = blob_of(arrival.raw)
    unreadable = arrival.reason is Reason.HEADER
    held = HeldMail(
        id=held_id,
        key=arrival.key,
        blob_id=blob.id,
        sender=arrival.sender,
        received_at=now,
        state=HeldState.UNREADABLE if unreadable else HeldState.WAITING,
        reason=arrival.reason.value,
        confirm_index=answers.code_index(vault, answers.code_of(vault, held_id)) if arrival.answer else None,
        subject=arrival.subject,
    )
    changes = Changes(inserts=[held], blobs=[blob], events=[_event(held, "held", now, ANONYMOUS, raw=blob.id)])
    if arrival.answer:
        changes.outbox.append(answers.entry(held))
    return held, changes


def confirm(held: HeldMail, actor: Actor, number: str, now: datetime) -> Changes:
    """Mark the mail as the letter with that number."""
    confirmed = replace(held, state=HeldState.CONFIRMED, confirm_index=None)
    return Changes(puts=[confirmed], events=[_event(held, "confirmed", now, actor, number=number)])


def dismiss(held: HeldMail, actor: Actor, reason: str, now: datetime) -> Changes:
    """Mark the mail as dealt with; raises ``IllegalMoveError`` when it was already, or became a letter."""
    if held.state not in (HeldState.WAITING, HeldState.UNREADABLE):
        raise IllegalMoveError("mail.held.state")
    dismissed = replace(held, state=HeldState.DISMISSED, confirm_index=None)
    return Changes(puts=[dismissed], events=[_event(held, "dismissed", now, actor, reason=reason)])


class HeldMails:
    """Held mail as a service."""

    def __init__(self, kit: Kit, desk: LetterDesk) -> None:
        self._kit = kit
        self._desk = desk

    async def keep(self, arrival: Arrival) -> HeldMail:
        """Keep the mail durably; a resend is the mail that is kept already.

        One answer goes to one sender in 24 hours; mail beyond it is kept without.
        """
        kit = self._kit
        held_id = new_id()
        count_id = throttle.throttle_id(kit.vault, "mail_answer", arrival.sender)

        async def decide(now: datetime) -> Decided[HeldMail]:
            known = await kit.store.held_mail_by_key(arrival.key)
            if known is not None:
                return Decided(Changes(), known)
            if not arrival.answer:
                held, changes = keep(kit.vault, arrival, held_id, now)
                return Decided(changes, held)
            counted = await kit.store.get(Throttle, count_id)
            try:
                throttle.check(counted, ANSWERS_PER_SENDER, now)
            except TooManyTriesError:
                held, changes = keep(kit.vault, replace(arrival, answer=False), held_id, now)
                return Decided(changes, held)
            held, changes = keep(kit.vault, arrival, held_id, now)
            return Decided(changes + throttle.add(counted, count_id, ANSWERS_PER_SENDER, now), held)

        return await carry_out(kit, Attempt(ANONYMOUS, "hold_mail", held_id, arrival.origin), decide)

    async def by_code(self, actor: Actor, code: str) -> HeldMail:
        """Return the mail that the code of the answer names.

        Raises ``NotFoundError`` for a code that is wrong, over or used, ``NotAllowedError`` for others than citizens.
        The caller throttles wrong ones.
        """
        need(actor, Role.CITIZEN)
        held = await self._kit.store.held_mail_by_confirmation(answers.code_index(self._kit.vault, code))
        if held is None or held.state is not HeldState.WAITING:
            raise NotFoundError("mail.code.wrong", field="code")
        if self._kit.clock.now() - held.received_at > answers.CODE_LIFE:
            raise NotFoundError("mail.code.wrong", field="code")
        return held

    async def confirm(self, actor: Actor, code: str, origin: str) -> str:
        """Make the mail a letter of the actor's and return its number; raises as :meth:`by_code` does.

        The limits of the letter run from now: until now it was nobody's.
        """
        kit = self._kit
        held = await self.by_code(actor, code)
        raw = await self._raw(held)
        letter = IncomingLetter(actor.id, raw, held.key, kit.clock.now(), origin)
        number = await self._desk.accept_mail(letter)

        async def decide(now: datetime) -> Decided[str]:
            current = await kit.store.get(HeldMail, held.id)
            if current is None or current.state is not HeldState.WAITING:
                return Decided(Changes(), number)
            return Decided(confirm(current, actor, number, now), number)

        return await carry_out(kit, Attempt(actor, "confirm_mail", held.id, origin), decide)

    async def list(self, actor: Actor, state: HeldState, page: PageRequest) -> Page[HeldMail]:
        """Return held mail in the state, oldest first; raises ``NotAllowedError`` for others than clerks."""
        need(actor, Role.CLERK)
        return await self._kit.store.held_mail(state, page)

    async def one(self, actor: Actor, held_id: str) -> HeldMail:
        """Return held mail for a clerk: the one door to it; raises ``NotFoundError``, ``NotAllowedError``."""
        need(actor, Role.CLERK)
        held = await self._kit.store.get(HeldMail, held_id)
        if held is None:
            raise NotFoundError
        return held

    async def raw(self, actor: Actor, held_id: str, origin: str) -> bytes:
        """Return the mail as it came over the wire, for a clerk, and say so in the audit log."""

        async def decide(now: datetime) -> Decided[bytes]:
            return Decided(Changes(), await self._raw(await self.one(actor, held_id)))

        return await carry_out(self._kit, Attempt(actor, "download_held_mail", held_id, origin), decide)

    async def dismiss(self, actor: Actor, held_id: str, reason: str, origin: str) -> None:
        """Mark the mail as dealt with.

        Raises ``InvalidInputError`` for a reason under 5 characters, ``IllegalMoveError`` when it was already.
        """

        async def decide(now: datetime) -> Decided[None]:
            held = await self.one(actor, held_id)
            return Decided(dismiss(held, actor, check_reason(reason), now), None)

        await carry_out(self._kit, Attempt(actor, "dismiss_mail", held_id, origin), decide)

    async def _raw(self, held: HeldMail) -> bytes:
        raw = await self._kit.store.blob(held.blob_id)
        if raw is None:
            raise DamagedError(f"raw bytes of held mail {held.id} are gone")
        return raw


def stream_of(held_id: str) -> str:
    """Return the name of the mail's event stream."""
    return f"mail:{held_id}"


def _event(held: HeldMail, kind: str, at: datetime, actor: Actor, **data: str) -> Event:
    return Event(stream_of(held.id), kind, at, actor.id, actor.office_id, dict(data))
