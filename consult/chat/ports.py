"""What the live chat needs of the store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from minxin.consult.chat.records import Conversation, Message, Presence, Stage
from minxin.core.paging import Page, PageRequest


class ChatReads(Protocol):
    """Finds conversations, what was said in them, and who takes them."""

    async def conversation_of_visitor(self, visitor_key: str) -> Conversation | None:
        """Return the one of this browser in which something was said last, in whatever stage it is."""
        ...

    async def conversation_of_citizen(self, citizen_id: str) -> Conversation | None:
        """Return the one of this account in which something was said last, in whatever stage it is."""
        ...

    async def conversations_of_citizen(self, citizen_id: str) -> list[Conversation]:
        """Return all conversations of this account, in whatever stage they are, oldest first."""
        ...

    async def conversations_of_visitor(self, visitor_key: str, stages: Collection[Stage]) -> list[Conversation]:
        """Return those of this browser in these stages, oldest first."""
        ...

    async def messages_of(self, conversation_id: str, after_seq: int = 0) -> list[Message]:
        """Return what was said after the message with this number, in order."""
        ...

    async def conversations_in(self, stages: Collection[Stage]) -> list[Conversation]:
        """Return all conversations in these stages, in the order in which a person was called."""
        ...

    async def left(self, page: PageRequest) -> Page[Conversation]:
        """Return what was left (留言), the one left first in front."""
        ...

    async def served_by(self, staff_id: str) -> list[Conversation]:
        """Return the conversations that a staff member has now, given first in front."""
        ...

    async def called_between(self, start: datetime, end: datetime) -> list[Conversation]:
        """Return the conversations for which a person was called in ``[start, end)``, in that order."""
        ...

    async def silent_since(self, stage: Stage, instant: datetime, limit: int) -> list[Conversation]:
        """Return up to ``limit`` conversations in the stage whose last word fell before the instant, oldest first."""
        ...

    async def presences(self) -> list[Presence]:
        """Return the presences of all who are on duty, whether their page is still open or not."""
        ...
