"""Splitting (拆分派单): the points of one letter to several offices, each with a work order of its own."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from minxin.consult.assigning import RouteTo, routed
from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.lessons import example_of
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.parts import Part, named, parts_by
from minxin.consult.records import ExampleSource, Letter, LetterState, RoutedBy, Share, WorkOrder
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.ids import new_id

FEWEST = 2


def may_split(letter: Letter) -> bool:
    """Say whether the letter has several points, and denounces nobody."""
    return letter.judgement is not None and len(letter.judgement.points) >= FEWEST and not letter.sealed


def split(deed: Deed, letter: Letter, order: WorkOrder, offices: Sequence[str], reason: str, limits: Limits) -> Changes:
    """Return a clerk's choice of an office for each point: it accepts the letter and teaches the judge each of them.

    Points of one office stay one work order; the office of the first point leads. Raises ``IllegalMoveError``
    ``routing.split.sealed`` for a denunciation, which is never split, and ``InvalidInputError``
    ``routing.split.points`` when there is not one office for each point, ``routing.split.offices`` when it is the same
    for all.
    """
    target_of(order, Move.SPLIT, deed.actor, letter.writer_id)
    if letter.sealed:
        raise IllegalMoveError("routing.split.sealed")
    points = letter.judgement.points if letter.judgement else ()
    if len(points) < FEWEST or len(offices) != len(points):
        raise InvalidInputError("routing.split.points", field="offices", points=len(points))
    parts = parts_by(offices)
    if len(parts) < FEWEST:
        raise InvalidInputError("routing.split.offices", field="offices")
    orders, changes = split_up(deed, letter, order, parts, RoutedBy.CLERK, reason, limits)
    changes.inserts += [
        example_of(deed, letter, one, part.office_id, ExampleSource.CLERK)
        for one, part in zip(orders, parts, strict=True)
    ]
    changes.puts += [replace(letter, state=LetterState.ACCEPTED), orders[0]]
    changes.inserts += orders[1:]
    return changes


def split_up(
    deed: Deed, letter: Letter, order: WorkOrder, parts: Sequence[Part], by: RoutedBy, reason: str, limits: Limits
) -> tuple[list[WorkOrder], Changes]:
    """Return a work order for each part at its office, the given one first, and the changes without those orders.

    A work order that no office had yet is its letter's only one, so the numbers of the others follow it.
    """
    opened = [_part_of(letter, order, part, place) for place, part in enumerate(parts)]
    changes = write(
        deed,
        letter,
        "split",
        order=order,
        answer_due=instant_of(order.answer_due),
        parts=[[one.id, one.number, list(one.points)] for one in opened],
    )
    orders = []
    for one, part in zip(opened, parts, strict=True):
        at_office, moved = routed(deed, letter, one, RouteTo(part.office_id, by, reason, part.probability), limits)
        orders.append(at_office)
        changes += moved
    return orders, changes


def _part_of(letter: Letter, order: WorkOrder, part: Part, place: int) -> WorkOrder:
    points = letter.judgement.points if letter.judgement else ()
    return replace(
        order,
        id=new_id() if place else order.id,
        version=0 if place else order.version,
        number=f"{letter.number}-{place + 1}",
        point=named([points[one] for one in part.points]),
        points=part.points,
        share=Share.SUPPORT if place else Share.LEAD,
    )
