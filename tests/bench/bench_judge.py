"""Measures the judge without vectors: time for one letter with points, evidence and rules, load, and memory.

``python tests/bench/bench_judge.py [LETTERS.csv]``: trains on the built-in city once, keeps the judge in a temporary
folder and measures a fresh process that loads it. Letters are those of LETTERS.csv (subject, body) of about 300
characters, or else the city's own put together to that length. One thread, its processor time, the best of five turns:
what else the machine does counts for little, yet run it on an idle one.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, thread_time

# Before numpy is imported: its threads are made then.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from minxin.classifier.judge import Sample, load_judge, train_judge
from minxin.classifier.points.finding import find_points
from minxin.classifier.words.advice import rules_only
from minxin.deploy.city import City, load_city
from minxin.deploy.settings import BUILTIN_CITY

CHARS = range(270, 331)
MOST_LETTERS = 300
ROUNDS = 5
PRECISION = 0.97


def main(arguments: list[str]) -> None:
    """Train, and let a process of its own measure."""
    city = load_city(BUILTIN_CITY)
    with TemporaryDirectory() as folder:
        begun = perf_counter()
        train_judge(_samples(city), _duties(city), precision=PRECISION).save(Path(folder))
        print(f"trained in {perf_counter() - begun:.1f} s", flush=True)
        subprocess.run([sys.executable, __file__, "--measure", folder, *arguments], check=True)


def _measure(folder: Path, arguments: list[str]) -> None:
    city = load_city(BUILTIN_CITY)
    letters = _letters(city, arguments)
    begun = perf_counter()
    judge = load_judge(folder, _samples(city), _duties(city), precision=PRECISION)
    print(f"loaded in {perf_counter() - begun:.2f} s")
    for name, judged in (("judge", judge.judge), ("of it points", find_points), ("of it rules alone", rules_only)):
        times = np.empty((ROUNDS, len(letters)))
        for turn in range(ROUNDS):
            for number, (subject, body) in enumerate(letters):
                start = thread_time()
                judged(subject, body)
                times[turn, number] = (thread_time() - start) * 1e3
        p50, p95, p99 = np.percentile(times.min(axis=0), [50, 95, 99])
        print(f"{name}: {len(letters)} letters, p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def _letters(city: City, arguments: list[str]) -> list[tuple[str, str]]:
    if arguments and Path(arguments[0]).is_file():
        with Path(arguments[0]).open(encoding="utf-8", newline="") as file:
            rows = [(row["subject"], row["body"]) for row in csv.DictReader(file)]
        return [row for row in rows if len(row[0]) + len(row[1]) in CHARS][:MOST_LETTERS]
    samples = city.samples()
    bodies = [sample.body for sample in samples]
    subjects = [sample.subject for sample in samples[:MOST_LETTERS]]
    return [(subject, "".join(bodies[number : number + 9])[:280]) for number, subject in enumerate(subjects)]


def _samples(city: City) -> list[Sample]:
    routable = _duties(city)
    return [
        Sample(
            one.subject, one.body, one.office if one.office in routable else None, one.kind, one.urgent, one.denounces
        )
        for one in city.samples()
    ]


def _duties(city: City) -> dict[str, tuple[str, ...]]:
    return {office.id: (office.name, *office.duties) for office in city.offices if office.routable}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        _measure(Path(sys.argv[2]), sys.argv[3:])
    else:
        main(sys.argv[1:])
