"""The rule packs: what they say by default, and what a city's own file may not do."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from minxin.consult.deadlines import Light, Limit, Pause, Unit, light
from minxin.consult.rulepack import Step, builtin_pack, builtin_packs, due_under, load_pack
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import SHANGHAI
from minxin.core.errors import ConfigError
from minxin.core.judgement import Kind

CALENDAR = load_calendar()
TODAY = date(2026, 3, 9)
MONDAY = datetime(2026, 3, 9, 10, tzinfo=SHANGHAI)


def rule(**changes: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": "sign",
        "version": 1,
        "step": "sign",
        "text_zh": "两个工作日内签收。",
        "text_en": "Signed for within 2 working days.",
        "basis": "滨海市规定",
        "verified": True,
        "amount": 2,
        "unit": "wd",
        "start": "routed",
        "stop": "signed",
        "valid_from": "2026-01-01",
    }
    return plain | changes


def pack_file(folder: Path, *rules: dict[str, object], **changes: object) -> Path:
    path = folder / "binhai.json"
    plain = {"id": "binhai", "version": "1", "title_zh": "滨海", "title_en": "Binhai", "extends": "default"}
    path.write_text(json.dumps(plain | {"rules": rules} | changes), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("pack", "kind", "complex_case", "limit"),
    [
        ("default", Kind.INQUIRY, False, "3wd"),
        ("default", Kind.HELP, False, "5wd"),
        ("default", Kind.SUGGESTION, False, "10wd"),
        ("default", Kind.COMPLAINT, False, "10wd"),
        ("default", Kind.REPORT, False, "10wd"),
        ("default", Kind.PRAISE, False, "10wd"),
        ("default", Kind.INQUIRY, True, "15wd"),
        ("shenyang", Kind.COMPLAINT, False, "3wd"),
        ("shenyang", Kind.COMPLAINT, True, "10wd"),
        ("xuchang", Kind.HELP, False, "5wd"),
        ("huaihua", Kind.INQUIRY, False, "7wd"),
        ("huaihua", Kind.INQUIRY, True, "15wd"),
        ("shandong12345", Kind.SUGGESTION, False, "5wd"),
        ("xinfang", Kind.COMPLAINT, False, "10wd"),
    ],
)
def test_answer_has_the_limit_of_its_profile(pack: str, kind: Kind, complex_case: bool, limit: str) -> None:
    assert str(builtin_pack(pack).rule_for(Step.ANSWER, kind, complex_case, on=TODAY).limit) == limit


@pytest.mark.parametrize(
    ("pack", "step", "limit"),
    [
        ("default", Step.ACCEPT, "1wd"),
        ("default", Step.SIGN, "1wd"),
        ("default", Step.RETURN, "2wd"),
        ("default", Step.EXTENSION, "10wd"),
        ("default", Step.REDO, "15wd"),
        ("default", Step.URGENT_ROUTE, "1h"),
        ("default", Step.URGENT_ANSWER, "2h"),
        ("default", Step.ABSOLUTE_ALARM, "80d"),
        ("shandong12345", Step.RETURN, "2wd"),
        ("xinfang", Step.XINFANG_INFORM, "15d"),
        ("xinfang", Step.XINFANG_OBJECT, "5wd"),
        ("xinfang", Step.XINFANG_FINISH, "60d"),
        ("xinfang", Step.XINFANG_EXTENSION, "30d"),
        ("xinfang", Step.XINFANG_REVIEW_REQUEST, "30d"),
        ("xinfang", Step.XINFANG_REVIEW, "30d"),
        ("xinfang", Step.XINFANG_RECHECK_REQUEST, "30d"),
        ("xinfang", Step.XINFANG_RECHECK, "30d"),
    ],
)
def test_step_has_its_limit(pack: str, step: Step, limit: str) -> None:
    assert str(builtin_pack(pack).rule_for(step, urgent=True, on=TODAY).limit) == limit


def test_shipped_packs_say_what_is_verified_and_what_is_a_default() -> None:
    assert builtin_packs() == ("default", "huaihua", "shandong12345", "shenyang", "xinfang", "xuchang")
    petitions = builtin_pack("xinfang")
    assert not petitions.rule_for(Step.XINFANG_REVIEW, on=TODAY).verified
    assert petitions.rule_for(Step.XINFANG_INFORM, on=TODAY).verified
    assert builtin_pack().rule_for(Step.ANSWER, Kind.PRAISE, on=TODAY).product_default


def test_emergency_rules_are_for_urgent_letters_only() -> None:
    with pytest.raises(ConfigError, match="no rule for step urgent_route"):
        builtin_pack().rule_for(Step.URGENT_ROUTE, on=TODAY)


def test_rule_that_a_letter_stored_is_found_again() -> None:
    pack = builtin_pack("shenyang")
    own, inherited = pack.rule_for(Step.ANSWER, Kind.HELP, on=TODAY), pack.rule_for(Step.SIGN, on=TODAY)
    assert (own.stamp, inherited.stamp) == ("shenyang/1", "default/1")
    assert pack.find(own.id, own.stamp) == own
    assert pack.find(own.id, "default/1") is None


def test_extension_is_capped_by_the_rule_that_the_answer_names() -> None:
    answer = builtin_pack().rule_for(Step.ANSWER, Kind.HELP, on=TODAY)
    cap = builtin_pack().extension_of(answer, on=TODAY)
    assert cap is not None
    assert (cap.limit, cap.approver) == (Limit(10, Unit.WORKING_DAYS), "manager")
    sign = builtin_pack().rule_for(Step.SIGN, on=TODAY)
    assert builtin_pack().extension_of(sign, on=TODAY) is None


def test_two_clocks_and_the_alarm_run_on_one_letter() -> None:
    pack = builtin_pack("xinfang")
    office = due_under(pack.rule_for(Step.ANSWER, Kind.COMPLAINT, on=TODAY), MONDAY, CALENDAR)
    law = due_under(pack.rule_for(Step.XINFANG_FINISH, on=TODAY), MONDAY, CALENDAR)
    alarm = due_under(pack.rule_for(Step.ABSOLUTE_ALARM, on=TODAY), MONDAY, CALENDAR)
    assert (office.last_day, office.rule_id, office.rule_version) == (
        date(2026, 3, 23),
        "answer.complaint",
        "default/1",
    )
    assert (law.last_day, law.rule_id, law.rule_version) == (date(2026, 5, 8), "xinfang_finish", "xinfang/1")
    assert alarm.last_day == date(2026, 5, 28)
    now = MONDAY + timedelta(days=20)
    assert [light(clock, now) for clock in (office, law, alarm)] == [Light.RED, Light.GREEN, Light.GREEN]


def test_papers_asked_for_stop_every_clock_of_the_letter() -> None:
    pack = builtin_pack("xinfang")
    waiting = [Pause(MONDAY + timedelta(days=1), reason="papers")]
    for step in (Step.ANSWER, Step.XINFANG_FINISH):
        assert due_under(pack.rule_for(step, Kind.HELP, on=TODAY), MONDAY, CALENDAR, waiting).instant is None


def test_city_replaces_a_rule_from_a_day_on_and_keeps_the_rest(tmp_path: Path) -> None:
    old = rule(amount=1, valid_to="2026-06-30")
    new = rule(version=2, valid_from="2026-07-01")
    pack = load_pack(pack_file(tmp_path, old, new))
    signs = [pack.rule_for(Step.SIGN, on=date(2026, *day)) for day in ((6, 30), (7, 1))]
    assert [(sign.limit.amount, sign.stamp) for sign in signs] == [(1, "binhai/1"), (2, "binhai/2")]
    assert pack.rule_for(Step.ACCEPT, on=TODAY).stamp == "default/1"
    assert pack.office_hours == builtin_pack().office_hours


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([rule(amount=0)], "'sign': amount: a limit of 0 wd"),
        ([rule(unit="weeks")], "weeks"),
        ([rule(step="dance")], "dance"),
        ([rule(text_zh=" ")], "text_zh is empty"),
        ([rule(version=0)], "version 0"),
        ([rule(valid_to="2025-12-31")], "valid_to 2025-12-31 is before valid_from 2026-01-01"),
        ([rule(valid_to="2026-12-31")], "no lasting rule for step sign"),
        ([rule(extension="none")], "extension names 'none'"),
        ([rule(), rule()], "version 1 twice"),
        ([rule(), rule(version=2)], "both hold for step sign"),
        ([rule(id="sign.too")], "both hold for step sign"),
        ([rule(kinds=["letter"])], "letter"),
        ([rule(typo=1)], "typo"),
    ],
)
def test_pack_that_can_not_be_used_is_refused_by_name(
    tmp_path: Path, rules: list[dict[str, object]], complaint: str
) -> None:
    path = pack_file(tmp_path, *rules)
    with pytest.raises(ConfigError) as refused:
        load_pack(path)
    assert str(path) in refused.value.reason
    assert complaint in refused.value.reason


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"extends": "atlantis"}, "'atlantis' is unknown"),
        ({"extends": None}, "office_hours is empty"),
        ({"id": ""}, "id and version"),
        ({"office_hours": [{"opens": "13:00:00", "closes": "09:00:00"}]}, "13:00:00 to 09:00:00"),
        ({"office_hours": [{"opens": "nine", "closes": "17:00:00"}]}, "office_hours"),
    ],
)
def test_pack_with_a_bad_head_is_refused_by_name(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_pack(pack_file(tmp_path, **changes))
    assert "binhai.json" in refused.value.reason
    assert complaint in refused.value.reason


def test_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        load_pack(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="unknown; there are default, huaihua"):
        builtin_pack("atlantis")
