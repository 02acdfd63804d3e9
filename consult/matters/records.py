"""The matters catalogue (事项库): what a citizen may have to get done, and what he needs for it.

What depends on the citizen's case says so by ``when``: question ids with the options for which it holds, all of them at
once. An empty ``when`` always holds. Everything here is data of the city; nothing of a matter stands in the code.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from minxin.core.changes import Record
from minxin.core.passages import Condition, Facet

When: TypeAlias = dict[str, tuple[str, ...]]


class Applicant(StrEnum):
    """Who may apply (申请人)."""

    PERSONS = "persons"  # 自然人
    COMPANIES = "companies"  # 法人和其他组织


class LifeEvent(StrEnum):
    """The times of a life at which a matter comes up (人生事件)."""

    BIRTH = "birth"  # 出生养育
    SCHOOL = "school"  # 上学
    WORK = "work"  # 就业
    MARRIAGE = "marriage"  # 婚姻
    HOME = "home"  # 安居
    BUSINESS = "business"  # 开店办企业
    ILLNESS = "illness"  # 就医和残疾
    OLD_AGE = "old_age"  # 养老
    DEATH = "death"  # 身后事


class Option(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to a question."""

    id: str
    text: str


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question whose answer changes what is needed (情形引导). One id means the same question in every matter."""

    id: str
    text: str
    options: tuple[Option, ...]
    facet: Facet = Facet.CASE
    hint: str = ""


class Paper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper to bring (申请材料). ``name`` is the same wherever it is the same paper.

    Originals are shown and given back unless the office ``keeps`` them. ``matter`` is the code of the matter by which
    one gets it, empty when it is none of the catalogue.
    """

    name: str
    originals: int = 1
    copies: int = 0
    keeps: bool = False
    issuer: str = ""
    matter: str = ""
    note: str = ""
    when: When = {}


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done, one after the other (办理流程)."""

    text: str
    when: When = {}


class Limit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many working days it takes from the application on (办理时限): by law, and as the city promises.

    ``promised`` 0 is done while one waits (即办); ``statutory`` is None where the law sets no limit. Of several limits
    the first that holds counts.
    """

    promised: int
    statutory: int | None = None
    when: When = {}


class Fee(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be paid (收费), in fen; ``basis`` is the document that sets it."""

    name: str
    fen: int
    basis: str = ""
    when: When = {}


class Prerequisite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A matter that must have been done before (前置事项), ``wait_days`` calendar days at least."""

    matter: str
    why: str = ""
    wait_days: int = 0
    when: When = {}


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one goes (办理窗口); ``map`` is the address of a map, empty without one."""

    name: str
    address: str
    hours: str
    phone: str = ""
    map: str = ""


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form to fill in (表格下载), printed from its fields; ``declaration`` is what the applicant signs."""

    id: str
    name: str
    fields: tuple[str, ...]
    declaration: str = ""


class Matter(Record, frozen=True, kw_only=True):
    """One matter (事项). ``id`` is its code; ``also_called`` are the words that people use for it.

    ``withdrawn`` says that it is not offered any more: nobody is shown it, nothing is forgotten.
    """

    name: str
    office_id: str
    changed_at: datetime
    also_called: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    applicants: tuple[Applicant, ...] = ()
    who: str = ""
    summary: str = ""
    requirements: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    papers: tuple[Paper, ...] = ()
    steps: tuple[Step, ...] = ()
    limits: tuple[Limit, ...] = ()
    fees: tuple[Fee, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    basis: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    forms: tuple[Form, ...] = ()
    online: str = ""
    life: tuple[LifeEvent, ...] = ()
    withdrawn: bool = False
