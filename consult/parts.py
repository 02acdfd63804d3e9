"""The points of a letter at its work orders (诉求点与工单): which one answers what, and whose each seems to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from minxin.consult.records import Letter, WorkOrder
from minxin.core.judgement import Judgement, Point, judged_text

BETWEEN_TITLES: Final = "；"


class Part(Struct, frozen=True):
    """What one office gets of a letter: ``points`` are places in ``judgement.points``, in the order of the text.

    ``probability`` is that of its least certain point, None when a person chose.
    """

    office_id: str
    points: tuple[int, ...]
    probability: float | None = None


def points_of(letter: Letter, order: WorkOrder) -> tuple[Point, ...]:
    """Return the points that the work order answers: its own, or all of the letter's."""
    found = letter.judgement.points if letter.judgement else ()
    return tuple(found[place] for place in order.points if place < len(found)) if order.points else found


def text_of(letter: Letter, order: WorkOrder) -> str:
    """Return what a judge learns an office from: the whole letter, or the text of the work order's points."""
    text = judged_text(letter.subject, letter.text)
    if not order.points:
        return text
    return judged_text("", "\n".join(text[point.start : point.end] for point in points_of(letter, order)))


def named(points: Sequence[Point]) -> str:
    """Return the titles of some points in one line."""
    return BETWEEN_TITLES.join(point.title for point in points)


def parts_by(offices: Sequence[str], chances: Sequence[float] = ()) -> tuple[Part, ...]:
    """Return what each office gets when the points go to these, one for each: those of one office stay together.

    The office of the first point comes first and leads (首接负责).
    """
    places: dict[str, list[int]] = {}
    for place, office_id in enumerate(offices):
        places.setdefault(office_id, []).append(place)
    return tuple(
        Part(office_id, tuple(mine), min(chances[place] for place in mine) if chances else None)
        for office_id, mine in places.items()
    )


def suggested_parts(judgement: Judgement | None) -> tuple[Part, ...]:
    """Return the parts that the points' first candidates speak for, none when they are not of several offices."""
    firsts = [point.candidates[0] for point in judgement.points if point.candidates] if judgement else []
    if judgement is None or len(firsts) < len(judgement.points):
        return ()
    parts = parts_by([one.office_id for one in firsts], [one.probability for one in firsts])
    return parts if len(parts) > 1 else ()


def sure_parts(judgement: Judgement) -> tuple[Part, ...]:
    """Return the suggested parts when every point is sure of its office, else none."""
    return suggested_parts(judgement) if all(point.confident for point in judgement.points) else ()


def contradicted(judgement: Judgement) -> bool:
    """Say whether a point is sure of another office than the one that the letter as a whole would go to."""
    best = judgement.candidates[0].office_id if judgement.candidates else None
    return any(point.confident and point.candidates[0].office_id != best for point in judgement.points)
