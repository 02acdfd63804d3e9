"""The one automatic answer (自动回复): how mail from an unknown address becomes a letter.

RFC 3834: null return path, ``Auto-Submitted``, and a reference to what it answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any, Final

from minxin.core.changes import Changes, OutboxEntry
from minxin.core.clock import SHANGHAI, Clock
from minxin.core.privacy import Vault
from minxin.mailbox.outgoing.posting import house_mail
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import HeldMail, HeldState
from minxin.mailbox.sentences import sentence
from minxin.mailbox.smtp.intake import OwnPost, scan

CHANNEL: Final = "mail"
CODE_LENGTH: Final = 12
CODE_LIFE: Final = timedelta(days=7)
_GROUP: Final = 4


def code_of(vault: Vault, held_id: str) -> str:
    """Return the code that confirms the held mail: made from its id and the master key, kept nowhere."""
    return vault.code(held_id, "held_mail", CODE_LENGTH)


def code_index(vault: Vault, typed: str) -> str:
    """Return the blind index of a code as somebody typed it, with or without its dashes."""
    return vault.index("".join(sign for sign in typed.upper() if sign.isalnum()), "held_mail")


def entry(held: HeldMail) -> OutboxEntry:
    """Return the outbox entry of the answer to this mail."""
    return OutboxEntry(CHANNEL, f"held:{held.id}", {"held_id": held.id})


class Answers:
    """Delivers the answers that wait in the outbox."""

    def __init__(self, store: MailStore, vault: Vault, clock: Clock, post: OwnPost) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._post = post

    async def deliver(self, key: str, payload: dict[str, Any]) -> Changes:
        """Send the answer, unless the mail was confirmed or dealt with meanwhile."""
        held = await self._store.get(HeldMail, payload["held_id"])
        if held is None or held.state is not HeldState.WAITING:
            return Changes()
        raw = await self._store.blob(held.blob_id)
        in_reply_to = scan(raw).message_id if raw else ""
        answer = compose(self._post, held, code_of(self._vault, held.id), in_reply_to, self._clock.now())
        return house_mail(held.sender, answer, f"answer:{key}", self._clock.now())


def compose(post: OwnPost, held: HeldMail, code: str, in_reply_to: str, now: datetime) -> bytes:
    """Return the answer in Chinese and English, with CRLF line ends."""
    message = EmailMessage(policy=SMTP if held.sender.isascii() else SMTPUTF8)
    message["Message-ID"] = post.message_id(held.id)
    message["Date"] = format_datetime(now)
    message["From"] = post.mayor
    message["To"] = held.sender
    message["Subject"] = " / ".join(sentence("mail.answer.subject", language) for language in ("zh", "en"))
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "auto_reply"
    if in_reply_to:
        message["In-Reply-To"] = in_reply_to
        message["References"] = in_reply_to
    words = {
        "page": f"{post.site}/confirm-mail",
        "code": "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP)),
        "until": (held.received_at + CODE_LIFE).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    }
    cities = {"zh": post.city, "en": post.city_en}
    texts = [sentence("mail.answer.text", language, city=city, **words) for language, city in cities.items()]
    message.set_content("\n\n----\n\n".join(texts) + "\n", cte="base64")
    return message.as_bytes()
