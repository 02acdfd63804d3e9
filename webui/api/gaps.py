"""The gap list (缺口清单): what visitors asked and nobody answered, and how often the assistant was enough."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.assistant.gap_list import CENTRE, WrongEntry
from minxin.consult.assistant.gaps import Gap
from minxin.consult.assistant.rates import RateWeek
from minxin.webui.api.operations import (
    N_,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Outcome,
    Shown,
    reads,
)

TAG: Final = "gaps"
GAPS: Final = "/gaps"
SHOWN: Final = 200
ROLES: Final = (*OFFICE_ROLES, *CENTRE)


class GapShown(Shown, frozen=True):
    """Questions that ask the same, the most frequent wording first. `asked_by` counts conversations.

    `due` is until when the office is to write the entry, null while too few have asked. `passage_ids` are the entries
    that were read and did not help.
    """

    id: str
    questions: list[str]
    asked_by: int
    unanswered: int
    not_solved: int
    office_id: str | None
    first_at: datetime
    last_at: datetime
    due: datetime | None
    passage_ids: list[str]


class GapsShown(Shown, frozen=True):
    """The gaps that the caller may see, what is due first in front; `total` counts all of them."""

    total: int
    items: list[GapShown]


class FailingShown(Shown, frozen=True):
    """An entry that was said not to solve it; `title` is empty when it is not shown any more."""

    passage_id: str
    title: str
    path: str
    not_solved: int
    solved: int


class FailingListShown(Shown, frozen=True):
    """Entries that fail, the most often marked first."""

    items: list[FailingShown]


class RateShown(Shown, frozen=True):
    """One week. `deflection` is the share of conversations that needed nobody, `solved_rate` that of answers said to
    have helped; null when there was none.
    """

    monday: date
    conversations: int
    handed_over: int
    solved: int
    not_solved: int
    taken: int
    unanswered: int
    deflection: float | None
    solved_rate: float | None


class RatesShown(Shown, frozen=True):
    """The last weeks over the whole city, oldest first."""

    items: list[RateShown]


async def list_gaps(call: Call[Nothing, Nothing]) -> GapsShown:
    """Return the gaps of the caller's office, those of all offices for the centre."""
    found = await call.services.gap_list.seen(call.actor)
    return GapsShown(total=len(found), items=[_gap(one) for one in found[:SHOWN]])


async def settle(call: Call[Nothing, Nothing]) -> Outcome[Nothing]:
    """Close a gap that needs no entry."""
    await call.services.gap_list.settle(call.actor, call.part("id"))
    return Outcome(None, 204)


async def list_failing(call: Call[Nothing, Nothing]) -> FailingListShown:
    """Return the entries that fail."""
    return FailingListShown(items=[_failing(one) for one in await call.services.gap_list.wrong_entries(call.actor)])


async def list_rates(call: Call[Nothing, Nothing]) -> RatesShown:
    """Return the rates by week."""
    return RatesShown(items=[_rate(one) for one in await call.services.gap_list.rates(call.actor)])


def _gap(gap: Gap) -> GapShown:
    return GapShown(
        id=gap.id,
        questions=list(gap.questions),
        asked_by=gap.asked_by,
        unanswered=gap.unanswered,
        not_solved=gap.not_solved,
        office_id=gap.office_id,
        first_at=gap.first_at,
        last_at=gap.last_at,
        due=gap.due.instant if gap.due else None,
        passage_ids=list(gap.passage_ids),
    )


def _failing(entry: WrongEntry) -> FailingShown:
    passage = entry.passage
    return FailingShown(
        passage_id=entry.passage_id,
        title=passage.title if passage else "",
        path=passage.path if passage else "",
        not_solved=entry.not_solved,
        solved=entry.solved,
    )


def _rate(week: RateWeek) -> RateShown:
    return RateShown(
        monday=week.monday,
        conversations=week.conversations,
        handed_over=week.handed_over,
        solved=week.solved,
        not_solved=week.not_solved,
        taken=week.taken,
        unanswered=week.unanswered,
        deflection=week.deflection,
        solved_rate=week.solved_rate,
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listGaps",
        GAPS,
        TAG,
        N_("List what visitors asked and nobody answered"),
        list_gaps,
        Nothing,
        GapsShown,
        description="An entry that is published for a gap (`draftEntry`) closes it.",
        roles=ROLES,
    ),
    Operation(
        name="settleGap",
        method=Method.POST,
        path=GAPS + "/{id}/settlement",
        tag=TAG,
        summary=N_("Close a gap that needs no entry"),
        handler=settle,
        body=Nothing,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=ROLES,
    ),
    reads(
        "listFailingEntries",
        GAPS + "/failing-entries",
        TAG,
        N_("List the entries that are said not to help"),
        list_failing,
        Nothing,
        FailingListShown,
        roles=ROLES,
    ),
    reads(
        "listAssistantRates",
        GAPS + "/rates",
        TAG,
        N_("See how often the assistant was enough, by week"),
        list_rates,
        Nothing,
        RatesShown,
        roles=CENTRE,
    ),
)

_GAP: Final = GapShown(
    id="mT4kP9wQ2xY7vB1nC6dE3f",
    questions=["共享单车乱停堵住盲道找谁处理", "共享单车乱停堵住盲道怎么投诉"],
    asked_by=6,
    unanswered=5,
    not_solved=1,
    office_id="chengguan",
    first_at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    last_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
    due=datetime(2026, 3, 16, 16, 0, tzinfo=UTC),
    passage_ids=["knowledge:Zk3v9hQ1sT2uW4xY5zA6bC"],
)
_FAILING: Final = FailingShown(
    passage_id="knowledge:Zk3v9hQ1sT2uW4xY5zA6bC",
    title="居住证到期怎么签注",
    path="/knowledge/Zk3v9hQ1sT2uW4xY5zA6bC",
    not_solved=4,
    solved=1,
)
_RATE: Final = RateShown(
    monday=date(2026, 3, 2),
    conversations=120,
    handed_over=18,
    solved=40,
    not_solved=6,
    taken=9,
    unanswered=11,
    deflection=0.85,
    solved_rate=0.891,
)
GAP_EXAMPLES: Final[tuple[Struct, ...]] = (
    GapsShown(total=1, items=[_GAP]),
    FailingListShown(items=[_FAILING]),
    RatesShown(items=[_RATE]),
)
