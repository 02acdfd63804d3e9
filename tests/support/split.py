"""A letter of two matters at two offices."""

from __future__ import annotations

from msgspec.structs import replace
from support.office import judgement

from minxin.consult.records import Letter
from minxin.core.judgement import Candidate, Evidence, Judgement, Point, PointKind, judged_text

SUBJECT = "反映小区两个问题"
LAMPS = "小区门口的路灯坏了一个星期没人修"
FEES = "物业公司乱收停车费，请查处"
TEXT = f"您好。一、{LAMPS}。二、{FEES}。"


def point(office: str, words: str, text: str, *, confident: bool = True, chance: float = 0.96) -> Point:
    """Return the point that these words of the text are, at an office because of its first two characters."""
    start = text.index(words)
    evidence = (Evidence(start, start + 2, words[:2], 1.0),)
    others = (Candidate("roads", 0.02),)
    return Point(
        start,
        start + len(words),
        words[:12],
        PointKind.COMPLAINT,
        (Candidate(office, chance, evidence, f"负责{words[:4]}"), *others),
        confident,
    )


def two_points(
    letter: Letter, first: str = "water", second: str = "homes", *, sure: tuple[bool, bool] = (True, True)
) -> tuple[Point, ...]:
    """Return the two points of a letter with :data:`TEXT`."""
    text = judged_text(letter.subject, letter.text)
    return (
        point(first, LAMPS, text, confident=sure[0]),
        point(second, FEES, text, confident=sure[1], chance=0.97),
    )


def of_two_matters(
    letter: Letter,
    first: str = "water",
    second: str = "homes",
    *,
    sure: tuple[bool, bool] = (True, True),
    **changed: object,
) -> Judgement:
    """Return a judgement of a letter with :data:`TEXT`, unsure of the letter as a whole."""
    points = two_points(letter, first, second, sure=sure)
    return replace(judgement(first, confident=False, points=points), **changed)
