"""The one door to conversations: every one that a person sees or changes was asked for here.

Not allowed looks the same as not there (``NotFoundError``). Before a person was called a conversation is its visitor's
alone; once it became a letter, the letter's own door decides (``consult/access.py``).
"""

from __future__ import annotations

from typing import Final

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.chat.decisions import OPEN
from minxin.consult.chat.records import Conversation, Stage
from minxin.consult.ports import LetterStore
from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError

CHAT_ROLES: Final = (*OFFICE_ROLES, Role.CLERK)  # who serves visitors
READ_ROLES: Final = (*CHAT_ROLES, Role.MANAGER)


async def access_own(
    store: LetterStore, visitor_key: str | None, actor: Actor, conversation_id: str | None = None
) -> Conversation | None:
    """Return the visitor's own conversation, the one that is open and has the last word, or the one named; or None.

    It is found by his account, or by the secret in his browser. One that has an owner opens to him alone.
    """
    if conversation_id is not None:
        named = await store.get(Conversation, conversation_id)
        return named if named is not None and _is_own(named, visitor_key, actor) else None
    found = []
    if actor.is_a(Role.CITIZEN):
        found.append(await store.conversation_of_citizen(actor.id))
    if visitor_key:
        found.append(await store.conversation_of_visitor(visitor_key))
    own = [one for one in found if one is not None and _is_own(one, visitor_key, actor)]
    return max(own, key=lambda one: (one.stage in OPEN, one.last_at), default=None)


async def access_as_staff(store: LetterStore, actor: Actor, conversation_id: str) -> Conversation:
    """Return a conversation as staff may see it; raises ``NotFoundError``."""
    conversation = await store.get(Conversation, conversation_id)
    if conversation is None or not may_read(actor, conversation):
        raise NotFoundError
    return conversation


def may_read(actor: Actor, conversation: Conversation) -> bool:
    """Say whether staff may read it: who serves it, colleagues of the office that it is for, the centre, managers."""
    if conversation.asked_at is None or conversation.stage is Stage.LETTER:
        return False
    if actor.is_a(Role.CLERK, Role.MANAGER):
        return True
    own = actor.office_id is not None and actor.office_id == conversation.office_id
    return actor.is_a(*CHAT_ROLES) and (own or actor.id == conversation.staff_id)


def _is_own(conversation: Conversation, visitor_key: str | None, actor: Actor) -> bool:
    if conversation.citizen_id is not None:
        return conversation.citizen_id == actor.id
    return conversation.visitor_key == visitor_key


def may_serve(actor: Actor, conversation: Conversation) -> bool:
    """Say whether staff may take it."""
    return actor.is_a(*CHAT_ROLES) and may_read(actor, conversation)
