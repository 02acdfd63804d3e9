"""Measures routing by matter, place and level: with the rules and without them.

``python tests/bench/bench_places.py [--replies REPLIES.csv]``. The self-written letters of ``tests/corpus/places`` are
judged by the judge of Binhai, which never saw them; ``held`` was kept aside while the rules were written. REPLIES.csv
has the columns ``no, subject, body, dept_weak``: whether a street office answers is told by the names of places alone,
by 5 folds of the plain model, and by both; the halves ``dev`` and ``held`` are told by the letter's number. Figures go
to stdout.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from msgspec import structs

from minxin.classifier.calibration import calibrate
from minxin.classifier.places.competence import MOST_CANDIDATES, OfficeArea, Offices, competent
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.classifier.places.matters import MatterFound, Matters
from minxin.classifier.places.placing import Atlas, placed
from minxin.classifier.places.scene import NOWHERE, Scene
from minxin.classifier.text import fold
from minxin.classifier.training import Example, unseen_scores
from minxin.classifier.words.advice import rules_only
from minxin.core.judgement import Candidate, judged_text
from minxin.core.places import Level, PlaceKind
from minxin.deploy.city import City, load_city
from minxin.deploy.judging import School
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.territory import Territory, load_territory

CORPUS = Path(__file__).parents[1] / "corpus" / "places"
PRECISION = 0.95
STREETS = "街道乡镇"
DEPARTMENT = "职能部门"
SOMEWHERE = Scene(("某区", "某街道"), "某处", (), True)
_OF_STREETS = frozenset({PlaceKind.VILLAGE, PlaceKind.COMMUNITY, PlaceKind.STREET})
_OF_DEPARTMENTS = frozenset({PlaceKind.SCHOOL, PlaceKind.COMPANY})
_STREET_SIZED = frozenset(
    {PlaceKind.ESTATE, PlaceKind.COMMUNITY, PlaceKind.VILLAGE, PlaceKind.STREET, PlaceKind.ROAD, PlaceKind.LANDMARK}
)


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replies", type=Path)
    args = parser.parse_args()
    city = load_city(BUILTIN_CITY)
    territory = load_territory(city)
    measure_corpus(city, territory)
    measure_samples(city, territory)
    measure_time(territory)
    if args.replies:
        measure_replies(args.replies, territory.matters)


def measure_corpus(city: City, territory: Territory) -> None:
    """Print how many of the self-written letters find their office, and its level."""
    atlas = Atlas(territory.gazetteer(), territory.matters, territory.offices)
    with TemporaryDirectory() as models:
        judge = School(city, Path(models), PRECISION, print).train()
    for part in ("dev", "held"):
        counts: Counter[str] = Counter()
        for line in (CORPUS / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
            letter = json.loads(line)
            topic = judge.judge(letter["subject"], letter["body"])
            whole = placed(topic, atlas, letter["subject"], letter["body"], letter["place"])
            counts["n"] += 1
            for name, judgement in (("topic", topic), ("rules", whole)):
                office = judgement.candidates[0].office_id
                level = territory.offices.level_of(office) is territory.offices.level_of(letter["office"])
                counts[f"{name} office"] += office == letter["office"]
                counts[f"{name} level"] += level
                counts[f"{name} alone"] += judgement.confident
                counts[f"{name} alone and right"] += judgement.confident and office == letter["office"]
        print(f"Binhai, {part}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def measure_samples(city: City, territory: Territory) -> None:
    """Print how many of the city's own sample letters find their office by 5 folds, beside the duties."""
    atlas = Atlas(territory.gazetteer(), territory.matters, territory.offices)
    samples = [sample for sample in city.samples() if not sample.denounces]
    examples = [Example(judged_text(one.subject, one.body), one.office) for one in samples]
    duties = {one.id: "\n".join((one.name, *one.duties)) for one in city.offices if one.routable}
    labels = sorted(duties)
    scores = unseen_scores(examples, duties).scores
    truth = np.array([labels.index(sample.office) for sample in samples])
    counts: Counter[str] = Counter()
    for sample, chances in zip(samples, calibrate(scores, truth).probabilities(scores), strict=True):
        best = np.argsort(-chances)[:MOST_CANDIDATES]
        candidates = tuple(Candidate(labels[one], float(chances[one])) for one in best)
        topic = structs.replace(rules_only("", ""), candidates=candidates, out_of_power=())
        whole = placed(topic, atlas, sample.subject, sample.body, sample.place)
        for name, judgement in (("topic", topic), ("rules", whole)):
            office = judgement.candidates[0].office_id
            street = territory.offices.level_of(sample.office) is Level.STREET
            counts[f"{name} office"] += office == sample.office
            counts[f"{name} street office"] += street and office == sample.office
            counts[f"{name} level"] += territory.offices.level_of(office) is territory.offices.level_of(sample.office)
    print(f"Binhai's samples, 5 folds: n {len(samples)}, " + ", ".join(f"{name} {one}" for name, one in counts.items()))


