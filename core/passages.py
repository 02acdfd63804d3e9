"""Passages (知识条目): what the assistant can show, whatever kind of record it was made from, and how it is found."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct


class Source(StrEnum):
    """The kind of record that a passage was made from (来源)."""

    KNOWLEDGE = "knowledge"  # 知识库
    MATTER = "matter"  # 事项库
    DUTY = "duty"  # 单位职责
    PUBLISHED = "published"  # 已公开的来信和答复


class Facet(StrEnum):
    """What an answer may depend on, and what the assistant may therefore ask (情形要素)."""

    WHO = "who"  # 申请人: a resident, a newcomer, a company
    FOR_WHOM = "for_whom"  # 为谁办: oneself, a child, a parent
    WHERE = "where"  # 在哪里: a district, a street, elsewhere
    CASE = "case"  # 哪种情形: the first time, again, lost


class Condition(Struct, frozen=True):
    """For which value of a facet a passage holds, in plain words (适用条件); a passage without one holds for all."""

    facet: Facet
    value: str


class Passage(Struct, frozen=True, kw_only=True):
    """A question with its answer, its office and where it comes from. ``id`` is ``"<source>:<record id>"``.

    ``path`` is the page that shows the record. ``valid_until`` is the last day on which it may be shown.
    """

    id: str
    source: Source
    title: str
    text: str
    office_id: str
    path: str
    other_ways: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    basis: str = ""
    checked_on: date | None = None
    valid_until: date | None = None


class Hit(Struct, frozen=True):
    """A passage that was found. ``score`` orders the hits of one search and means nothing else.

    ``confidence`` is the calibrated probability that this passage answers the question.
    """

    passage_id: str
    score: float
    confidence: float


def passage_id(source: Source, record_id: str) -> str:
    """Return the passage's id of a record."""
    return f"{source}:{record_id}"
