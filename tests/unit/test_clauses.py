"""The duty clause that is nearest to a text."""

from __future__ import annotations

from time import process_time

from minxin.classifier.clauses import Clauses, with_clauses
from minxin.core.judgement import Candidate, Judgement, Kind, Point, PointKind, Urgency, judged_text

CLAUSES = Clauses(
    {
        "roads": ("负责市政道路、路灯和井盖的维护管理", "负责占道经营和露天烧烤的查处", "完成市政府交办的其他事项"),
        "homes": ("负责物业服务和住宅维修资金的监督管理", "完成市政府交办的其他事项"),
        "silent": (),
    }
)


def judgement(*points: Point) -> Judgement:
    return Judgement(
        candidates=(Candidate("roads", 0.6), Candidate("homes", 0.3)),
        kind=Kind.COMPLAINT,
        kind_probability=0.9,
        urgency=Urgency.NORMAL,
        urgency_evidence=(),
        denounces=False,
        confident=False,
        model="test",
        points=points,
    )


def test_nearest_clause_shares_what_few_clauses_have() -> None:
    assert CLAUSES.nearest("roads", "小区门口的路灯坏了一个星期") == "负责市政道路、路灯和井盖的维护管理"
    assert CLAUSES.nearest("roads", "楼下露天烧烤油烟很大") == "负责占道经营和露天烧烤的查处"
    assert CLAUSES.nearest("homes", "物业乱收费，维修资金用到哪里去了") == "负责物业服务和住宅维修资金的监督管理"


def test_words_of_every_office_speak_for_no_clause_before_its_own() -> None:
    assert CLAUSES.nearest("roads", "负责人不管路灯") == "负责市政道路、路灯和井盖的维护管理"


def test_traditional_characters_find_the_same_clause() -> None:
    assert CLAUSES.nearest("roads", "路燈壞了，請維護") == "负责市政道路、路灯和井盖的维护管理"


def test_no_clause_is_better_than_one_that_shares_nothing() -> None:
    assert CLAUSES.nearest("roads", "") == ""
    assert CLAUSES.nearest("roads", "hello") == ""
    assert CLAUSES.nearest("silent", "路灯") == ""
    assert CLAUSES.nearest("nobody", "路灯") == ""


def test_each_point_is_held_against_the_clauses_by_its_own_text() -> None:
    subject, body = "两件事", "路灯坏了。物业乱收维修资金。"
    text = judged_text(subject, body)
    cut = text.index("物业")
    points = (
        Point(4, cut, "路灯坏了", PointKind.COMPLAINT, (Candidate("roads", 0.9),)),
        Point(cut, len(text), "物业乱收", PointKind.COMPLAINT, (Candidate("homes", 0.9), Candidate("roads", 0.1))),
    )
    told = with_clauses(judgement(*points), CLAUSES, subject, body)
    assert [[one.clause for one in point.candidates] for point in told.points] == [
        ["负责市政道路、路灯和井盖的维护管理"],
        ["负责物业服务和住宅维修资金的监督管理", ""],
    ]
    assert [one.clause[:6] for one in told.candidates] == ["负责市政道路", "负责物业服务"]


def test_single_point_has_the_clauses_of_the_letter() -> None:
    subject, body = "路灯", "晚上很黑，请来看看。"
    point = Point(3, 12, "晚上很黑", PointKind.COMPLAINT, (Candidate("roads", 0.9),))
    told = with_clauses(judgement(point), CLAUSES, subject, body)
    assert told.points[0].candidates[0].clause == told.candidates[0].clause == "负责市政道路、路灯和井盖的维护管理"


def test_long_and_hostile_texts_take_no_time() -> None:
    begun = process_time()
    for text in ("路灯" * 50_000, "\u0301" * 100_000, "a" * 100_000):
        CLAUSES.nearest("roads", text)
    assert process_time() - begun < 1.0
