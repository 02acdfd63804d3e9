"""Grounds for a refusal, told by words alone: which they are, and where the words stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.labelled import SPLITS, labelled_letters, score

from minxin.classifier.text import fold
from minxin.classifier.words.advice import rules_only
from minxin.classifier.words.grounds import out_of_power
from minxin.core.judgement import Ground, Judgement, OutOfPower, Urgency, judged_text


def grounds_in(subject: str, body: str) -> list[Ground]:
    original = judged_text(subject, body)
    return [found.ground for found in out_of_power(original, fold(original))]


@pytest.mark.parametrize("split", SPLITS)
def test_grounds_agree_with_the_labelled_letters(split: str) -> None:
    got = score(labelled_letters("out_of_power", split), lambda one: one.grounds, grounds_in)
    assert got.f1 >= 0.9


@pytest.mark.parametrize("split", SPLITS)
def test_danger_and_denunciation_agree_with_the_labelled_letters(split: str) -> None:
    urgent = score(
        labelled_letters("urgency", split),
        lambda one: ["urgent"] * one.urgent,
        lambda subject, body: ["urgent"] * (rules_only(subject, body).urgency is Urgency.URGENT),
    )
    accusing = score(
        labelled_letters("denunciation", split),
        lambda one: ["denounces"] * one.denounces,
        lambda subject, body: ["denounces"] * rules_only(subject, body).denounces,
    )
    assert urgent.f1 >= 0.9
    assert accusing.recall >= 0.8


@pytest.mark.parametrize(
    ("body", "ground"),
    [
        ("我已起诉开发商，下月开庭。", True),
        ("希望不要走到打官司那一步，请政府协调。", False),
        ("再不退钱我们就准备起诉物业。", False),
        ("请问怎么申请劳动仲裁，要带哪些材料？", False),
    ],
)
def test_only_what_is_before_a_court_is_out_of_power(body: str, ground: bool) -> None:
    assert (Ground.IN_COURT in grounds_in("纠纷", body)) == ground


def test_short_but_definite_letter_has_content_in_any_language() -> None:
    for subject, body in (
        ("路灯", "不亮"),
        ("", "停水了"),
        ("lamp", "The street lamp is broken"),
        ("", "水道が止まりました"),
    ):
        assert Ground.NO_CONTENT not in grounds_in(subject, body)
    for subject, body in (("", ""), ("测试", "测试"), ("1", "1"), ("你好", "你好！！"), ("", "😀😀")):
        assert Ground.NO_CONTENT in grounds_in(subject, body)


def test_cut_supply_is_urgent_but_no_case_for_the_fire_brigade() -> None:
    found = rules_only("停水", "全小区停水三天了，没有人管。")
    assert (found.urgency, found.out_of_power) == (Urgency.URGENT, ())
    assert grounds_in("着火", "楼上着火了，快来人！") == [Ground.EMERGENCY]


def test_emergency_alone_asks_for_no_person_before_it_is_routed() -> None:
    def with_ground(*grounds: Ground) -> Judgement:
        plain = rules_only("路灯", "路灯不亮，晚上很黑。")
        return Judgement(
            **{name: getattr(plain, name) for name in plain.__struct_fields__ if name != "out_of_power"},
            out_of_power=tuple(OutOfPower(ground, ()) for ground in grounds),
        )

    assert not with_ground().asks_a_person
    assert not with_ground(Ground.EMERGENCY).asks_a_person
    assert with_ground(Ground.EMERGENCY, Ground.IN_COURT).asks_a_person


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_judged_and_evidence_quotes_it(subject: str, body: str) -> None:
    found = rules_only(subject, body)
    text = judged_text(subject, body)
    shown = [*found.urgency_evidence, *(one for ground in found.out_of_power for one in ground.evidence)]
    assert all(text[one.start : one.end] == one.text for one in shown)
    assert (found.candidates, found.confident, found.model) == ((), False, "rules")
