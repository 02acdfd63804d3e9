"""Every operation of the interface for programs, in the order of the reference."""

from __future__ import annotations

from typing import Final

from minxin.webui.api import (
    alike,
    chat_desk,
    companies,
    contacts,
    conversations,
    drafts,
    gaps,
    handover,
    judgements,
    knowledge,
    letters,
    lists,
    mail,
    matters,
    offices,
    official,
    orders,
    places,
    publication,
    search,
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
    *search.OPERATIONS,
    *lists.OPERATIONS,
    *mail.OPERATIONS,
    *contacts.OPERATIONS,
    *companies.OPERATIONS,
    *offices.OPERATIONS,
    *matters.OPERATIONS,
    *knowledge.OPERATIONS,
    *official.OPERATIONS,
    *statistics.OPERATIONS,
)
