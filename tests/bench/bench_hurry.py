"""What a hurry costs: judgements of letters heard in full and heard in a hurry, and the time that each takes.

usage: bench_hurry.py [MODELS FOLDER]

Three folds of the built-in city's samples, each letter judged as if unseen: how many offices are right, how many are
routed alone at a wished precision of 95 %, and how many of those are right. Time is the processor's, of one letter of
300 characters with its points.
"""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from time import process_time

# Before numpy is imported: its threads are made then.
os.environ["OMP_NUM_THREADS"] = "1"

import load  # noqa: F401 - it finds the tests' support
import numpy as np
from arrivals import letters
from bench_judge import _duties, _samples

from minxin.classifier.encoder.kept import KeptEncoder
from minxin.classifier.judge import Judge, Sample, train_judge
from minxin.deploy.city import load_city
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.vectors import encoder_at

FOLDS = 3
TIMED = 60
PRECISION = 0.95


def told(judge: Judge, encoder: KeptEncoder, letters: list[Sample], *, hurried: bool) -> list[tuple[bool, bool]]:
    """Return of each letter whether its office is right, and whether it would be routed alone."""
    found = []
    for letter in letters:
        encoder.hurry(hurried)
        judgement = judge.judge(letter.subject, letter.body)
        first = judgement.candidates[0]
        alone = judge.ranking.routes_alone(first.office_id, first.probability)
        found.append((first.office_id == letter.office, alone))
    encoder.hurry(False)
    return found


def milliseconds(judge: Judge, encoder: KeptEncoder, *, hurried: bool) -> float:
    """Return the processor's time for a letter that nobody read before."""
    fresh = list(islice(letters(int(hurried)), TIMED))
    begun = process_time()
    for subject, body in fresh:
        encoder.hurry(hurried)
        judge.judge(subject, body)
    encoder.hurry(False)
    return (process_time() - begun) / TIMED * 1e3


def main(models: Path) -> None:
    """Judge all folds both ways and print one line for each."""
    read = encoder_at(models, print)
    assert read is not None, "the extra [vectors] is not installed"
    city = load_city(BUILTIN_CITY)
    samples = [one for one in _samples(city) if one.office]
    dealt = np.random.default_rng(0).permutation(len(samples)) % FOLDS
    encoder = KeptEncoder(read)
    found: dict[bool, list[tuple[bool, bool]]] = {False: [], True: []}
    for fold in range(FOLDS):
        learnt = [one for one, at in zip(samples, dealt, strict=True) if at != fold]
        held = [one for one, at in zip(samples, dealt, strict=True) if at == fold]
        judge = train_judge(learnt, _duties(city), precision=PRECISION, encoder=encoder)
        for hurried in found:
            found[hurried] += told(judge, encoder, held, hurried=hurried)
    for hurried, rows in found.items():
        right, alone = np.array(rows).T
        took = milliseconds(judge, encoder, hurried=hurried)
        print(
            f"{'hurried' if hurried else 'in full'}: {right.mean():.3f} right, {alone.mean():.3f} alone,"
            f" {right[alone].mean():.3f} of those right, {took:.0f} ms a letter"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))
