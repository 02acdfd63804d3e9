"""Which office each point (诉求点) belongs to: a letter with several matters may need several offices.

A point is judged by its own text, because the other matters of the letter speak for other offices. The subject counts
as well, with less weight: it often names the place or the trade that the point leaves out, and as often another matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from minxin.core.judgement import Candidate, Evidence, Point

# Of a made letter with two matters, 0.52 of the points find their office by their text alone and 0.53 with the subject
# as in a letter; with this share of the subject 0.56 do, and the probabilities are nearest to what is right.
SUBJECT_SHARE: Final = 0.3
MOST_CANDIDATES: Final = 5
LEAST_SAID: Final = 8  # characters; a shorter point names no matter for sure
_LEAST_CHANCE: Final = 1e-6

Candidates = tuple[Candidate, ...]
Rank = Callable[[str, str, bool], Candidates]  # of a subject and a text; and whether the evidence is wanted


def with_offices(
    points: Sequence[Point],
    original: str,
    letter: Candidates,
    rank: Rank,
    sure: Callable[[Candidates], bool],
    *,
    confident: bool,
) -> tuple[Point, ...]:
    """Return the points of a judged text with the offices that may be competent for each.

    A single point takes the letter's first candidate and whether it is ``confident``; the others would be kept twice.
    ``rank`` judges a subject and a text as the letter was judged; ``sure`` says whether its first candidate is over the
    threshold.
    """
    if len(points) < 2:
        return tuple(replace(point, candidates=letter[:1], confident=confident) for point in points)
    subject = original.partition("\n")[0]
    return tuple(_with_own(point, original[point.start : point.end], subject, rank, sure) for point in points)


def _with_own(point: Point, text: str, subject: str, rank: Rank, sure: Callable[[Candidates], bool]) -> Point:
    alone = rank("", text, True)
    if not alone:
        return point
    candidates = _joined(alone, rank(subject, text, False) if subject.strip() else alone)
    shown = tuple(_moved(candidate, point.start - 1) for candidate in candidates)
    said = sum(map(str.isalnum, text))
    return replace(point, candidates=shown, confident=said >= LEAST_SAID and sure(shown))


def _joined(alone: Candidates, with_subject: Candidates) -> Candidates:
    """Return both rankings as one: a weighted geometric mean, what neither shows being one candidate more."""
    chances = [{one.office_id: one.probability for one in ranked} for ranked in (alone, with_subject)]
    rests = [max(_LEAST_CHANCE, 1.0 - sum(found.values())) for found in chances]
    known = {one.office_id: one for one in (*with_subject, *alone)}

    def mean(own: float, both: float) -> float:
        return float(max(_LEAST_CHANCE, own) ** (1.0 - SUBJECT_SHARE) * max(_LEAST_CHANCE, both) ** SUBJECT_SHARE)

    mixed = {
        office: mean(*(found.get(office, _unshown(found, rest)) for found, rest in zip(chances, rests, strict=True)))
        for office in known
    }
    total = sum(mixed.values()) + mean(*rests)
    ranked = sorted(mixed, key=lambda office: -mixed[office])[:MOST_CANDIDATES]
    evidence = {one.office_id: one.evidence for one in alone}
    return tuple(Candidate(one, mixed[one] / total, evidence.get(one, ())) for one in ranked)


def _unshown(found: dict[str, float], rest: float) -> float:
    """Return at most what an office can have that was not shown: no more than the last one, nor than what is left."""
    return min(*found.values(), rest)


def _moved(candidate: Candidate, by: int) -> Candidate:
    """Return the candidate with evidence counted from the beginning of the letter."""
    evidence = tuple(Evidence(one.start + by, one.end + by, one.text, one.weight) for one in candidate.evidence)
    return replace(candidate, evidence=evidence)
