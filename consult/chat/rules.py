"""What a city promises of its live chat (在线咨询规则), set in ``city.json`` under ``chat``."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct


class ChatRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of the hand-over.

    A person must have answered ``promised_minutes`` after one was called. ``most`` is how many conversations one staff
    member takes at once unless he says otherwise. A browser that was silent for ``staff_gone_s`` or
    ``visitor_gone_s`` is gone. Words of the visitor that a staff member leaves without an answer for
    ``silent_minutes`` go back to the queue; a conversation whose visitor was answered and says nothing for
    ``idle_minutes`` is over. A draft that was begun from a conversation is sent for its writer when it lay for
    ``draft_hours``. What was said to the assistant alone is kept for ``assistant_days`` after its last word, what was
    said to a person for ``ended_days`` after it (PIPL art. 19: no longer than the purpose needs); what a letter was
    made of is kept with the letter, whatever becomes of the conversation.
    """

    promised_minutes: float = 5
    most: int = 4
    staff_gone_s: float = 45
    visitor_gone_s: float = 120
    silent_minutes: float = 15
    idle_minutes: float = 30
    draft_hours: float = 24
    assistant_days: int = 30
    ended_days: int = 180

    @property
    def promised(self) -> timedelta:
        """How soon a person must have answered."""
        return timedelta(minutes=self.promised_minutes)

    @property
    def staff_gone(self) -> timedelta:
        """How long a staff member's page may be silent."""
        return timedelta(seconds=self.staff_gone_s)

    @property
    def visitor_gone(self) -> timedelta:
        """How long the browser of a visitor who waits may be silent."""
        return timedelta(seconds=self.visitor_gone_s)

    @property
    def silent(self) -> timedelta:
        """How long the visitor's words may lie before somebody who has answered him before."""
        return timedelta(minutes=self.silent_minutes)

    @property
    def idle(self) -> timedelta:
        """How long an answered visitor may say nothing."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def draft_kept(self) -> timedelta:
        """How long a draft that was begun from a conversation may lie."""
        return timedelta(hours=self.draft_hours)