def measure_time(territory: Territory) -> None:
    """Print the time for the places and the rule of one letter."""
    gazetteer = territory.gazetteer()
    letter = "望洲区阳光花园的业委会三年没有公布账目，翠湖小区旁边的长风路也没有人打扫，请学府街道来看看。" * 7
    for name, text in (("300 characters", letter[:300]), ("100,000 characters", letter * 320)):
        times = []
        for _ in range(50):
            start = perf_counter()
            find_places(gazetteer, "反映小区的问题", text)
            territory.matters.found(fold(text).text)
            times.append((perf_counter() - start) * 1e3)
        print(f"places and matter of {name}: p50 {np.median(times):.2f} ms, p99 {np.percentile(times, 99):.2f} ms")


def measure_replies(path: Path, matters: Matters) -> None:
    """Print how often it is told rightly whether a street office or a department answers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["dept_weak"]]
    labels = (DEPARTMENT, STREETS)
    truth = np.array([int(row["dept_weak"] == STREETS) for row in rows])
    examples = [
        Example(judged_text(row["subject"], row["body"]), labels[number])
        for row, number in zip(rows, truth, strict=True)
    ]
    unseen = unseen_scores(examples, {})
    chances = calibrate(unseen.scores, truth).probabilities(unseen.scores)
    columns = sorted(labels)
    counts: Counter[str] = Counter()
    for row, chance in zip(rows, chances.tolist(), strict=True):
        part = "dev" if hashlib.sha256(row["no"].encode()).digest()[0] % 2 == 0 else "held"
        _count(counts, part, row, dict(zip(columns, chance, strict=True)), matters)
    for part in ("dev", "held"):
        print(f"replies, {part}: " + ", ".join(f"{name} {counts[part, name]}" for at, name in counts if at == part))


def _count(
    counts: Counter[tuple[str, str]], part: str, row: dict[str, str], chances: dict[str, float], matters: Matters
) -> None:
    """Count what is right by each way: nothing known, names alone, the folds' model, and the model under the rules."""
    truth = STREETS if row["dept_weak"] == STREETS else DEPARTMENT
    found = matters.found(fold(judged_text(row["subject"], row["body"])).text)
    kinds = {place.kind for place in find_places(Gazetteer(), row["subject"], row["body"])}
    by_names = STREETS if kinds & _OF_STREETS and not kinds & _OF_DEPARTMENTS else DEPARTMENT
    answers = {
        "always a department": DEPARTMENT,
        "names alone": by_names,
        "model": max(chances, key=lambda label: chances[label]),
        "model and rules": _by_rules(chances, found, kinds),
    }
    counts[part, "n"] += 1
    for name, answer in answers.items():
        counts[part, name] += answer == truth
        counts[part, f"{name}, streets found"] += answer == truth == STREETS


def _by_rules(chances: dict[str, float], found: MatterFound | None, kinds: set[PlaceKind]) -> str:
    """Return the level after the rules of Binhai, where there is one department and any place is in one street."""
    offices = Offices([OfficeArea(STREETS, Level.STREET, SOMEWHERE.area, STREETS, STREETS)])
    matter = None
    if found:
        office = DEPARTMENT if found.matter.office else ""
        matter = structs.replace(found.matter, taken_from=(DEPARTMENT,), office=office)
    scene = SOMEWHERE if kinds & _STREET_SIZED else NOWHERE
    candidates = [Candidate(label, chance) for label, chance in chances.items()]
    return competent(candidates, matter, scene, offices).candidates[0].office_id


if __name__ == "__main__":
    main()
