"""Every operation of the interface for programs, in the order of the reference."""

from __future__ import annotations

from typing import Final

from minxin.webui.api import (
    alike,
    chat_desk,
    conversations,
    drafts,
    gaps,
    handover,
    judgements,
    knowledge,
    letters,
    lists,
    matters,
    offices,
    orders,
    places,
    publication,
    statistics,
)
from minxin.webui.api.operations import AnyOperation

OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    *letters.OPERATIONS,
    *drafts.OPERATIONS,
    *conversations.OPERATIONS,
    *handover.OPERATIONS,
    *chat_desk.OPERATIONS,
    *gaps.OPERATIONS,
    *orders.OPERATIONS,
    *places.OPERATIONS,
    *judgements.OPERATIONS,
    *alike.OPERATIONS,
    *publication.OPERATIONS,
    *lists.OPERATIONS,
    *offices.OPERATIONS,
    *matters.OPERATIONS,
    *knowledge.OPERATIONS,
    *statistics.OPERATIONS,
)
