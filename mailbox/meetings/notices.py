"""Notices of an office to groups of its staff (会议通知): sent, who has opened them, and reminding who has not."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes, OutboxEntry
from minxin.core.clock import Clock
from minxin.core.errors import DuplicateError, InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.boxes import message_id
from minxin.mailbox.mail.circulars import AT_ONCE
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.meetings.groups import active_staff, office_of
from minxin.mailbox.meetings.ports import MeetingStore
from minxin.mailbox.meetings.records import StaffNotice
from minxin.mailbox.meetings.tree import members_of
from minxin.mailbox.records import Account

CHANNEL: Final = "staff_notice"
SUBJECT_MAX: Final = 80
TEXT_MAX: Final = 4000
REMIND_AFTER: Final = timedelta(hours=1)  # earlier the limit of one notice an hour would drop it


class NoticeForm(Struct, frozen=True, kw_only=True):
    """A notice as somebody wrote it. ``token`` is the filling-in: the same one twice is the same notice."""

    subject: str
    text: str
    groups: tuple[str, ...]
    token: str


class Reader(Struct, frozen=True):
    """One who got a notice, and when he opened it."""

    account: Account
    opened_at: datetime | None


class StaffNotices:
    """The notices of the actor's own office."""

    def __init__(self, store: MeetingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def listed(self, actor: Actor, page: PageRequest) -> Page[StaffNotice]:
        """Return the office's notices, newest first; raises ``NotAllowedError`` for who does not write for one."""
        return await self._store.staff_notices(office_of(actor), page)

    async def notice(self, actor: Actor, notice_id: str) -> StaffNotice:
        """Return a notice of the office; raises ``NotFoundError``, else as :meth:`listed` does."""
        found = await self._store.get(StaffNotice, notice_id)
        if found is None or found.office_id != office_of(actor):
            raise NotFoundError
        return found

    async def readers(self, notice: StaffNotice) -> list[Reader]:
        """Return who got the notice, first those who have not opened it yet, each by log-in name."""
        accounts = await self._store.get_all(Account, notice.recipients)
        opened = await opened_at(self._store, notice)
        readers = [Reader(one, opened.get(one.id)) for one in accounts.values()]
        return sorted(readers, key=lambda one: (one.opened_at is not None, one.account.login))

    async def send(self, actor: Actor, form: NoticeForm, origin: str) -> str:
        """Send the notice to everybody in the groups and return its id; the same token once more sends nothing.

        Raises ``InvalidInputError`` for a subject or text that is empty or too long (``notices.subject``,
        ``notices.text``) and for groups with nobody in them (``notices.nobody``), else as :meth:`listed` does.
        """
        office_id, now = office_of(actor), self._clock.now()
        groups = {one.id: one for one in await self._store.staff_groups(office_id)}
        active = {one.id for one in await active_staff(self._store, office_id)}
        chosen = [one for one in dict.fromkeys(form.groups) if one in groups]
        notice = StaffNotice(
            id=hashlib.sha256(f"{actor.id}\0{form.token}".encode()).hexdigest()[:32],
            office_id=office_id,
            author_id=actor.id,
            at=now,
            subject=_checked("subject", " ".join(form.subject.split()), SUBJECT_MAX),
            text=_checked("text", form.text.strip(), TEXT_MAX),
            groups=tuple(groups[one].name for one in chosen),
            recipients=tuple(one for one in members_of(groups, chosen) if one in active),
        )
        if not notice.recipients:
            raise InvalidInputError("notices.nobody", field="groups")
        changes = Changes(inserts=[notice], outbox=entries(notice.id, notice.recipients, 0))
        with suppress(DuplicateError):
            await self._commit(actor, changes, "send_staff_notice", notice.id, origin)
        return notice.id

    async def remind(self, actor: Actor, notice_id: str, origin: str) -> int:
        """Tell those who have not opened the notice once more, by SMS, and return how many.

        Raises ``InvalidInputError("notices.reminded_lately")`` within an hour of the last time, else as
        :meth:`notice` does.
        """
        notice, now = await self.notice(actor, notice_id), self._clock.now()
        if now - (notice.reminded_at or notice.at) < REMIND_AFTER:
            raise InvalidInputError("notices.reminded_lately")
        opened = await opened_at(self._store, notice)
        late = [one for one in notice.recipients if one not in opened]
        told = replace(notice, reminders=notice.reminders + 1, reminded_at=now)
        changes = Changes(puts=[told], outbox=entries(notice.id, late, told.reminders))
        await self._commit(actor, changes, "remind_staff_notice", notice.id, origin)
        return len(late)

    async def _commit(self, actor: Actor, changes: Changes, action: str, target: str, origin: str) -> None:
        entry = AuditEntry(self._clock.now(), actor.id, action, target, "ok", actor.office_id, origin)
        await asyncio.shield(self._store.commit(changes + Changes(audit=[entry])))


async def opened_at(store: MeetingStore, notice: StaffNotice) -> dict[str, datetime]:
    """Return when each reader opened the message in his box; who has not opened it is left out."""
    ids = {message_id(account_id, box_key(notice.id)): account_id for account_id in notice.recipients}
    items = await store.get_all(MailItem, list(ids))
    return {ids[one.id]: one.opened_at for one in items.values() if one.opened_at is not None}


def box_key(notice_id: str) -> str:
    """Return the occasion under which the notice lies in each box."""
    return f"staff-notice:{notice_id}"


def entries(notice_id: str, recipients: Sequence[str], reminder: int) -> list[OutboxEntry]:
    """Return the outbox entries that take the notice, or its ``reminder`` above 0, to these people."""
    return [
        OutboxEntry(
            CHANNEL,
            f"{notice_id}:{reminder}:{start}",
            {"notice_id": notice_id, "reminder": reminder, "to": list(recipients[start : start + AT_ONCE])},
        )
        for start in range(0, len(recipients), AT_ONCE)
    ]


def _checked(field: str, text: str, most: int) -> str:
    if not 0 < len(text) <= most:
        raise InvalidInputError(f"notices.{field}", field=field, most=most)
    return text
