"""Like letters (相似来信) and hot issues (热点问题), with the reasons and the terms of the heat."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.consult.alike import LikeLetter
from minxin.consult.alike_records import HotIssue
from minxin.core.actor import Role
from minxin.core.alike import HeatTerm, IssueKind, Likeness
from minxin.core.errors import NotFoundError
from minxin.webui.api.operations import N_, AnyOperation, Call, Nothing, Shown, reads
from minxin.webui.api.orders import ONE
from minxin.webui.api.orders import TAG as ORDERS_TAG

TAG: Final = "hot issues"
CENTRE: Final = (Role.MANAGER, Role.CLERK)


class LikeLetterShown(Shown, frozen=True):
    """A letter like another that the caller may see. `copied` is the share of the shorter one that stands in the other;
    `words` and `places` are in both.
    """

    letter_id: str
    number: str
    subject: str
    received_at: datetime
    likeness: Likeness
    score: float
    copied: float
    words: list[str]
    places: list[str]
    days_between: int
    same_writer: bool


class LikeLetterList(Shown, frozen=True):
    """Like letters, the most alike first."""

    items: list[LikeLetterShown]


class HeatShown(Shown, frozen=True):
    """One term of the heat: what was counted, and the points for it."""

    term: HeatTerm
    value: float
    points: float


class AlarmShown(Shown, frozen=True):
    """A sudden growth: letters within some days, and how many the time before let expect. `joined` came since."""

    at: datetime
    days: int
    letters: int
    expected: float
    joined: int


class IssueShown(Shown, frozen=True):
    """Letters that belong together, oldest first. `heat` is the sum of the points of its `terms`; `weekly` counts the
    letters of the last weeks, oldest first. `place` is empty without a common one.
    """

    id: str
    kind: IssueKind
    name: str
    words: list[str]
    place: str
    writers: int
    letter_ids: list[str]
    first_at: datetime
    last_at: datetime
    heat: float
    terms: list[HeatShown]
    weekly: list[int]
    alarm: AlarmShown | None
    current: bool
    updated_at: datetime


class IssueList(Shown, frozen=True):
    """The current issues, the hottest first."""

    items: list[IssueShown]


async def issues(call: Call[Nothing, Nothing]) -> IssueList:
    """Return the current issues."""
    return IssueList(items=[_issue(one) for one in await call.services.hot_issues.current(call.actor)])


async def issue(call: Call[Nothing, Nothing]) -> IssueShown:
    """Return one issue, current or not."""
    return _issue(await call.services.hot_issues.one(call.actor, call.part("id")))


async def like_letters(call: Call[Nothing, Nothing]) -> LikeLetterList:
    """Return the letters like the one of a work order."""
    case, _ = await call.services.desk.case(call.actor, call.part("id"))
    if call.actor.id == case.letter.writer_id:
        raise NotFoundError
    found = await call.services.like_letters.of_letter(call.actor, case.letter)
    return LikeLetterList(items=[_like(one) for one in found])


def _like(one: LikeLetter) -> LikeLetterShown:
    return LikeLetterShown(
        letter_id=one.letter.id,
        number=one.letter.number,
        subject=one.letter.subject,
        received_at=one.letter.received_at,
        likeness=one.alike.kind,
        score=one.alike.score,
        copied=one.alike.copied,
        words=list(one.alike.words),
        places=list(one.alike.places),
        days_between=one.alike.days,
        same_writer=one.same_writer,
    )


def _issue(one: HotIssue) -> IssueShown:
    found = one.found
    return IssueShown(
        id=one.id,
        kind=found.kind,
        name=found.name,
        words=list(found.words),
        place=found.place,
        writers=found.writers,
        letter_ids=list(found.letter_ids),
        first_at=found.first_at,
        last_at=found.last_at,
        heat=found.heat,
        terms=[HeatShown(term=term.term, value=term.value, points=term.points) for term in found.terms],
        weekly=list(found.weekly),
        alarm=_alarm(one),
        current=one.current,
        updated_at=one.updated_at,
    )


def _alarm(one: HotIssue) -> AlarmShown | None:
    if one.alarm is None:
        return None
    surge = one.alarm.surge
    return AlarmShown(
        at=one.alarm.at, days=surge.days, letters=surge.letters, expected=surge.expected, joined=one.joined
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listHotIssues",
        "/hot-issues",
        TAG,
        N_("List the hot issues, the hottest first"),
        issues,
        Nothing,
        IssueList,
        description="Of the last 90 days' letters, looked at every quarter of an hour. Sealed letters are in none.",
        roles=CENTRE,
    ),
    reads("getHotIssue", "/hot-issues/{id}", TAG, N_("Read a hot issue"), issue, Nothing, IssueShown, roles=CENTRE),
    reads(
        "listLikeLetters",
        f"{ONE}/alike",
        ORDERS_TAG,
        N_("List the letters like the one of a work order"),
        like_letters,
        Nothing,
        LikeLetterList,
        description="Only letters that the caller may see; a sealed letter is like none.",
    ),
)
