"""The same notice by mail to an address outside (邮件提醒), for who chose mail instead of SMS: who wrote and when."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.privacy import Vault
from minxin.core.store import Store
from minxin.mailbox import sms
from minxin.mailbox.ports import MailSender
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.sentences import sentence
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.smtp.intake import OwnPost
from minxin.mailbox.texting.sending import MAIL_CHANNEL, delivery_id


class NoticeMail:
    """The outbox's task for notices by mail."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, post: OwnPost, sender: MailSender) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._post = post
        self._sender = sender

    async def deliver(self, key: str, payload: dict[str, Any]) -> Changes:
        """Send the notice to the account's address; raises ``UnavailableError`` when no relay takes it."""
        account = await self._store.get(Account, payload["account_id"])
        if account is not None and account.address and account.state is not AccountState.CLOSED:
            message = sms.opened(payload, self._vault)
            mail = compose(self._post, account.address, message, delivery_id(MAIL_CHANNEL, key), self._clock.now())
            await self._sender.send("", account.address, mail, key)
        return Changes()


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
