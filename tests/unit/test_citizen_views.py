from __future__ import annotations

from datetime import UTC, datetime

import pytest

from minxin.consult.access import Case
from minxin.consult.deadlines import Light, Pause
from minxin.consult.limits import Limits
from minxin.consult.records import Channel, Letter, LetterState, Office, OrderState, WorkOrder
from minxin.consult.rulepack import Step, builtin_pack
from minxin.consult.status import TimelineEntry
from minxin.core.calendar_tables import load_calendar
from minxin.core.errors import NotFoundError
from minxin.core.judgement import Candidate, Evidence, Judgement, Kind, Urgency
from minxin.webui.i18n import Language
from minxin.webui.pages.attachments import disposition
from minxin.webui.views.advice import Piece, advice_of, pieces
from minxin.webui.views.limits import at_receipt, explain, running
from minxin.webui.views.progress import steps

START = datetime(2026, 2, 12, 2, 0, tzinfo=UTC)
LIMITS = Limits(builtin_pack("default"), load_calendar())
OFFICE = Office(
    id="cgj", name="市城管局", short="城管", name_en="Urban", level="市", duties=("管理市容", "受理餐饮油烟投诉")
)
BARE = Letter(
    id="l",
    intake_key="k",
    channel=Channel.WEB,
    writer_id="w",
    received_at=START,
    state=LetterState.ACCEPTED,
    raw_blob="b",
    kind=Kind.HELP,
)


def order(state: OrderState, pauses: tuple[Pause, ...] = ()) -> WorkOrder:
    return WorkOrder(
        id="o",
        letter_id="l",
        number="1",
        state=state,
        point="p",
        received_at=START,
        office_id="cgj",
        pauses=pauses,
        sign_due=LIMITS.set(Step.SIGN, BARE, START),
        answer_due=LIMITS.redate(LIMITS.answer(BARE, START), pauses),
    )


def judgement(*, denounces: bool = False) -> Judgement:
    evidence = (Evidence(1, 3, "油烟", 2.0), Evidence(2, 4, "烟大", 1.0))
    candidates = (Candidate("nowhere", 0.9, evidence), Candidate("cgj", 0.1, evidence, "受理餐饮油烟投诉"))
    return Judgement(candidates, Kind.HELP, 1.0, Urgency.URGENT, (), denounces, confident=False, model="m")


def test_overlapping_evidence_is_one_marked_piece() -> None:
    assert pieces("店油烟大呀", [(1, 3), (2, 4)]) == (Piece("店", False), Piece("油烟大", True), Piece("呀", False))
    assert pieces("", []) == ()


def test_advice_leaves_out_offices_that_are_not_there() -> None:
    advice = advice_of(judgement(), "\n油烟大", {"cgj": OFFICE})
    (one,) = advice.suggestions
    assert (one.office, one.words, one.duty) == (OFFICE, ("油烟大",), "受理餐饮油烟投诉")
    assert advice.urgent


def test_denunciation_gets_no_office() -> None:
    assert advice_of(judgement(denounces=True), "\n油烟大", {"cgj": OFFICE}).suggestions == ()


def test_routed_letter_shows_the_limits_of_its_work_order() -> None:
    case = Case(BARE, (order(OrderState.TO_SIGN),))
    assert [(one.name, one.light, one.colour) for one in running(case, START)] == [
        ("sign", Light.GREEN, "green"),
        ("answer", Light.GREEN, "green"),
    ]


def test_answered_letter_has_no_light_and_a_paused_one_is_grey() -> None:
    (shown,) = running(Case(BARE, (order(OrderState.ANSWERED),)), START)
    assert (shown.light, shown.colour) == (None, "grey")
    (shown,) = running(Case(BARE, (order(OrderState.WAITING, (Pause(START),)),)), START)
    assert (shown.light, shown.colour) == (Light.PAUSED, "grey")


def test_letter_without_limits_shows_none() -> None:
    assert at_receipt(BARE, START) == []


def test_explanation_names_the_festival_and_the_notice() -> None:
    case = Case(BARE, (order(OrderState.IN_PROGRESS),))
    why = explain(case, "answer", "o", LIMITS, Language.ZH)
    assert why.unit == "5 个工作日"
    assert sum(row.counted for row in why.days) == 5
    holiday = next(row for row in why.days if "春节" in row.text)
    assert not holiday.counted
    assert holiday.notice
    assert any(row.text == "调休上班" and row.weekday == "周六" for row in why.days)


def test_limit_that_is_not_there_can_not_be_explained() -> None:
    case = Case(BARE, (order(OrderState.IN_PROGRESS),))
    for name, order_id in (("accept", ""), ("accept", "o"), ("answer", "other")):
        with pytest.raises(NotFoundError):
            explain(case, name, order_id, LIMITS, Language.ZH)


def test_timeline_tells_a_ruling_from_a_routing_and_hides_a_refused_extension() -> None:
    entries = [
        TimelineEntry(START, "routed", "cgj", "", {"by": "judge"}),
        TimelineEntry(START, "routed", "cgj", "", {"by": "ruling"}),
        TimelineEntry(START, "extension_decided", "cgj", "", {"approved": False}),
    ]
    found = steps(entries, BARE, (order(OrderState.TO_SIGN),), {"cgj": "市城管局"}, Language.ZH)
    assert [(one.title, one.state) for one in found] == [
        ("转交市城管局办理", "done"),
        ("经裁定，改由市城管局办理，答复期限不变", "done"),
        ("待承办单位签收", "now"),
        ("答复", "todo"),
        ("评价与办结", "todo"),
    ]


def test_ended_letter_has_nothing_to_come() -> None:
    closed = order(OrderState.CLOSED)
    assert steps([], BARE, (closed,), {}, Language.EN) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("说明 1.txt", "attachment; filename=\"___1.txt\"; filename*=UTF-8''%E8%AF%B4%E6%98%8E%201.txt"),
        ('x"\r\ny.txt', "attachment; filename=\"x___y.txt\"; filename*=UTF-8''x%22%0D%0Ay.txt"),
    ],
)
def test_file_name_in_the_header_can_not_break_out(name: str, expected: str) -> None:
    assert disposition(name) == expected
