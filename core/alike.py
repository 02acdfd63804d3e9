"""Like letters (相似来信) and hot issues (热点问题): the words that the classifier, the office and the store share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Likeness(StrEnum):
    """How two letters are alike."""

    REPEATED = "repeated"  # 重复来信: nearly the same words
    SAME_MATTER = "same_matter"  # 同一问题: the same matter at the same place, about the same time


class AlikeText(Struct, frozen=True):
    """A letter as it is compared with others; ``places`` are the names that were found in it."""

    id: str
    at: datetime
    subject: str
    body: str
    places: tuple[str, ...] = ()


class Alike(Struct, frozen=True):
    """A letter that is like the one asked about, and why.

    ``score`` (0 to 1) only ranks within one answer. ``copied`` is the share of the shorter text that stands in the
    longer one. ``words`` are in both and in few others; ``places`` are named by both; ``days`` lie between them.
    """

    id: str
    kind: Likeness
    score: float
    copied: float
    words: tuple[str, ...]
    places: tuple[str, ...]
    days: int


class IssueText(Struct, frozen=True):
    """A letter as issues are made of it; ``writer`` only tells who is the same."""

    id: str
    writer: str
    at: datetime
    subject: str
    body: str
    places: tuple[str, ...] = ()
    likes: int = 0


class IssueKind(StrEnum):
    """What an issue's letters have in common."""

    MATTER = "matter"  # 同一问题
    PLACE = "place"  # 一地多事: one place, different matters


class HeatTerm(StrEnum):
    """What an issue's heat is added up from (热度构成)."""

    WRITERS = "writers"  # 来信人数
    REPEATS = "repeats"  # 重复来信
    LIKES = "likes"  # 点赞
    TREND = "trend"  # 上升趋势
    RECENCY = "recency"  # 最近来信


class Heat(Struct, frozen=True):
    """One term of the heat: the ``value`` that was counted and the ``points`` that the formula gives for it."""

    term: HeatTerm
    value: float
    points: float


class Surge(Struct, frozen=True):
    """A sudden growth (突增): the letters of the last ``days`` days, and how many the time before let expect."""

    days: int
    letters: int
    expected: float


class FoundIssue(Struct, frozen=True):
    """Letters that belong together, oldest first; ``place`` is empty when they name no common one.

    ``writers`` counts different people. ``weekly`` are the letters of each week up to now, oldest first.
    """

    kind: IssueKind
    name: str
    words: tuple[str, ...]
    place: str
    letter_ids: tuple[str, ...]
    writers: int
    first_at: datetime
    last_at: datetime
    heat: float
    terms: tuple[Heat, ...]
    weekly: tuple[int, ...]
    surge: Surge | None = None
