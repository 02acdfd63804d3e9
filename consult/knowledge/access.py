"""The access door of the knowledge base: every entry that staff see or change was asked for here.

An office writes and reviews its own entries, the centre those of all; nobody reviews what he wrote himself. What is
published is everybody's, by another door (``Knowledge.shown``).
"""

from __future__ import annotations

from typing import Final

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.ports import LetterStore
from minxin.consult.publication import CENTRE_ROLES, DECIDING_ROLES
from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError

WRITING_ROLES: Final = (*OFFICE_ROLES, *CENTRE_ROLES)
REVIEWING_ROLES: Final = (*DECIDING_ROLES, *CENTRE_ROLES)


async def access_entry(store: LetterStore, actor: Actor, entry_id: str) -> KnowledgeEntry:
    """Return the entry for who may see its drafts; raises ``NotFoundError``."""
    entry = await store.get(KnowledgeEntry, entry_id) if actor.is_a(*WRITING_ROLES) else None
    if entry is None or not may_write(actor, entry.office_id):
        raise NotFoundError
    return entry


def may_write(actor: Actor, office_id: str) -> bool:
    """Say whether the actor may see and write all entries of the office."""
    return actor.is_a(*CENTRE_ROLES) or (actor.is_a(*OFFICE_ROLES) and actor.office_id == office_id)


def may_review(actor: Actor, office_id: str) -> bool:
    """Say whether the actor may be the second person for entries of the office that he did not write."""
    return actor.is_a(*CENTRE_ROLES) or (actor.is_a(*DECIDING_ROLES) and actor.office_id == office_id)
