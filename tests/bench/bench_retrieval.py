"""Measures searching on real questions: policy passages and a city's FAQ, four methods in one run.

``python tests/bench/bench_retrieval.py FOLDER [--vectors FILE]``: FOLDER holds ``ncpp`` and ``taipei_faq``. Needs the
extra ``[vectors]``. Reading everything takes a quarter of an hour on one core; FILE keeps the vectors.

* ncpp: a question, and the passage of its document that holds the answer's first 60 characters. A passage is searched
  with the beginning of its document beside it, as a passage of ours has its title; the baselines have the passage.
* taipei_faq: a question, and its answer's text alone.

Everything was chosen on questions whose ``split`` is ``train``; those of ``test`` are reported.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jieba
import numpy as np

from minxin.classifier.encoder.encoder import Encoder, Kind
from minxin.classifier.retrieval.entries import Entry
from minxin.classifier.retrieval.grams import MOST_CHARACTERS, folded, pairs
from minxin.classifier.retrieval.memory import Rows
from minxin.classifier.retrieval.reading import MOST_READ
from minxin.classifier.retrieval.searching import search
from minxin.classifier.retrieval.shelf import Shelf
from minxin.classifier.retrieval.vector_file import VectorFile
from minxin.deploy.vectors import encoder_at

TITLE_CHARS = 50
ANSWER_CHARS = 60
LISTED = 10

Ranked = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """A question with the ids of what answers it."""

    text: str
    right: frozenset[str]
    split: str


@dataclass(frozen=True)
class Collection:
    """What is searched: ids with texts, and the titles that some have."""

    name: str
    texts: dict[str, str]
    titles: dict[str, str]
    asked: list[Asked]


class PlainBm25:
    """BM25 over any pieces, k1 1.2 and b 0.75, as every search engine has it."""

    def __init__(self, texts: dict[str, str], cut: Callable[[str], Iterable[str]]) -> None:
        self._cut = cut
        self._held: dict[str, dict[str, int]] = defaultdict(dict)
        self._lengths = {}
        for name, text in texts.items():
            counts = Counter(cut(text))
            self._lengths[name] = sum(counts.values())
            for piece, count in counts.items():
                self._held[piece][name] = count
        self._usual = sum(self._lengths.values()) / len(texts)

    def __call__(self, question: str) -> Sequence[str]:
        scores: dict[str, float] = defaultdict(float)
        for piece in set(self._cut(question)):
            held = self._held.get(piece, {})
            weight = math.log(1 + (len(self._lengths) - len(held) + 0.5) / (len(held) + 0.5))
            for name, count in held.items():
                damping = 1.2 * (0.25 + 0.75 * self._lengths[name] / self._usual)
                scores[name] += weight * count * 2.2 / (count + damping)
        return sorted(scores, key=lambda name: -scores[name])[:LISTED]


class KeptVectors:
    """An encoder that reads every text once."""

    def __init__(self, encoder: Encoder, file: VectorFile) -> None:
        self._encoder = encoder
        self._file = file

    def __call__(self, texts: Sequence[str], kind: Kind = "query") -> Rows:
        return np.stack([self._one(text, kind) for text in texts])

    def _one(self, text: str, kind: Kind) -> Rows:
        key = f"{kind}: {text}"
        if self._file.get(key) is None:
            self._file.put(key, self._encoder([text], kind)[0])
        row = self._file.get(key)
        assert row is not None
        return row


def policies(folder: Path) -> Collection:
    """Return the passages of policy documents."""
    texts, documents, titles = {}, defaultdict(list), {}
    for line in (folder / "ncpp" / "passages.jsonl").open(encoding="utf-8"):
        passage = json.loads(line)
        name, document = str(passage["pid"]), passage["docid"]
        texts[name] = passage["text"]
        documents[document].append(name)
    for names in documents.values():
        titles |= dict.fromkeys(names[1:], texts[names[0]][:TITLE_CHARS])
    asked = []
    with (folder / "ncpp" / "questions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            answer = row["answer"][:ANSWER_CHARS]
            right = frozenset(name for name in documents[row["docid"]] if answer in texts[name])
            asked.append(Asked(row["question"], right, row["split"]))
    return Collection("policy passages", texts, titles, [one for one in asked if one.right])


def faq(folder: Path) -> Collection:
    """Return the answers of a city's FAQ; the same answer may stand under several ids."""
    texts, same = {}, defaultdict(set)
    for line in (folder / "taipei_faq" / "answers.jsonl").open(encoding="utf-8"):
        answer = json.loads(line)
        texts[answer["id"]] = answer["a_s"]
        same[folded(answer["a_s"])].add(answer["id"])
    asked = []
    for line in (folder / "taipei_faq" / "questions.jsonl").open(encoding="utf-8"):
        question = json.loads(line)
        right = frozenset(same[folded(texts[question["id"]])])
        asked.append(Asked(question["q_s"], right, question["split"]))
    return Collection("FAQ answers", texts, {}, asked)


def methods(collection: Collection, encoder: KeptVectors) -> dict[str, Ranked]:
    """Return the four methods over a collection."""
    plain = {name: folded(text) for name, text in collection.texts.items()}
    names = list(plain)
    rows = encoder([text[:MOST_READ].strip() for text in plain.values()], "passage")
    shelf = Shelf(encoder)
    for name, row in zip(names, rows, strict=True):
        heads = (collection.titles[name],) if name in collection.titles else ()
        shelf.put(Entry(id=name, kind="passage", heads=heads, body=collection.texts[name]))
        shelf.put_vectors(name, row[None])
    shelf.publish()

    def dense(question: str) -> Sequence[str]:
        near = rows @ encoder([folded(question, MOST_CHARACTERS)])[0]
        return [names[place] for place in np.argsort(-near, kind="stable")[:LISTED]]

    return {
        "BM25, character pairs": PlainBm25(plain, lambda text: pairs(folded(text))),
        "BM25, jieba words": PlainBm25(plain, lambda text: (word for word in jieba.cut(folded(text)) if word.strip())),
        "vectors alone": dense,
        "fused (ours)": lambda question: [one.id for one in search(shelf, question, LISTED)],
    }


def figures(ranked: Ranked, asked: Sequence[Asked]) -> tuple[float, float]:
    """Return hit@1 and MRR@10."""
    hits, reciprocal = 0, 0.0
    for one in asked:
        place = next((rank for rank, name in enumerate(ranked(one.text)) if name in one.right), None)
        hits += place == 0
        reciprocal += 0.0 if place is None else 1 / (place + 1)
    return hits / len(asked), reciprocal / len(asked)


def main() -> None:
    """Print a line for each collection, split and method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        encoder = encoder_at(Path(scratch), print)
        if encoder is None:
            raise SystemExit("the extra [vectors] is not installed")
        file = arguments.vectors or Path(scratch) / "vectors"
        kept = KeptVectors(encoder, VectorFile(file, encoder([], "passage").shape[1]))
        print(f"{'':16} {'split':6} {'n':>4}  {'method':22} hit@1  MRR@10")
        for collection in (policies(arguments.folder), faq(arguments.folder)):
            for name, ranked in methods(collection, kept).items():
                for split in ("train", "test"):
                    asked = [one for one in collection.asked if one.split == split]
                    hit, mrr = figures(ranked, asked)
                    print(f"{collection.name:16} {split:6} {len(asked):4}  {name:22} {hit:.3f}  {mrr:.3f}", flush=True)


if __name__ == "__main__":
    jieba.setLogLevel(30)
    main()
