"""What the reply gate (答复质检) is given and what it says: the words that its library and the office share.

A check is advice on an answer that is not sent yet: it blocks nothing, and a person overrules it with a reason.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct

from minxin.core.judgement import Point


class Severity(StrEnum):
    """How much a finding weighs."""

    WARNING = "warning"  # 须处理: signing in spite of it needs a reason
    NOTE = "note"  # 提示: worth a look


class Flaw(StrEnum):
    """What can be wrong with an answer; each has its sentence ``gate.…`` in ``consult/messages.json``."""

    PART_MISSING = "part_missing"  # 缺少要素
    BLANK_LEFT = "blank_left"  # 留有空白
    POINT_UNANSWERED = "point_unanswered"  # 诉求点未回应
    BASIS_MISSING = "basis_missing"  # 缺少依据
    BASIS_WITHOUT_CLAUSE = "basis_without_clause"  # 依据没有条款或文号
    CONTACT_WITHOUT_PHONE = "contact_without_phone"  # 缺少联系电话
    CONTACT_PRIVATE = "contact_private"  # 私人手机号
    RUDE = "rude"  # 用语不当
    BLAMING = "blaming"  # 指责来信人
    BRUSH_OFF = "brush_off"  # 推诿敷衍
    OFFICIALESE = "officialese"  # 官话套话
    PLAN_WITHOUT_DAY = "plan_without_day"  # 没有完成时间
    DAY_PAST = "day_past"  # 承诺日期已过
    DAY_UNCLEAR = "day_unclear"  # 日期没有年份且已过
    COPIED = "copied"  # 照搬以前的答复
    LATE = "late"  # 已超过答复期限


class Finding(Struct, frozen=True):
    """One thing that is wrong: where, in characters of the answer's ``part``, and what it says there.

    What is missing has no place: ``start`` and ``end`` are 0 and ``quote`` is empty. ``about`` is what the sentence
    names: a point's title, a letter's number, a day.
    """

    flaw: Flaw
    severity: Severity
    part: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""
    about: str = ""


class PointAnswer(Struct, frozen=True):
    """Which sentence answers a point: ``start`` and ``end`` in characters of ``part``; no part when none does."""

    point: Point
    part: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""


class ReplyCheck(Struct, frozen=True):
    """What the gate says of an answer: the findings, warnings first, and each point with the sentence for it."""

    findings: tuple[Finding, ...] = ()
    answers: tuple[PointAnswer, ...] = ()

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that a signature needs a reason for."""
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)


class EarlierAnswer(Struct, frozen=True):
    """An answer that the office gave before, and the letter that it was for."""

    number: str
    letter: str
    answer: str


class ReplyToCheck(Struct, frozen=True, kw_only=True):
    """An answer with its letter. ``parts`` are finding, basis, result, contact and remedy (答复要素) by name."""

    subject: str
    body: str
    points: tuple[Point, ...]
    parts: dict[str, str]
    promises: tuple[str, ...]
    today: date
    earlier: tuple[EarlierAnswer, ...] = ()
