from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from minxin.core.clock import SHANGHAI
from minxin.mailbox import sms
from minxin.mailbox.records import NoticeWay
from minxin.mailbox.texting.records import LastNotice
from minxin.mailbox.texting.rules import Decision, Kind, NoticeRules, Step, decide, end_of_quiet, too_soon

RULES = NoticeRules()
ADDRESS = "wang@home.example"


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (at(20, 59), None),
        (at(21, 0), at(8, 0, 3)),
        (at(23, 59), at(8, 0, 3)),
        (at(0, 0), at(8, 0)),
        (at(7, 59), at(8, 0)),
        (at(8, 0), None),
        (at(12, 0), None),
    ],
)
def test_night_lasts_from_nine_to_eight_in_china(now: datetime, ends: datetime | None) -> None:
    assert end_of_quiet(now, RULES) == ends


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon = NoticeRules(quiet_from=time(12), quiet_until=time(14))
    assert end_of_quiet(at(13), noon) == at(14)
    assert end_of_quiet(at(14), noon) is None
    assert end_of_quiet(at(11, 59), noon) is None


def test_equal_times_are_no_quiet_hours() -> None:
    assert end_of_quiet(at(3), NoticeRules(quiet_from=time(0), quiet_until=time(0))) is None


@pytest.mark.parametrize("way", list(NoticeWay))
def test_code_comes_by_sms_at_any_hour_whatever_was_chosen(way: NoticeWay) -> None:
    assert decide(Kind.URGENT, way, ADDRESS, at(3), RULES) == Decision(Step.SMS)


@pytest.mark.parametrize("kind", [Kind.NOTICE, Kind.RECEIPT])
@pytest.mark.parametrize(
    ("way", "address", "now", "decision"),
    [
        (NoticeWay.SMS, ADDRESS, at(12), Decision(Step.SMS)),
        (NoticeWay.SMS, ADDRESS, at(22), Decision(Step.WAIT, at(8, 0, 3))),
        (NoticeWay.MAIL, ADDRESS, at(12), Decision(Step.MAIL)),
        (NoticeWay.MAIL, ADDRESS, at(22), Decision(Step.MAIL)),
        (NoticeWay.MAIL, None, at(12), Decision(Step.SMS)),
        (NoticeWay.MAIL, None, at(22), Decision(Step.WAIT, at(8, 0, 3))),
        (NoticeWay.NONE, ADDRESS, at(12), Decision(Step.DROP)),
    ],
)
def test_notice_goes_the_way_that_was_chosen_and_waits_for_the_morning(
    kind: Kind, way: NoticeWay, address: str | None, now: datetime, decision: Decision
) -> None:
    assert decide(kind, way, address, now, RULES) == decision


def test_sender_is_told_of_once_an_hour_but_a_message_may_try_again() -> None:
    last = LastNotice(id="l", key="first", at=at(12), expires_at=at(13))
    assert not too_soon(None, "second", at(12), RULES)
    assert too_soon(last, "second", at(12, 59), RULES)
    assert not too_soon(last, "second", at(13), RULES)
    assert not too_soon(last, "first", at(12, 1), RULES)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "【滨海市】《市城管局》于3月2日09:05给您写了信，请登录信箱查看。"),
        ("en", "[滨海市] 市城管局 wrote to you at 2026-03-02 09:05. Please see your mailbox."),
    ],
)
def test_notice_says_who_wrote_and_when_and_nothing_else(language: str, words: str) -> None:
    assert sms.wrote("滨海市", language, "市城管局", at(9, 5), at(9, 5) + timedelta(days=1)).text == words
