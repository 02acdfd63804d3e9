"""Watching (值守): what must become of a conversation in which nobody did anything, so that none is ever lost. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from minxin.consult.chat.queue import is_here
from minxin.consult.chat.records import Conversation, Presence, Stage
from minxin.consult.chat.rules import ChatRules


class Fate(StrEnum):
    """What must become of it now."""

    KEEP = "keep"
    GIVE_BACK = "give_back"  # 退回排队, in front
    GIVE_UP = "give_up"  # nobody comes: a letter, or left when the visitor is unknown
    END = "end"  # answered, and the visitor says nothing more


def fate_of(
    conversation: Conversation,
    now: datetime,
    rules: ChatRules,
    *,
    anybody: bool,
    staff: Presence | None,
    visitor_seen_at: datetime,
) -> Fate:
    """Return it. ``anybody`` says that somebody who may take it is on duty, ``staff`` is who has it now."""
    if conversation.stage is Stage.WAITING:
        return _waiting(conversation, now, rules, anybody, visitor_seen_at)
    if conversation.stage is Stage.SERVED:
        return _served(conversation, now, rules, staff)
    return Fate.KEEP


def _waiting(
    conversation: Conversation, now: datetime, rules: ChatRules, anybody: bool, visitor_seen_at: datetime
) -> Fate:
    if not anybody or _broken(conversation, now) or now - visitor_seen_at >= rules.visitor_gone:
        return Fate.GIVE_UP
    return Fate.KEEP


def _served(conversation: Conversation, now: datetime, rules: ChatRules, staff: Presence | None) -> Fate:
    if conversation.answered_at is None:
        if staff is None or not is_here(staff, now, rules):
            return Fate.GIVE_BACK
        return Fate.GIVE_UP if _broken(conversation, now) else Fate.KEEP
    if conversation.waits_since is None:
        return Fate.END if now - conversation.last_at >= rules.idle else Fate.KEEP
    # Who went off duty may still end what he began: only his page must be open.
    gone = staff is None or now - staff.seen_at >= rules.staff_gone
    return Fate.GIVE_BACK if gone or now - conversation.waits_since >= rules.silent else Fate.KEEP


def _broken(conversation: Conversation, now: datetime) -> bool:
    """Say whether the promise of an answer is broken."""
    return conversation.promised_by is not None and now >= conversation.promised_by
