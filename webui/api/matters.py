"""Matters (事项库) and plans (办事清单) for programs that ask and show by themselves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from msgspec import Meta, field

from minxin.consult.matters.planner import MOST_MATTERS, Plan, PlannedMatter
from minxin.consult.matters.records import (
    Applicant,
    Fee,
    LifeEvent,
    Limit,
    Matter,
    Option,
    Paper,
    Prerequisite,
    Question,
    Step,
    Window,
)
from minxin.core.passages import Facet
from minxin.webui.api.operations import N_, AnyOperation, Call, Method, Nothing, Operation, Sent, Shown, reads
from minxin.webui.offices import office_names
from minxin.webui.pages.matters import WORDS_MAX

TAG: Final = "matters"


class MattersQuery(Sent, frozen=True):
    """Which matters to list: of a time of life, of an office, by words, or all."""

    life: LifeEvent | None = None
    office: str = ""
    q: Annotated[str, Meta(max_length=WORDS_MAX)] = ""


class MatterSummary(Shown, frozen=True):
    """A matter in a list."""

    code: str
    name: str
    office_id: str
    office: str
    summary: str
    also_called: list[str]
    applicants: list[Applicant]
    life: list[LifeEvent]


class MatterList(Shown, frozen=True):
    """Matters, by code or, for words, the likeliest first."""

    items: list[MatterSummary]


class AskedShown(Shown, frozen=True):
    """A question whose answer changes what is needed, with the options by id and in words."""

    id: str
    text: str
    hint: str
    facet: Facet
    options: list[Option]


class FormShown(Shown, frozen=True):
    """A form to fill in; the PDF lies at `path`."""

    id: str
    name: str
    path: str


class MatterShown(Shown, frozen=True):
    """A matter with everything. What has a `when` holds only for those options of those questions; fees are in fen,
    limits in working days (0: done while you wait).
    """

    code: str
    name: str
    office_id: str
    office: str
    summary: str
    who: str
    also_called: list[str]
    applicants: list[Applicant]
    life: list[LifeEvent]
    requirements: list[str]
    questions: list[AskedShown]
    papers: list[Paper]
    steps: list[Step]
    limits: list[Limit]
    fees: list[Fee]
    prerequisites: list[Prerequisite]
    basis: list[str]
    windows: list[Window]
    forms: list[FormShown]
    online: str


class PlanWanted(Sent, frozen=True):
    """The codes of the matters, and the option chosen for each question answered so far."""

    matters: Annotated[list[str], Meta(description=f"At most {MOST_MATTERS}.")]
    answers: dict[str, str] = field(default_factory=dict)


class PlannedPaper(Shown, frozen=True):
    """A paper as it is needed for all matters at once: how many originals (`kept` of them stay there), how many copies.

    `matter` is the code of the matter that issues it, empty without one; `codes` are those that it is for.
    """

    name: str
    originals: int
    kept: int
    copies: int
    issuer: str
    matter: str
    notes: list[str]
    codes: list[str]


class PlannedMatterShown(Shown, frozen=True):
    """A matter in its place: `after` must be done before it; it was `added` when the caller did not ask for it."""

    code: str
    name: str
    office_id: str
    office: str
    added: bool
    why: str
    after: list[str]
    steps: list[str]
    promised: int
    starts_on: date
    ends_on: date
    critical: bool
    fees: list[Fee]
    windows: list[Window]
    online: str


class PlanMade(Shown, frozen=True):
    """The list: matters in order, each paper once, working days from `starts_on` to `ends_on`, the total in fen."""

    matters: list[PlannedMatterShown]
    papers: list[PlannedPaper]
    starts_on: date
    ends_on: date
    working_days: int
    provisional: bool
    fen: int


class PlanAnswer(Shown, frozen=True):
    """The questions that still change the plan, the weightiest first; without any there is a plan."""

    questions: list[AskedShown]
    plan: PlanMade | None


async def list_matters(call: Call[Nothing, MattersQuery]) -> MatterList:
    """Return the matters on offer."""
    matters, query = call.services.matters, call.query
    words = query.q.strip()
    found = await matters.search(words) if words else list((await matters.offered()).values())
    names = await office_names(call.request)
    wanted = [one for one in found if query.life in (None, *one.life) and query.office in ("", one.office_id)]
    return MatterList(items=[_summary(one, names) for one in wanted])


async def read_matter(call: Call[Nothing, Nothing]) -> MatterShown:
    """Return one matter."""
    matter = await call.services.matters.one(call.part("code"))
    names = await office_names(call.request)
    return MatterShown(
        code=matter.id,
        name=matter.name,
        office_id=matter.office_id,
        office=names.get(matter.office_id, ""),
        summary=matter.summary,
        who=matter.who,
        also_called=list(matter.also_called),
        applicants=list(matter.applicants),
        life=list(matter.life),
        requirements=list(matter.requirements),
        questions=[_asked(one) for one in matter.questions],
        papers=list(matter.papers),
        steps=list(matter.steps),
        limits=list(matter.limits),
        fees=list(matter.fees),
        prerequisites=list(matter.prerequisites),
        basis=list(matter.basis),
        windows=list(matter.windows),
        forms=[
            FormShown(id=one.id, name=one.name, path=f"/matters/{matter.id}/forms/{one.id}") for one in matter.forms
        ],
        online=matter.online,
    )


async def make_plan(call: Call[PlanWanted, Nothing]) -> PlanAnswer:
    """Return what is still to be asked, or the plan."""
    inquiry = await call.services.matters.inquire(call.body.matters, call.body.answers)
    names = await office_names(call.request)
    return PlanAnswer(
        questions=[_asked(one) for one in inquiry.left], plan=_plan(inquiry.plan, names) if inquiry.plan else None
    )


def _asked(one: Question) -> AskedShown:
    return AskedShown(id=one.id, text=one.text, hint=one.hint, facet=one.facet, options=list(one.options))


def _summary(one: Matter, names: dict[str, str]) -> MatterSummary:
    return MatterSummary(
        code=one.id,
        name=one.name,
        office_id=one.office_id,
        office=names.get(one.office_id, ""),
        summary=one.summary,
        also_called=list(one.also_called),
        applicants=list(one.applicants),
        life=list(one.life),
    )


def _plan(plan: Plan, names: dict[str, str]) -> PlanMade:
    return PlanMade(
        matters=[_planned(one, names) for one in plan.matters],
        papers=[
            PlannedPaper(
                name=one.name,
                originals=one.originals,
                kept=one.kept,
                copies=one.copies,
                issuer=one.issuer,
                matter=one.matter,
                notes=list(one.notes),
                codes=list(one.codes),
            )
            for one in plan.papers
        ],
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        working_days=plan.working_days,
        provisional=plan.provisional,
        fen=plan.fen,
    )


def _planned(one: PlannedMatter, names: dict[str, str]) -> PlannedMatterShown:
    return PlannedMatterShown(
        code=one.matter.id,
        name=one.matter.name,
        office_id=one.matter.office_id,
        office=names.get(one.matter.office_id, ""),
        added=one.added,
        why=one.why,
        after=list(one.after),
        steps=list(one.steps),
        promised=one.limit.promised,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        critical=one.critical,
        fees=list(one.fees),
        windows=list(one.matter.windows),
        online=one.matter.online,
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads("listMatters", "/matters", TAG, N_("List the matters"), list_matters, MattersQuery, MatterList, is_open=True),
    reads(
        "getMatter",
        "/matters/{code}",
        TAG,
        N_("Read a matter with everything that is needed for it"),
        read_matter,
        Nothing,
        MatterShown,
        is_open=True,
    ),
    Operation(
        name="makePlan",
        method=Method.POST,
        path="/plans",
        tag=TAG,
        summary=N_("Plan one matter or several"),
        description="Ask the first of `questions`, send all answers again, until there is a `plan`. Nothing is kept.",
        handler=make_plan,
        body=PlanWanted,
        query=Nothing,
        answer=PlanAnswer,
        statuses=(200,),
        is_open=True,
        writes=False,
    ),
)
