"""Short messages without a running service: what waits in the outbox goes to a gateway."""

from __future__ import annotations

from minxin.core.clock import Clock
from minxin.core.privacy import Vault
from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.mailbox.sms import Lane
from minxin.mailbox.texting.bucket import Bucket
from minxin.mailbox.texting.ports import SmsGateway
from minxin.mailbox.texting.rules import NoticeRules
from minxin.mailbox.texting.sending import SmsSending
from minxin.store.sqlite.store import SqliteStore


async def send_all(
    store: SqliteStore, vault: Vault, clock: Clock, gateway: SmsGateway, rules: NoticeRules | None = None
) -> None:
    """Send what is due in every lane."""
    sending = SmsSending(store, vault, clock, gateway, Bucket(0), rules or NoticeRules())
    tasks = {Lane.URGENT: sending.urgent, Lane.NOTICE: sending.notice, Lane.BULK: sending.bulk}
    worker = Worker(store, Queue.OUTBOX, clock, tasks)
    while await worker.run_once():
        pass
