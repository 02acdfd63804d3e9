"""The points of a letter as staff read them (诉求点): marked in its text, each with the offices that it may concern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from minxin.consult.access import Beside, Case
from minxin.consult.deadlines import Due
from minxin.consult.parts import Part, suggested_parts
from minxin.consult.records import Letter, Office, OrderState, Share, WorkOrder
from minxin.consult.splitting import FEWEST
from minxin.core.judgement import Point, PointKind
from minxin.webui.views.advice import Piece, pieces
from minxin.webui.views.desk_advice import Choice, choices_of, inside

FIRM_PERCENT: Final = 50


class Stretch(Struct, frozen=True):
    """A piece of the letter's text: of the point with this number, or of none (0). Marked is what decided its office.

    ``mine`` says that the work order on the page answers it.
    """

    number: int
    mine: bool
    pieces: tuple[Piece, ...]


class PointView(Struct, frozen=True):
    """One point with the offices that it may concern; ``office`` is the one that has it, empty while none does."""

    number: int
    kind: PointKind
    title: str
    mine: bool
    office: str
    choices: tuple[Choice, ...]


class OtherOrder(Struct, frozen=True):
    """Another work order of the letter; ``order_id`` is empty when the reader may not open it."""

    order_id: str
    number: str
    share: Share
    office: str
    state: OrderState
    matter: str
    due: Due | None


class SuggestedPart(Struct, frozen=True):
    """What one office gets if the letter is split up as its points suggest."""

    office: Office
    percent: int
    numbers: tuple[int, ...]


class Suggestion(Struct, frozen=True):
    """A split that the points suggest; ``value`` is what its button sends.

    It is ``firm`` when every part is more likely right than wrong.
    """

    parts: tuple[SuggestedPart, ...]
    value: str
    firm: bool


def stretches(letter: Letter, order: WorkOrder) -> tuple[Stretch, ...]:
    """Return the letter's text cut at its points, none for a letter with a single one."""
    points = _points(letter)
    if len(points) < FEWEST:
        return ()
    return tuple(_cut(letter, points, order))


def points_view(
    case: Case, order: WorkOrder, offices: Mapping[str, Office], names: Mapping[str, str]
) -> tuple[PointView, ...]:
    """Return the points of a letter, with what the judge says of each when there are several."""
    points = _points(case.letter)
    several = len(points) >= FEWEST
    return tuple(
        PointView(
            number=place + 1,
            kind=point.kind,
            title=point.title,
            mine=several and _answers(order, place),
            office=names.get(_office_of(case, place) or "", ""),
            choices=choices_of(point.candidates, offices) if several else (),
        )
        for place, point in enumerate(points)
    )


def others_view(case: Case, order: WorkOrder, names: Mapping[str, str]) -> tuple[OtherOrder, ...]:
    """Return the letter's other work orders, by their numbers."""
    mine = {one.id for one in case.orders}
    every: list[WorkOrder | Beside] = [*case.orders, *case.beside]
    return tuple(
        OtherOrder(
            order_id=one.id if one.id in mine else "",
            number=one.number,
            share=one.share,
            office=names.get(one.office_id or "", ""),
            state=one.state,
            matter=one.point,
            due=one.answer_due,
        )
        for one in sorted(every, key=lambda one: (len(one.number), one.number))
        if one.id != order.id
    )


def suggestion_of(letter: Letter, offices: Mapping[str, Office]) -> Suggestion | None:
    """Return the split that the points suggest, None when they are one office's or some office is not known."""
    parts = suggested_parts(letter.judgement)
    if not parts or any(part.office_id not in offices for part in parts):
        return None
    shown = tuple(_suggested(part, offices) for part in parts)
    return Suggestion(shown, ",".join(_by_point(parts)), all(part.percent > FIRM_PERCENT for part in shown))


def firsts(letter: Letter) -> tuple[str, ...]:
    """Return for each point of a letter with several the office that it seems to concern most, or nothing."""
    points = _points(letter)
    found = (point.candidates[0].office_id if point.candidates else "" for point in points)
    return tuple(found) if len(points) >= FEWEST else ()


def _suggested(part: Part, offices: Mapping[str, Office]) -> SuggestedPart:
    percent = round((part.probability or 0.0) * 100)
    return SuggestedPart(offices[part.office_id], percent, tuple(place + 1 for place in part.points))


def _by_point(parts: Sequence[Part]) -> list[str]:
    found = {place: part.office_id for part in parts for place in part.points}
    return [found[place] for place in sorted(found)]


def _points(letter: Letter) -> tuple[Point, ...]:
    return letter.judgement.points if letter.judgement else ()


def _answers(order: WorkOrder | Beside, place: int) -> bool:
    return order.share is Share.WHOLE or place in order.points


def _office_of(case: Case, place: int) -> str | None:
    every: list[WorkOrder | Beside] = [*case.orders, *case.beside]
    return next((one.office_id for one in every if _answers(one, place)), None)


def _cut(letter: Letter, points: Sequence[Point], order: WorkOrder) -> Iterator[Stretch]:
    offset, done = len(letter.subject) + 1, 0
    for place, point in enumerate(points):
        start, end = max(done, point.start - offset), min(len(letter.text), point.end - offset)
        if start >= end:
            continue
        if done < start:
            yield Stretch(0, False, (Piece(letter.text[done:start], marked=False),))
        evidence = point.candidates[0].evidence if point.candidates else ()
        text = letter.text[start:end]
        yield Stretch(place + 1, _answers(order, place), pieces(text, inside(evidence, offset + start, len(text))))
        done = end
    if done < len(letter.text):
        yield Stretch(0, False, (Piece(letter.text[done:], marked=False),))
