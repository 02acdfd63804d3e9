"""Measures the finders of abuse on labelled posts, and how many real letters they would hold.

``python tests/bench/bench_abuse.py POSTS LETTERS.csv``: POSTS is the folder of COLD (``train.csv``, ``dev.csv`` with
TEXT and label), LETTERS.csv the letters of ``teddy2020c`` (split, subject, body). The model learns from both train
splits and chooses its line there; ``dev`` and ``test`` are only scored. Beside it: the turns of phrase alone, which
learnt nothing, both together as the service has them, and the plain baseline, logistic regression over characters and
pairs of them, posts alone.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_fscore_support

from minxin.classifier.abuse.finding import AbuseFinder
from minxin.classifier.abuse.model import train_abuse
from minxin.classifier.abuse.words import AbusiveWords

Says = Callable[[Sequence[str]], list[bool]]
Posts = list[tuple[str, bool]]

_LETTER_CHARS = 300


def main(arguments: list[str]) -> None:
    """Print the table and the time of one post."""
    if len(arguments) != 2 or not all(Path(one).exists() for one in arguments):
        sys.exit(__doc__)
    folder, letters_file = Path(arguments[0]), Path(arguments[1])
    train, dev = (_posts(folder / f"{split}.csv") for split in ("train", "dev"))
    learnt_letters, new_letters = (_letters(letters_file, split) for split in ("train", "test"))
    begun = perf_counter()
    model, proof = train_abuse(train, learnt_letters)
    took = perf_counter() - begun
    plain = _plain([text for text, _ in train], [offends for _, offends in train])
    words, both = AbusiveWords(), AbuseFinder(model)
    ways: dict[str, Says] = {
        "characters 1-2 + LR": plain,
        "turns of phrase": lambda texts: [bool(words.find(text)) for text in texts],
        "learnt": lambda texts: [bool(model.find(text)) for text in texts],
        "both": lambda texts: [bool(both.find(text)) for text in texts],
    }
    print(f"{len(train)} posts and {len(learnt_letters)} letters learnt in {took:.0f} s")
    print(f"the card says of new ones: macro F1 {proof.macro_f1:.3f}, letters held {proof.flagged:.2%}")
    print("way                   macro F1  precision  recall   letters held")
    for name, says in ways.items():
        _print_row(name, says, dev, new_letters)
    finders = {"turns of phrase": words.find, "learnt": model.find, "both": both.find}
    _print_time("post", [text for text, _ in dev], finders)
    _print_time("letter", [letter[:_LETTER_CHARS] for letter in new_letters], finders)


def _print_row(name: str, says: Says, posts: Posts, letters: Sequence[str]) -> None:
    truth, said = [offends for _, offends in posts], says([text for text, _ in posts])
    precision, recall, _, _ = precision_recall_fscore_support(truth, said, average="binary")
    macro = f1_score(truth, said, average="macro")
    print(f"{name:20}  {macro:.3f}     {precision:.3f}      {recall:.3f}    {np.mean(says(letters)):.2%}")


def _print_time(kind: str, texts: Sequence[str], finders: dict[str, Callable[[str], object]]) -> None:
    for name, find in finders.items():
        times = []
        for text in texts[:1000]:
            begun = perf_counter()
            find(text)
            times.append((perf_counter() - begun) * 1e3)
        p50, p99 = np.percentile(times, [50, 99])
        print(f"{name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms a {kind}")


def _plain(texts: Sequence[str], offends: Sequence[bool]) -> Says:
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2)
    model = LogisticRegression(max_iter=1_000).fit(vectors.fit_transform(texts), offends)
    return lambda asked: model.predict(vectors.transform(asked)).tolist()


def _posts(path: Path) -> Posts:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["TEXT"], row["label"] == "1") for row in csv.DictReader(file)]


def _letters(path: Path, split: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [f"{row['subject']}\n{row['body']}" for row in csv.DictReader(file) if row["split"] == split]


if __name__ == "__main__":
    main(sys.argv[1:])
