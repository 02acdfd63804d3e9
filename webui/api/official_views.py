"""What programs send and are shown of official mail, with examples."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from minxin.mailbox.official.figures import Figures, Group
from minxin.mailbox.official.listing import MOST
from minxin.mailbox.official.moves import NoticeMove
from minxin.mailbox.official.records import NoticeRun, NoticeState, OfficialNotice, Reach
from minxin.mailbox.official.service import NoticeShown
from minxin.webui.api.operations import Sent, Shown
from minxin.webui.api.sent import NewFile

Token = Annotated[str, Meta(min_length=8, max_length=100, description="The same one twice is the same notice.")]


class NoticeWords(Sent, frozen=True, kw_only=True):
    """A notice of the caller's office. `area` is a district, or a district and a street, when it reaches one;
    `recipients` are addresses of mailboxes or mobile numbers when it reaches a list.
    """

    subject: str
    text: str
    reach: Reach
    document: str = ""
    area: list[str] = []
    recipients: Annotated[list[str], Meta(max_length=MOST)] = []
    leave_out: bool = False
    replies: bool = True
    sms: bool = False
    files: list[NewFile] = []


class NoticeSent(NoticeWords, frozen=True, kw_only=True):
    """A new notice."""

    token: Token


class NoticeChange(NoticeWords, frozen=True, kw_only=True):
    """A draft as it shall be. The files in the places `kept`, from 0, stay, all of them when it is null; without
    `recipients` the list that was given stays.
    """

    kept: list[int] | None = None


class NoticeDecision(Sent, frozen=True):
    """Whether a notice is sent as it was read in `version`; a refusal needs a reason."""

    approve: bool
    version: int
    reason: str = ""


class RunShown(Shown, frozen=True):
    """How far the sending is. `passed` counts mailboxes that were closed when their turn came."""

    number: str
    begun_at: datetime
    ended_at: datetime | None
    total: int
    delivered: int
    passed: int
    going: bool


class NoticeListed(Shown, frozen=True):
    """A notice, and how far it is once it was approved."""

    id: str
    version: int
    office_id: str
    office: str
    state: NoticeState
    subject: str
    document: str
    reach: Reach
    area: list[str]
    written_at: datetime
    run: RunShown | None


class NoticePage(Shown, frozen=True):
    """Notices, newest first."""

    items: list[NoticeListed]
    next: str | None


class GroupShown(Shown, frozen=True):
    """Readers of one area; `area` is empty for those who told none, null for several small ones together."""

    area: str | None
    delivered: int
    opened: int
    deleted: int


class NoticeDayShown(Shown, frozen=True):
    """What was delivered, opened for the first time, and deleted on a day."""

    day: date
    delivered: int
    opened: int
    deleted: int


class FiguresShown(Shown, frozen=True):
    """What became of a notice, counted in the mailboxes, never by person."""

    delivered: int
    opened: int
    deleted: int
    areas: list[GroupShown]
    days: list[NoticeDayShown]


class NoticeWhole(Shown, frozen=True):
    """A notice as it arrives, in how many mailboxes, what the caller may do, and what became of it.

    `figures` is null until it was sent, and for fewer than ten readers.
    """

    notice: NoticeListed
    text: str
    sender: str
    files: list[str]
    mailboxes: int
    replies: bool
    sms: bool
    refusal: str
    moves: list[NoticeMove]
    figures: FiguresShown | None


def listed(shown: NoticeShown, offices: dict[str, str]) -> NoticeListed:
    """Return a notice as a list shows it."""
    notice: OfficialNotice = shown.notice
    return NoticeListed(
        id=notice.id,
        version=notice.version,
        office_id=notice.office_id,
        office=offices.get(notice.office_id, ""),
        state=notice.state,
        subject=notice.subject,
        document=notice.document,
        reach=notice.reach,
        area=list(notice.area),
        written_at=notice.written_at,
        run=_run(shown.run) if shown.run is not None else None,
    )


def figures_shown(figures: Figures) -> FiguresShown:
    """Return the figures as programs see them."""
    return FiguresShown(
        delivered=figures.delivered,
        opened=figures.opened,
        deleted=figures.deleted,
        areas=[_group(one) for one in figures.groups],
        days=[
            NoticeDayShown(day=one.day, delivered=one.delivered, opened=one.opened, deleted=one.deleted)
            for one in figures.days
        ],
    )


def _group(group: Group) -> GroupShown:
    return GroupShown(area=group.area, delivered=group.delivered, opened=group.opened, deleted=group.deleted)


def _run(run: NoticeRun) -> RunShown:
    return RunShown(
        number=run.number,
        begun_at=run.begun_at,
        ended_at=run.ended_at,
        total=run.total,
        delivered=run.delivered,
        passed=run.passed,
        going=run.going,
    )


_AT: Final = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
_RUN: Final = RunShown(
    number="T2026-000012", begun_at=_AT, ended_at=None, total=31_240, delivered=12_450, passed=0, going=True
)
_LISTED: Final = NoticeListed(
    id="7f3a1c0e5b9d4826a1f0c3e7d5b28496",
    version=4,
    office_id="chengguan",
    office="滨海市城市管理局",
    state=NoticeState.SENDING,
    subject="停水通知",
    document="",
    reach=Reach.AREA,
    area=["海晏区"],
    written_at=_AT,
    run=_RUN,
)
_GROUP: Final = GroupShown(area="海晏区/鼓楼街道", delivered=4_120, opened=980, deleted=35)
_DAY: Final = NoticeDayShown(day=date(2026, 6, 1), delivered=12_450, opened=3_021, deleted=88)
_FIGURES: Final = FiguresShown(delivered=12_450, opened=3_021, deleted=88, areas=[_GROUP], days=[_DAY])
OFFICIAL_EXAMPLES: Final[tuple[Struct, ...]] = (
    NoticeSent(
        subject="停水通知",
        text="六月三日零时至六时停水检修，请提前储水。",
        reach=Reach.AREA,
        area=["海晏区"],
        token="9f1c2e7a5b",  # noqa: S106 - names a filling-in, no secret
    ),
    NoticeChange(subject="停水通知（改期）", text="停水检修改在六月四日。", reach=Reach.AREA, area=["海晏区"]),
    NoticeDecision(approve=True, version=3),
    NoticePage(items=[_LISTED], next=None),
    NoticeWhole(
        notice=_LISTED,
        text="六月三日零时至六时停水检修，请提前储水。",
        sender="chengguan@gov.binhai.example",
        files=["停水范围.pdf"],
        mailboxes=31_240,
        replies=True,
        sms=False,
        refusal="",
        moves=[NoticeMove.STOP],
        figures=_FIGURES,
    ),
)
