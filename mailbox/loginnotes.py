"""Notes log-ins for the account's holder, and tells him of a device that he never used before (新设备登录提醒)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from minxin.core.changes import Changes
from minxin.core.ids import new_id
from minxin.mailbox import sms
from minxin.mailbox.kit import Kit
from minxin.mailbox.loginrecords import SHOWN, Door, LogInRecord, came_in, is_new_device, was_wrong, wrong_id
from minxin.mailbox.records import Account

WARNED_WITHIN: Final = timedelta(hours=12)


async def note_right(kit: Kit, account: Account, device: str, origin: str, now: datetime) -> Changes:
    """Return the note of a log-in in a browser, with a warning by SMS when the device is a new one."""
    changes = came_in(account.id, Door.WEB, device, origin, now)
    if is_new_device(await kit.store.log_ins_of(account.id, SHOWN), device):
        warning = sms.new_device(kit.rules.signature, account.language, now, now + WARNED_WITHIN)
        changes += sms.entry(kit.vault, account.phone, warning, f"device:{new_id()}")
    return changes


async def note_wrong(kit: Kit, account: Account, door: Door, device: str, origin: str, now: datetime) -> Changes:
    """Return the note of a wrong password or code."""
    known = await kit.store.get(LogInRecord, wrong_id(account.id, door, origin, now))
    return was_wrong(known, account.id, door, device, origin, now)
