"""The same notice by mail to an address outside (邮件提醒), for who chose mail instead of SMS: who wrote and when."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any

from minxin.core.changes import Changes, OutboxEntry
from minxin.core.clock import Clock
from minxin.core.privacy import Vault
from minxin.core.store import Store
from minxin.mailbox import sms
from minxin.mailbox.outgoing.posting import house_mail
from minxin.mailbox.records import Account, AccountState, NoticeWay
from minxin.mailbox.sentences import sentence
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.smtp.intake import OwnPost
from minxin.mailbox.texting.sending import MAIL_CHANNEL, delivery_id


class NoticeMail:
    """The outbox's task for notices by mail."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, post: OwnPost) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._post = post

    async def deliver(self, key: str, payload: dict[str, Any]) -> Changes:
        """Send the notice to the account's address."""
        account = await self._store.get(Account, payload["account_id"])
        if account is None or not account.address or account.state is AccountState.CLOSED:
            return Changes()
        message, now = sms.opened(payload, self._vault), self._clock.now()
        mail = compose(self._post, account.address, message, delivery_id(MAIL_CHANNEL, key), now)
        return house_mail(account.address, mail, f"notice:{key}", now)


def by_mail(vault: Vault, account: Account, message: ShortMessage, key: str) -> Changes:
    """Tell somebody at his address outside, whether or not he is told by SMS; not who wishes to be told of nothing."""
    if not account.address or account.notices is NoticeWay.NONE:
        return Changes()
    payload = {"account_id": account.id, "message": sms.seal(vault, message)}
    return Changes(outbox=[OutboxEntry(MAIL_CHANNEL, key, payload)])


def compose(post: OwnPost, address: str, message: ShortMessage, mail_id: str, now: datetime) -> bytes:
    """Return the mail, with CRLF line ends; no program answers it (RFC 3834)."""
    mail = EmailMessage(policy=SMTP if address.isascii() else SMTPUTF8)
    mail["Message-ID"] = post.message_id(mail_id)
    mail["Date"] = format_datetime(now)
    mail["From"] = post.mayor
    mail["To"] = address
    mail["Subject"] = message.words
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(sentence("sms.by_mail", message.language, words=message.words) + "\n", cte="base64")
    return mail.as_bytes()
