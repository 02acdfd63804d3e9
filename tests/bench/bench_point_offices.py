"""Measures the offices of points: letters of two matters, made of two sample letters that the judge never saw.

``python tests/bench/bench_point_offices.py``: needs nothing but the tree. The judge learns from one half of the sample
city's letters; two of the other half, of different offices, become one letter under the subject of the first, of both,
or of neither. The finder of points is left out: each point is known. Beside it stands what the whole letter's first
office is worth, and the share of the subject at 0, as shipped, and as in a letter.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from time import process_time

import numpy as np
from msgspec import Struct

from minxin.classifier.clauses import Clauses, with_clauses
from minxin.classifier.judge import Judge, Sample, train_judge
from minxin.classifier.points import offices as points_offices
from minxin.classifier.points.offices import with_offices
from minxin.core.judgement import Judgement, Point, PointKind, judged_text
from minxin.deploy.city import City, load_city
from minxin.deploy.settings import BUILTIN_CITY

LETTERS = 300
SEED = 5
CHARS = 300
TIMED = 60
SUBJECT = "关于小区的问题"
ALSO = "另外，"


class Made(Struct, frozen=True):
    """A made letter of two matters with the right office of each, and where each stands in the judged text."""

    subject: str
    body: str
    spans: tuple[tuple[int, int], tuple[int, int]]
    right: tuple[str, str]


class Score(Struct, frozen=True):
    """Over all points: the share right, the share sure, and the share right among those that are sure."""

    right: float
    sure: float
    precision: float
    gap: float


def main() -> None:
    """Print the table and the times."""
    city = load_city(BUILTIN_CITY)
    judge, unseen = _judge_and_rest(city)
    made = list(_made(unseen))
    print(f"{len(made)} letters of two matters, judge {judge.version}")
    print("way                        right  sure   right of sure  mean probability - right")
    _print("the whole letter's office", _whole(judge, made))
    shipped = points_offices.SUBJECT_SHARE
    for share in (0.0, shipped, 1.0):
        points_offices.SUBJECT_SHARE = share  # type: ignore[misc]
        _print(f"each point, subject {share:.1f}", _each(judge, made))
    points_offices.SUBJECT_SHARE = shipped  # type: ignore[misc]
    _measure_time(judge, Clauses({office.id: office.duties for office in city.offices}), unseen)


def _judge_and_rest(city: City) -> tuple[Judge, list[Sample]]:
    routable = {office.id: office for office in city.offices if office.routable}
    known = [one for one in city.samples() if one.office in routable]
    samples = [Sample(one.subject, one.body, one.office, one.kind, one.urgent, one.denounces) for one in known]
    random.Random(SEED).shuffle(samples)  # noqa: S311 - the same letters each time
    half = len(samples) // 2
    duties = {office.id: office.duties for office in routable.values()}
    return train_judge(samples[:half], duties, seed=1), samples[half:]


def _made(samples: list[Sample]) -> Iterator[Made]:
    choose = random.Random(SEED)  # noqa: S311 - the same letters each time
    for number in range(LETTERS):
        first, second = choose.sample(samples, 2)
        if first.office is None or second.office is None or first.office == second.office:
            continue
        subject = (first.subject, f"{first.subject}、{second.subject}", "反映两个问题")[number % 3]
        begin = len(subject) + 1
        cut = begin + len(first.body)
        body = f"{first.body}\n{ALSO}{second.body}"
        spans = ((begin, cut), (cut + 1, begin + len(body)))
        yield Made(subject, body, spans, (first.office, second.office))


def _points(one: Made) -> list[Point]:
    return [Point(start, end, "", PointKind.COMPLAINT) for start, end in one.spans]


def _each(judge: Judge, made: list[Made]) -> Score:
    outcomes = []
    for one in made:
        text = judged_text(one.subject, one.body)
        points = with_offices(_points(one), text, (), judge._rank, judge._routes_alone, confident=False)
        for point, right in zip(points, one.right, strict=True):
            best = point.candidates[0]
            outcomes.append((best.office_id == right, point.confident, best.probability))
    return _scored(outcomes)


def _whole(judge: Judge, made: list[Made]) -> Score:
    outcomes = []
    for one in made:
        judgement = judge.judge(one.subject, one.body)
        best = judgement.candidates[0]
        outcomes += [(best.office_id == right, judgement.confident, best.probability) for right in one.right]
    return _scored(outcomes)


def _scored(outcomes: list[tuple[bool, bool, float]]) -> Score:
    right, sure, chance = (np.array(column, dtype=float) for column in zip(*outcomes, strict=True))
    precision = float(right[sure > 0].mean()) if sure.any() else float("nan")
    return Score(float(right.mean()), float(sure.mean()), precision, float(chance.mean() - right.mean()))


def _print(way: str, score: Score) -> None:
    print(f"{way:25}  {score.right:.3f}  {score.sure:.3f}  {score.precision:.3f}          {score.gap:+.3f}")


def _measure_time(judge: Judge, clauses: Clauses, samples: list[Sample]) -> None:
    texts = [(sample.body * CHARS)[:CHARS] for sample in samples[:TIMED]]
    texts += [_listed(samples[start : start + 3]) for start in range(0, TIMED * 3, 3)]
    times: dict[int, list[float]] = {}
    for text in texts:
        begun = process_time()
        judgement: Judgement = with_clauses(judge.judge(SUBJECT, text), clauses, SUBJECT, text)
        times.setdefault(len(judgement.points), []).append((process_time() - begun) * 1e3)
    for count, taken in sorted(times.items()):
        p50, p95 = np.percentile(taken, [50, 95])
        print(
            f"{CHARS} characters, {count} points ({len(taken)} texts): p50 {p50:.2f} ms, p95 {p95:.2f} ms of processor"
        )
    begun = process_time()
    for sample in samples:
        clauses.nearest(sample.office or "", sample.body)
    print(f"nearest clause of one office: {(process_time() - begun) / len(samples) * 1e3:.3f} ms of processor")


def _listed(samples: list[Sample]) -> str:
    return "".join(f"{mark}、{sample.body[:95]}" for mark, sample in zip("一二三", samples, strict=True))


if __name__ == "__main__":
    sys.exit(main())
