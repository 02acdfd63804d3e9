"""Short messages (短信) on their way out: sealed in the outbox, opened only in the hand of the gateway."""

from __future__ import annotations

from typing import Any

from minxin.core.changes import Changes, OutboxEntry
from minxin.core.errors import DamagedError
from minxin.core.privacy import Sealed, Vault
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.ports import SmsGateway
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.sentences import sentence

CHANNEL = "sms"


def entry(vault: Vault, phone: Sealed, text: str, key: str) -> Changes:
    """Put one message into the outbox; ``phone`` is sealed for the purpose ``"phone"``."""
    payload = {"phone": phone, "text": vault.seal(text, "sms")}
    return Changes(outbox=[OutboxEntry(CHANNEL, key, payload)])


def code_text(rules: AccountRules, purpose: CodePurpose, code: str, language: str) -> str:
    """Return the words around a one-time code; they say what it is for, so that nobody gives it away."""
    minutes = int(rules.code_life.total_seconds() // 60)
    words = sentence(f"sms.code.{purpose}", language, code=code, minutes=minutes)
    return sentence("sms.signed", language, signature=rules.signature, words=words)


async def deliver_sms(payload: dict[str, Any], vault: Vault, gateway: SmsGateway, key: str) -> None:
    """Open the outbox entry's payload and hand it to the gateway.

    Raises ``UnavailableError`` to be tried again, ``DamagedError`` when the payload can't be opened.
    """
    try:
        phone, text = Sealed(payload["phone"]), Sealed(payload["text"])
    except KeyError as error:
        raise DamagedError("an SMS in the outbox has no phone or no text") from error
    await gateway.send(vault.open(phone, "phone"), vault.open(text, "sms"), key)
