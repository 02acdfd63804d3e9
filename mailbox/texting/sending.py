"""The outbox's tasks for short messages: decide, wait for a token, hand over, keep what became of it.

Nothing here blocks a lane: what a provider refuses for good is kept as failed, what can't be sent now is put off and
given up when it is worth nothing any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from minxin.core.changes import Changes, OutboxEntry
from minxin.core.clock import Clock
from minxin.core.errors import NotYetError, UnavailableError
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.kit import Turns
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.sms import Lane, ShortMessage
from minxin.mailbox.texting.bucket import Bucket
from minxin.mailbox.texting.ports import SmsGateway, TextingStore
from minxin.mailbox.texting.records import DeliveryState, LastNotice, SmsDelivery
from minxin.mailbox.texting.rules import Kind, NoticeRules, Step, decide, too_soon

MAIL_CHANNEL: Final = "notice_mail"
KEPT: Final = MappingProxyType({DeliveryState.SENT: timedelta(days=7), DeliveryState.FAILED: timedelta(days=30)})
# A code is waited for; a burst must not knock at a gateway that is away.
RETRY: Final = MappingProxyType(
    {Lane.URGENT: timedelta(seconds=5), Lane.NOTICE: timedelta(minutes=1), Lane.BULK: timedelta(minutes=10)}
)
_RANKS: Final = {lane: rank for rank, lane in enumerate(Lane)}


class SmsSending:
    """Sends what waits in the three lanes, through one gateway and one bucket."""

    def __init__(
        self, store: TextingStore, vault: Vault, clock: Clock, gateway: SmsGateway, bucket: Bucket, rules: NoticeRules
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._gateway = gateway
        self._bucket = bucket
        self._rules = rules
        self._turns = Turns()

    async def urgent(self, key: str, payload: dict[str, Any]) -> Changes:
        """Send a code or warning to the phone in the payload, at any hour."""
        phone = sms.phone_of(payload, self._vault)
        return await self._send(Lane.URGENT, key, payload, phone)

    async def notice(self, key: str, payload: dict[str, Any]) -> Changes:
        """Tell one person that he was written to, as he wishes and when he may be told."""
        return await self._tell(Lane.NOTICE, key, payload)

    async def bulk(self, key: str, payload: dict[str, Any]) -> Changes:
        """Tell one of many, as :meth:`notice` does."""
        return await self._tell(Lane.BULK, key, payload)

    async def _tell(self, lane: Lane, key: str, payload: dict[str, Any]) -> Changes:
        account = await self._store.get(Account, payload["account_id"])
        if account is None or account.state is AccountState.CLOSED:
            return Changes()
        now = self._clock.now()
        decision = decide(Kind(payload["kind"]), account.notices, account.address, now, self._rules)
        if decision.until is not None:
            raise NotYetError(decision.until)
        if decision.step is Step.DROP or not await self._takes_turn(account.id, key, payload, now):
            return Changes()
        if decision.step is Step.MAIL:
            return Changes(outbox=[OutboxEntry(MAIL_CHANNEL, key, payload)])
        return await self._send(lane, key, payload, self._vault.open(account.phone, "phone"))

    async def _takes_turn(self, account_id: str, key: str, payload: Mapping[str, Any], now: datetime) -> bool:
        """Say whether this notice is the sender's one of the hour, and keep that it is before it leaves."""
        if Kind(payload["kind"]) is not Kind.NOTICE or payload.get("again"):
            return True
        record_id = self._vault.index(f"{account_id}\0{payload['sender']}", "last_notice")
        async with self._turns.of(record_id):
            last = await self._store.get(LastNotice, record_id)
            if too_soon(last, key, now, self._rules):
                return False
            if last is not None and last.key == key:
                return True
            fresh = LastNotice(id=record_id, key=key, at=now, expires_at=now + self._rules.apart)
            changes = Changes(puts=[replace(fresh, version=last.version)]) if last else Changes(inserts=[fresh])
            await self._store.commit(changes)
            return True

    async def _send(self, lane: Lane, key: str, payload: dict[str, Any], phone: str) -> Changes:
        message = sms.opened(payload, self._vault)
        await self._bucket.take(_RANKS[lane])
        now = self._clock.now()
        if message.until is not None and now >= message.until:
            return self._failed(lane, key, payload, "too_late", now)
        try:
            reference = await self._gateway.send(phone, message, key)
        except SmsRefusedError as error:
            return self._failed(lane, key, payload, error.code, now)
        except UnavailableError as error:
            raise NotYetError(now + RETRY[lane], error.reason) from error
        state = DeliveryState.SENT
        return Changes(inserts=[_delivery(lane, key, state, now, reference, payload=_kept(lane, payload))])

    def _failed(self, lane: Lane, key: str, payload: dict[str, Any], reason: str, now: datetime) -> Changes:
        kept = _kept(lane, payload)
        return Changes(inserts=[_delivery(lane, key, DeliveryState.FAILED, now, reason=reason, payload=kept)])


def delivery_id(lane: str, key: str) -> str:
    """Return the id of the record of what became of an outbox entry."""
    return hashlib.sha256(f"{lane}\0{key}".encode()).hexdigest()[:32]


def renewed(message: ShortMessage, now: datetime, rules: NoticeRules) -> ShortMessage:
    """Return the message with its life beginning anew, for one that is sent again."""
    return replace(message, until=now + rules.life)


def _kept(lane: Lane, payload: dict[str, Any]) -> dict[str, Any]:
    return {} if lane is Lane.URGENT else payload


def _delivery(
    lane: Lane,
    key: str,
    state: DeliveryState,
    now: datetime,
    reference: str = "",
    reason: str = "",
    *,
    payload: dict[str, Any],
) -> SmsDelivery:
    return SmsDelivery(
        id=delivery_id(lane, key),
        lane=lane,
        key=key,
        state=state,
        at=now,
        expires_at=now + KEPT[state],
        reference=reference,
        reason=reason,
        payload=payload,
    )
