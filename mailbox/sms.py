"""Short messages (短信) on their way out: sealed in the outbox, opened only in the hand of the gateway.

Each has a template: providers in China send registered templates (报备模板) with parameters, not free text. The
sentences of the templates stand in ``messages.json`` under ``sms.<template>``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from minxin.core.changes import Changes, OutboxEntry
from minxin.core.clock import SHANGHAI
from minxin.core.errors import DamagedError
from minxin.core.privacy import Sealed, Vault
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.sentences import sentence

RECEIPT: Final = "receipt"  # the template of a letter's receipt (来信回执)


class Lane(StrEnum):
    """The outbox's channels for short messages, the most urgent first: each has a worker of its own."""

    URGENT = "sms"  # codes and warnings
    NOTICE = "sms_notice"  # who wrote to one person, and receipts of letters
    BULK = "sms_bulk"  # what goes to many at once


class ShortMessage(Struct, frozen=True, kw_only=True):
    """A message before it has a phone; worth nothing after ``until``."""

    template: str
    language: str
    signature: str
    params: dict[str, str] = {}
    until: datetime | None = None

    @property
    def words(self) -> str:
        """What it says, without the signature."""
        return sentence(f"sms.{self.template}", self.language, **self.params)

    @property
    def text(self) -> str:
        """What a person reads: the signature (短信签名) and the words."""
        return sentence("sms.signed", self.language, signature=self.signature, words=self.words)

    def __repr__(self) -> str:
        return f"ShortMessage({self.template!r}, …)"


_message = msgspec.json.Decoder(ShortMessage)


def entry(vault: Vault, phone: Sealed, message: ShortMessage, key: str) -> Changes:
    """Put an urgent message to a phone into the outbox; ``phone`` is sealed for the purpose ``"phone"``."""
    payload = {"phone": phone, "message": seal(vault, message)}
    return Changes(outbox=[OutboxEntry(Lane.URGENT, key, payload)])


def notice(
    vault: Vault, account_id: str, kind: str, sender: str, message: ShortMessage, key: str, lane: Lane = Lane.NOTICE
) -> Changes:
    """Put a message to an account holder into the outbox; ``texting.rules`` say there whether and when it leaves.

    ``kind`` is one of ``texting.rules.Kind``. ``sender`` names who wrote, for the limit of one notice an hour.
    """
    payload = {"account_id": account_id, "kind": kind, "sender": sender, "message": seal(vault, message)}
    return Changes(outbox=[OutboxEntry(lane, key, payload)])


def wrote(signature: str, language: str, who: str, at: datetime, until: datetime) -> ShortMessage:
    """Return the notice that ``who`` wrote at this time, and not a word of what."""
    params = {"who": who, "time": _time(at, language)}
    return ShortMessage(template="wrote", language=language, signature=signature, params=params, until=until)


def alarm(signature: str, language: str, kind: str, at: datetime, until: datetime) -> ShortMessage:
    """Return the word that an alarm of this kind went off at this time, and nothing of what about."""
    params = {"what": sentence(f"alarm.{kind}", language), "time": _time(at, language)}
    return ShortMessage(template="alarm", language=language, signature=signature, params=params, until=until)


def new_device(signature: str, language: str, at: datetime, until: datetime) -> ShortMessage:
    """Return the warning that somebody logged in on a device that the account was never used on."""
    params = {"time": _time(at, language)}
    return ShortMessage(template="new_device", language=language, signature=signature, params=params, until=until)


def _time(at: datetime, language: str) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}" if language == "zh" else f"{local:%Y-%m-%d %H:%M}"


def code(rules: AccountRules, purpose: CodePurpose, digits: str, language: str, now: datetime) -> ShortMessage:
    """Return the message with a one-time code; it says what the code is for, so that nobody gives it away."""
    minutes = int(rules.code_life.total_seconds() // 60)
    return ShortMessage(
        template=f"code.{purpose}",
        language=language,
        signature=rules.signature,
        params={"code": digits, "minutes": str(minutes)},
        until=now + rules.code_life,
    )


def opened(payload: dict[str, Any], vault: Vault) -> ShortMessage:
    """Return the message of an outbox entry; raises ``DamagedError`` when it can't be opened."""
    try:
        return _message.decode(vault.open(Sealed(payload["message"]), "sms"))
    except (KeyError, msgspec.DecodeError) as error:
        raise DamagedError("an SMS in the outbox has no message") from error


def phone_of(payload: dict[str, Any], vault: Vault) -> str:
    """Return the phone of an urgent outbox entry; raises ``DamagedError`` when it can't be opened."""
    try:
        return vault.open(Sealed(payload["phone"]), "phone")
    except KeyError as error:
        raise DamagedError("an SMS in the outbox has no phone") from error


def seal(vault: Vault, message: ShortMessage) -> Sealed:
    """Return the message as an outbox entry holds it."""
    return vault.seal(msgspec.json.encode(message).decode(), "sms")
