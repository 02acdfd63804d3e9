"""Competence by place for each point of a letter: at the place that it names, or else at the letter's."""

from __future__ import annotations

from minxin.classifier.places.competence import OfficeArea, Offices
from minxin.classifier.places.gazetteer import Entry, Gazetteer
from minxin.classifier.places.matters import Matter, Matters
from minxin.classifier.places.placing import Atlas, placed
from minxin.core.judgement import Candidate, Judgement, Kind, Point, PointKind, Urgency, judged_text
from minxin.core.places import Level, PlaceKind

NORTH, SOUTH = ("北区", "鼓楼街道"), ("南区", "金沙街道")
CLUTTER = Matter(
    id="clutter",
    zh="楼道杂物",
    en="Clutter",
    level=Level.STREET,
    cues=("楼道.{0,4}堆",),
    taken_from=("fire",),
    weight=0.9,
    basis="",
)
ATLAS = Atlas(
    Gazetteer([Entry("鼓楼大街", PlaceKind.ROAD, NORTH), Entry("金沙路", PlaceKind.ROAD, SOUTH)]),
    Matters([CLUTTER]),
    Offices(
        [
            OfficeArea("roads", Level.CITY, (), "市城管局", "Urban Management"),
            OfficeArea("fire", Level.CITY, (), "市消防", "Fire Service"),
            OfficeArea("north", Level.STREET, NORTH, "鼓楼街道", "Gulou"),
            OfficeArea("south", Level.STREET, SOUTH, "金沙街道", "Jinsha"),
        ]
    ),
)
SUBJECT = "两件事"


def placed_points(*told: tuple[str, dict[str, float]], place: str = "", confident: bool = False) -> tuple[Point, ...]:
    """Return the points of a letter made of these texts with these offices, after competence has spoken."""
    body = "".join(text for text, _ in told)
    whole = judged_text(SUBJECT, body)
    points = []
    for text, offices in told:
        start = whole.index(text)
        ranked = tuple(Candidate(office, chance) for office, chance in offices.items())
        points.append(Point(start, start + len(text), text[:4], PointKind.COMPLAINT, ranked, confident))
    judgement = Judgement(
        (Candidate("roads", 0.5), Candidate("north", 0.2)),
        Kind.COMPLAINT,
        0.9,
        Urgency.NORMAL,
        (),
        denounces=False,
        confident=confident,
        model="test",
        points=tuple(points),
        threshold=0.95,
    )
    return placed(judgement, ATLAS, SUBJECT, body, place).points


def test_each_point_goes_to_the_street_of_its_own_place() -> None:
    first, second = placed_points(
        ("鼓楼大街的楼道里堆满纸箱。", {"fire": 0.7, "south": 0.2}), ("金沙路的邻居天天吵架。", {"north": 0.8})
    )
    assert [one.candidates[0].office_id for one in (first, second)] == ["north", "south"]


def test_point_without_a_place_happens_where_the_letter_does() -> None:
    _, second = placed_points(("鼓楼大街有个大坑。", {"roads": 0.9}), ("邻居天天吵架。", {"south": 0.8}))
    assert second.candidates[0].office_id == "north"
    _, second = placed_points(("路上有个大坑。", {"roads": 0.9}), ("邻居天天吵架。", {"south": 0.8}), place="金沙路")
    assert second.candidates[0].office_id == "south"


def test_matter_of_one_point_moves_nothing_of_the_other() -> None:
    first, second = placed_points(
        ("鼓楼大街的楼道里堆满纸箱。", {"fire": 0.9}), ("消防栓没有水。", {"fire": 0.9, "roads": 0.05})
    )
    assert first.candidates[0].office_id == "north"
    assert [(one.office_id, one.probability) for one in second.candidates] == [("fire", 0.9), ("roads", 0.05)]


def test_evidence_of_a_rule_stands_where_it_stands_in_the_letter() -> None:
    _, second = placed_points(("路上有个大坑。", {"roads": 0.9}), ("鼓楼大街的楼道里堆满纸箱。", {"fire": 0.9}))
    text = judged_text(SUBJECT, "路上有个大坑。鼓楼大街的楼道里堆满纸箱。")
    found = second.candidates[0].evidence
    assert [text[one.start : one.end] for one in found] == [one.text for one in found] == ["楼道里堆", "鼓楼大街"]


def test_sure_point_stays_sure_only_with_a_place_where_the_place_decides() -> None:
    sure = {"north": 0.97}
    first, second = placed_points(("邻居天天吵架。", sure), ("路上有大坑。", {"roads": 0.9}), confident=True)
    assert (first.confident, second.confident) == (False, True)
    first, _ = placed_points(("鼓楼大街的邻居天天吵架。", sure), ("路上有大坑。", {"roads": 0.9}), confident=True)
    assert first.confident


def test_single_point_is_the_letter() -> None:
    (only,) = placed_points(("鼓楼大街的邻居天天吵架。", {"fire": 0.9}))
    assert [one.office_id for one in only.candidates] == ["roads"]


def test_point_of_no_office_stays_without_one() -> None:
    first, second = placed_points(("鼓楼大街有个大坑。", {"roads": 0.9}), ("隔壁的狗总是叫。", {}))
    assert first.candidates and second.candidates == ()
