"""Short messages as the administrator sees them: how many went where, which failed and why, and sending one again."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes, OutboxEntry
from minxin.core.clock import Clock
from minxin.core.errors import NotAllowedError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.texting.ports import TextingStore
from minxin.mailbox.texting.records import DeliveryState, SmsDelivery
from minxin.mailbox.texting.rules import NoticeRules
from minxin.mailbox.texting.sending import renewed

AGAIN: Final = "~"


class FailedSms(Struct, frozen=True):
    """A message that failed; ``again`` says whether it can be sent again."""

    delivery: SmsDelivery
    again: bool


class SmsDesk:
    """The administrator's view of short messages: neither phones nor words."""

    def __init__(self, store: TextingStore, vault: Vault, clock: Clock, rules: NoticeRules) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._rules = rules

    async def counts(self, actor: Actor) -> dict[DeliveryState, int]:
        """Return how many messages are in each state; raises ``NotAllowedError`` for others than administrators."""
        _need(actor)
        found = await self._store.sms_counts()
        return {state: found.get(state, 0) for state in DeliveryState}

    async def failed(self, actor: Actor, page: PageRequest) -> Page[FailedSms]:
        """Return what failed, newest first; raises as :meth:`counts` does."""
        _need(actor)
        found = await self._store.sms_deliveries(DeliveryState.FAILED, page)
        return Page([FailedSms(one, bool(one.payload)) for one in found.items], found.next)

    async def send_again(self, actor: Actor, delivery_id: str, origin: str) -> None:
        """Put a failed message into the outbox again, with an audit entry in the same commit.

        Raises ``NotFoundError`` for one that is not there, did not fail or is worth nothing later, else as
        :meth:`counts`, ``ConflictError`` when somebody else did it at this moment.
        """
        _need(actor)
        failed = await self._store.get(SmsDelivery, delivery_id)
        if failed is None or failed.state is not DeliveryState.FAILED or not failed.payload:
            raise NotFoundError("sms.not_failed")
        now = self._clock.now()
        message = renewed(sms.opened(failed.payload, self._vault), now, self._rules)
        payload = failed.payload | {"message": sms.seal(self._vault, message), "again": True}
        base, _, turn = failed.key.partition(AGAIN)
        key = f"{base}{AGAIN}{int(turn or 0) + 1}"
        await asyncio.shield(
            self._store.commit(
                Changes(
                    puts=[replace(failed, state=DeliveryState.REPEATED, payload={})],
                    outbox=[OutboxEntry(failed.lane, key, payload)],
                    audit=[AuditEntry(now, actor.id, "resend_sms", delivery_id, "ok", actor.office_id, origin)],
                )
            )
        )


def _need(actor: Actor) -> None:
    if not actor.is_a(Role.ADMINISTRATOR) or actor.is_a(Role.AUDITOR):
        raise NotAllowedError
