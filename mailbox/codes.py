"""Sends one-time codes and checks them: the shell around ``phonecodes``."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Changes
from minxin.mailbox import phonecodes, sms, throttle
from minxin.mailbox.kit import Kit, Refused
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import PhoneCode, Throttle


async def send_code(
    kit: Kit, purpose: CodePurpose, phone: str, binding: str, language: str, now: datetime, *, silent: bool = False
) -> Changes:
    """Return the changes that keep a new code and put it into the outbox.

    ``silent`` counts as sent but sends nothing. Raises ``TooManyTriesError`` when this number was sent too many.
    """
    count_id = throttle.throttle_id(kit.vault, "sms", phone)
    counted = await kit.store.get(Throttle, count_id)
    for limit in kit.rules.codes_per_phone:
        throttle.check(counted, limit, now)
    longest = max(kit.rules.codes_per_phone, key=lambda limit: limit.window)
    changes = throttle.add(counted, count_id, longest, now)
    if silent:
        return changes
    record_id = phonecodes.code_id(kit.vault, purpose, phone, binding)
    previous = await kit.store.get(PhoneCode, record_id)
    code = phonecodes.new_code()
    message = sms.code(kit.rules, purpose, code, language, now)
    changes += phonecodes.sent(kit.vault, previous, record_id, code, kit.rules, now)
    key = f"code:{record_id}:{now.isoformat()}"
    return changes + sms.entry(kit.vault, kit.vault.seal(phone, "phone"), message, key)


async def check_code(
    kit: Kit, purpose: CodePurpose, phone: str, binding: str, typed: str, now: datetime
) -> Changes | Refused:
    """Return the changes that spend the code, or the refusal that counts the wrong try."""
    kept = await kit.store.get(PhoneCode, phonecodes.code_id(kit.vault, purpose, phone, binding))
    error, changes = phonecodes.problem_with(kit.vault, kept, typed, kit.rules, now)
    return Refused(error, changes) if error else changes
