"""Words to an office (单位提醒): a message into the box of everybody who writes for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.knowledge.expiry import OfficeNotice
from minxin.consult.records import Office
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.core.store import Store
from minxin.mailbox import boxes
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState

Writer = Callable[[dict[str, Any], str], Awaitable[OfficeNotice]]
LANGUAGES: Final = ("zh", "en")


def office_names(store: Store) -> Callable[[str, str], Awaitable[str]]:
    """Return what gives an office's name in a language."""

    async def name(office_id: str, language: str) -> str:
        office = await store.get(Office, office_id)
        if office is None:
            return ""
        return office.short if language == LANGUAGES[0] else office.name_en

    return name


class OfficeMessenger:
    """The outbox's task: notices to an office into the boxes of its staff, all of them or none."""

    def __init__(
        self, store: MailStore, house: HouseMail, clock: Clock, write: Writer, sender: Mapping[str, str]
    ) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._write = write
        self._sender = sender

    async def notice(self, key: str, payload: dict[str, Any]) -> Changes:
        """Put a notice into the box of each handler, reviewer and signer of the office."""
        changes = Changes()
        for account in await self._staff(payload["office_id"]):
            language = account.language if account.language in LANGUAGES else LANGUAGES[0]
            said = await self._write(payload, language)
            changes += boxes.deliver(
                self._house,
                account,
                self._clock.now(),
                key=key,
                sender=self._sender[language],
                subject=said.subject,
                text=said.text,
            )
        return changes

    async def _staff(self, office_id: str) -> list[Account]:
        found, after = list[Account](), None
        while True:
            page = await self._store.staff(office_id, PageRequest(after, MAX_PAGE))
            found += [
                one for one in page.items if one.state is AccountState.ACTIVE and set(OFFICE_ROLES) & {*one.roles}
            ]
            after = page.next
            if after is None:
                return found


def _writes(account: Account) -> bool:
    return account.state is AccountState.ACTIVE and not set(OFFICE_ROLES).isdisjoint(account.roles)
