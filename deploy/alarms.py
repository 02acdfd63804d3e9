"""Alarms by SMS (预警短信): to the managers on duty, or to all when none is, at most one an hour of each kind.

Who is on duty is who serves the live chat. The administrator is told of quarantined work too: only he can open it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from minxin.consult.alarms import CHANNEL, AlarmKind, alarm
from minxin.consult.chat.records import Presence
from minxin.core.actor import Role
from minxin.core.changes import Changes, Job
from minxin.core.clock import Clock
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.core.privacy import Vault
from minxin.core.store import Queues, Store
from minxin.mailbox import sms
from minxin.mailbox.forms import LANGUAGES
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.sms import Lane
from minxin.mailbox.texting.rules import Kind, NoticeRules

NEWEST: Final = PageRequest(None, 1)
DUTY_LASTS: Final = timedelta(hours=1)  # after the page was last heard of
_OWN_WAYS: Final = frozenset({CHANNEL, *Lane})


class AlarmStore(MailStore, Protocol):
    """What alarms ask of the store."""

    async def presences(self) -> list[Presence]:
        """Return the presences of all who are on duty."""
        ...


class AlarmMessenger:
    """The outbox's task: an alarm to each manager; the rules for notices say whether and when it leaves."""

    def __init__(self, store: AlarmStore, vault: Vault, clock: Clock, rules: NoticeRules, signature: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._signature = signature

    async def tell(self, key: str, payload: dict[str, Any]) -> Changes:
        """Put an SMS to everybody who is to know into the outbox."""
        kind, at = AlarmKind(payload["kind"]), datetime.fromisoformat(payload["at"])
        until = self._clock.now() + self._rules.life
        changes = Changes()
        for account in await self._readers(kind):
            language = account.language if account.language in LANGUAGES else LANGUAGES[0]
            message = sms.alarm(self._signature, language, kind.value, at, until)
            to_whom = f"{key}:{account.id}"
            changes += sms.notice(self._vault, account.id, Kind.NOTICE, f"alarm:{kind}", message, to_whom)
        return changes

    async def _readers(self, kind: AlarmKind) -> list[Account]:
        staff, now = await self._staff(), self._clock.now()
        on_duty = {one.id for one in await self._store.presences() if now - one.seen_at < DUTY_LASTS}
        managers = [one for one in staff if Role.MANAGER in one.roles]
        told = [one for one in managers if one.id in on_duty] or managers
        if kind is AlarmKind.QUARANTINE:
            told += [one for one in staff if Role.ADMINISTRATOR in one.roles]
        return list({one.id: one for one in told}.values())

    async def _staff(self) -> list[Account]:
        found, after = list[Account](), None
        while True:
            page = await self._store.staff(None, PageRequest(after, MAX_PAGE))
            found += [one for one in page.items if one.state is AccountState.ACTIVE]
            after = page.next
            if after is None:
                return found


class QuarantineStore(Store, Queues, Protocol):
    """What the watch over quarantined work asks of the store."""


class QuarantineWatch:
    """Raises an alarm when work was quarantined: the store puts it there by itself, in whatever process."""

    def __init__(self, store: QuarantineStore) -> None:
        self._store = store

    async def look(self) -> None:
        """Raise the alarm of the newest quarantined entry, once; none of an SMS, which would go the same way."""
        for newest in (await self._store.quarantined(NEWEST)).items:
            if isinstance(newest.work, Job) or newest.work.channel not in _OWN_WAYS:
                word = alarm(AlarmKind.QUARANTINE, f"{newest.queue}:{newest.id}", newest.failed_at)
                await self._store.commit(Changes(outbox=[word]))
