"""Matters as a file has them (事项库文件): ``{"matters": [entry, …]}``; docs/matters.md describes an entry."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, structs

from minxin.consult.matters.records import (
    Applicant,
    Fee,
    Form,
    LifeEvent,
    Limit,
    Matter,
    Paper,
    Prerequisite,
    Question,
    Step,
    Window,
)
from minxin.core.passages import Condition


class MatterEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One matter of a file. ``office`` is the office's id; see :class:`Matter` for the rest."""

    code: str
    name: str
    office: str
    applicants: tuple[Applicant, ...]
    who: str
    summary: str
    limits: tuple[Limit, ...]
    steps: tuple[Step, ...]
    basis: tuple[str, ...]
    windows: tuple[Window, ...]
    papers: tuple[Paper, ...] = ()
    also_called: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    requirements: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    fees: tuple[Fee, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    forms: tuple[Form, ...] = ()
    online: str = ""
    life: tuple[LifeEvent, ...] = ()
    withdrawn: bool = False


def matter_of(entry: MatterEntry, at: datetime) -> Matter:
    """Return the entry as a record that was changed at ``at``."""
    fields = structs.asdict(entry)
    return Matter(id=fields.pop("code"), office_id=fields.pop("office"), changed_at=at, **fields)


def entry_of(matter: Matter) -> MatterEntry:
    """Return the matter as a file has it."""
    fields = structs.asdict(matter)
    del fields["version"], fields["changed_at"]
    return MatterEntry(code=fields.pop("id"), office=fields.pop("office_id"), **fields)
