"""Measures who is competent for a question of a city's FAQ (常见问题): 20 bureaus, the question's text only, 5 folds.

``python tests/bench/bench_faq_offices.py FOLDER [--errors N]``: FOLDER holds ``questions.jsonl`` (``id, q_s, agency,
split``) and ``answers.jsonl`` (``id, a_s, agency``). Needs the extra ``[vectors]``. A bureau is the first five digits
of an agency's number; those with ten questions or more are taken.

In each fold a bureau is known by the questions of the other folds, their answers, the answers that belong to no
question, and its duties (``tests/corpus/bureaus``, written by hand). The weights of the voices are fixed; they were
chosen on questions whose ``split`` is ``train``, so that figures of ``test`` stand apart.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from minxin.classifier.encoder.encoder import Encoder, Kind
from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.vectors import learn_background
from minxin.classifier.linear import Settings
from minxin.classifier.neardup import deal_into_folds, near_duplicate_groups
from minxin.classifier.text import fold
from minxin.classifier.training import Example, train
from minxin.deploy.vectors import encoder_at

DUTIES = Path(__file__).parents[1] / "corpus" / "bureaus" / "taipei.json"
FEWEST_QUESTIONS = 10
FOLDS = 5
DEALS = 2  # how often the questions are dealt into folds; figures are means
ANSWER_CHARS = 600
ANSWER_WEIGHT, DUTY_WEIGHT = 0.5, 3.0
BLEND = {"linear": 1.0, "vectors": 1.0, "duties": 0.5, "answers": 0.25}
NEAREST_ANSWERS = 10
_LEAST_SHARE = 0.01
_SHARPNESS = 20.0  # how fast an answer's weight falls with its distance

Scores = NDArray[np.float64]
Folds = Iterator[tuple[NDArray[Any], NDArray[Any]]]


@dataclass(frozen=True)
class Texts:
    """Texts with the bureau of each, and their vectors, each kind seen from its own middle."""

    texts: list[str]
    bureaus: NDArray[Any]
    vectors: NDArray[np.float32]

    def __getitem__(self, chosen: Any) -> Texts:
        return Texts([self.texts[index] for index in chosen], self.bureaus[chosen], self.vectors[chosen])

    def centred(self, middle: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Return unit rows from the given middle, or from the middle of these texts."""
        rows = self.vectors - (self.vectors.mean(axis=0) if middle is None else middle)
        result: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return result


class Memory:
    """An encoder that reads no text twice: each stands in four of five folds."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for text in texts:
            if text not in self._kept:
                self._kept[text] = self._encoder([text])[0]
        return np.stack([self._kept[text] for text in texts])


@dataclass(frozen=True)
class Faq:
    """All questions and answers; ``answered`` is the question of each answer, ``held`` marks the questions of test."""

    ids: list[str]
    questions: Texts
    held: NDArray[np.bool_]
    answered: list[str]
    answers: Texts
    duties: Texts
    bureaus: tuple[str, ...]
    memory: Memory


@dataclass(frozen=True)
class Known:
    """What is known of the bureaus in one fold."""

    questions: Texts
    answers: Texts
    duties: Texts
    bureaus: tuple[str, ...]
    memory: Memory


Voice = Callable[[Known, Texts], Scores]


def main() -> None:
    """Print the table, for both ways of dealing questions into folds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="print so many errors of the blend")
    args = parser.parse_args()
    if not (args.folder / "questions.jsonl").is_file():
        raise SystemExit(f"not there: {args.folder / 'questions.jsonl'}")
    with tempfile.TemporaryDirectory() as models:
        encoder = encoder_at(Path(models), print)
    if encoder is None:
        raise SystemExit("the extra [vectors] is not installed")
    faq = read(args.folder, encoder)
    many = f"{len(faq.ids)} questions, {len(faq.answers.texts)} answers, {len(faq.bureaus)} bureaus"
    print(f"{many}; questions of test: {faq.held.sum()}")
    for dealt, deal in (("by chance", by_chance), ("near-duplicates together", together)):
        print(f"\nquestions dealt into folds {dealt}, {DEALS} times")
        said = [judged(faq, deal(faq.questions, seed)) for seed in range(DEALS)]
        for voice in said[0]:
            scores = [one[voice] for one in said]
            print(f"{voice:10}", figures(scores, faq), "| test rows", figures(scores, faq, faq.held), flush=True)
    show_errors(said[0]["blend"], faq, args.errors)


def read(folder: Path, encoder: Encoder) -> Faq:
    """Read the questions of the bureaus that have enough of them, and all that is known of these bureaus."""
    rows = _lines(folder / "questions.jsonl")
    many = Counter(row["agency"][:5] for row in rows if row["agency"])
    rows = [row for row in rows if many[row["agency"][:5]] >= FEWEST_QUESTIONS]
    bureaus = [row["agency"][:5] for row in rows]
    answers = [row for row in _lines(folder / "answers.jsonl") if row["agency"][:5] in bureaus]
    clauses = [(clause, name) for name, said in json.loads(DUTIES.read_bytes()).items() for clause in said]

    def texts(pairs: Sequence[tuple[str, str]], kind: Kind) -> Texts:
        read = [text for text, _ in pairs]
        return Texts(read, np.array([bureau for _, bureau in pairs], dtype=object), encoder(read, kind))

    return Faq(
        ids=[row["id"] for row in rows],
        questions=texts([(row["q_s"], bureau) for row, bureau in zip(rows, bureaus, strict=True)], "query"),
        held=np.array([row["split"] == "test" for row in rows]),
        answered=[row["id"] for row in answers],
        answers=texts([(row["a_s"][:ANSWER_CHARS], row["agency"][:5]) for row in answers], "passage"),
        duties=texts(clauses, "passage"),
        bureaus=tuple(sorted(set(bureaus))),
        memory=Memory(encoder),
    )


def by_chance(questions: Texts, seed: int) -> Folds:
    """Deal each bureau's questions evenly, whatever they resemble."""
    dealer = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return iter(dealer.split(questions.texts, questions.bureaus))


def together(questions: Texts, seed: int) -> Folds:
    """Deal as the judge's own cross-validation does: questions on one activity share rare n-grams and stay together."""
    groups = near_duplicate_groups([fold(text).text for text in questions.texts])
    fold_of = deal_into_folds(questions.bureaus.tolist(), groups, FOLDS, seed)
    for number in range(FOLDS):
        yield np.flatnonzero(fold_of != number), np.flatnonzero(fold_of == number)


def judged(faq: Faq, folds: Folds) -> dict[str, Scores]:
    """Return what each voice says of every question, and the blend, when it has not seen the question or its answer."""
    said = {name: np.zeros((len(faq.ids), len(faq.bureaus))) for name in (*VOICES, "blend")}
    for learnt, asked in folds:
        hidden = {faq.ids[index] for index in asked}
        kept = [index for index, question in enumerate(faq.answered) if question not in hidden]
        known = Known(faq.questions[learnt], faq.answers[kept], faq.duties, faq.bureaus, faq.memory)
        for name, voice in VOICES.items():
            said[name][asked] = _even(voice(known, faq.questions[asked]))
    said["blend"] = sum((weight * said[name] for name, weight in BLEND.items()), said["blend"])
    return said


def plain(known: Known, asked: Texts) -> Scores:
    """The baseline: TF-IDF of characters 1 to 3 and a linear support vector machine, of questions alone."""
    cut = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    model = LinearSVC().fit(cut.fit_transform(known.questions.texts), known.questions.bureaus)
    result: Scores = model.decision_function(cut.transform(asked.texts))
    return result


def plain_vectors(known: Known, asked: Texts) -> Scores:
    """The other baseline: frozen vectors of questions alone."""
    model = LinearSVC().fit(known.questions.centred(), known.questions.bureaus)
    result: Scores = model.decision_function(asked.centred(known.questions.vectors.mean(axis=0)))
    return result


def linear(known: Known, asked: Texts) -> Scores:
    """The judge's linear model, of questions, answers and duties."""
    examples = [
        Example("\n" + text, bureau, weight)
        for texts, weight in ((known.questions, 1.0), (known.answers, ANSWER_WEIGHT))
        for text, bureau in zip(texts.texts, texts.bureaus, strict=True)
    ]
    # Two folds inside: only the scale of the scores comes from them.
    model = train(examples, {name: "\n".join(clauses) for name, clauses in _by_bureau(known).items()}, settings=FAST)
    features = [model.features("\n" + fold(text).text) for text in asked.texts]
    return np.stack([one.values @ model.weights[one.columns] + model.intercepts for one in features])


def vectors(known: Known, asked: Texts) -> Scores:
    """Lines over vectors, of questions, answers and duties."""
    parts = ((known.questions, 1.0), (known.answers, ANSWER_WEIGHT), (known.duties, DUTY_WEIGHT))
    model = LinearSVC().fit(
        np.concatenate([texts.centred() for texts, _ in parts]),
        np.concatenate([texts.bureaus for texts, _ in parts]),
        sample_weight=np.concatenate([np.full(len(texts.texts), weight) for texts, weight in parts]),
    )
    result: Scores = model.decision_function(asked.centred(known.questions.vectors.mean(axis=0)))
    return result


def duties(known: Known, asked: Texts) -> Scores:
    """The cold start: the duty clauses nearest to the question; questions are read without their bureaus."""
    letters = ["\n" + text for text in known.questions.texts]
    background = learn_background([*letters, *("\n" + text for text in known.answers.texts)])
    cold = ColdStart(_by_bureau(known), background, letters, known.memory)
    return np.stack([cold.scores("\n" + text, background.vector("\n" + text)) for text in asked.texts])


def answers(known: Known, asked: Texts) -> Scores:
    """The answers nearest to the question; each speaks for its bureau, the nearest loudest."""
    near = asked.centred(known.questions.vectors.mean(axis=0)) @ known.answers.centred().T
    nearest = np.argsort(-near, axis=1)[:, :NEAREST_ANSWERS]
    weights = np.exp(_SHARPNESS * (np.take_along_axis(near, nearest, axis=1) - near.max(axis=1, keepdims=True)))
    bureaus = known.answers.bureaus[nearest]
    shares = np.stack([(weights * (bureaus == name)).sum(axis=1) for name in known.bureaus], axis=1)
    result: Scores = np.log(shares / shares.sum(axis=1, keepdims=True) + _LEAST_SHARE)
    return result


VOICES: dict[str, Voice] = {
    "plain": plain,
    "plain e5": plain_vectors,
    "linear": linear,
    "vectors": vectors,
    "duties": duties,
    "answers": answers,
}
FAST = Settings(folds=2)


def figures(deals: Sequence[Scores], faq: Faq, mask: Any = slice(None)) -> str:
    """Return accuracy, and how often the right bureau is among the first two and three."""
    right = np.concatenate([ranked(scores, faq)[mask] == faq.questions.bureaus[mask][:, None] for scores in deals])
    return "  ".join(f"top-{many} {right[:, :many].any(axis=1).mean():.4f}" for many in (1, 2, 3))


def ranked(scores: Scores, faq: Faq) -> NDArray[Any]:
    """Return the bureaus for each question, the best first."""
    result: NDArray[Any] = np.array(faq.bureaus, dtype=object)[np.argsort(-scores, axis=1)]
    return result


def show_errors(scores: Scores, faq: Faq, many: int) -> None:
    """Print some questions that went to another bureau, evenly drawn."""
    best = ranked(scores, faq)[:, 0]
    wrong = np.flatnonzero(best != faq.questions.bureaus)
    for index in wrong[:: max(1, len(wrong) // many)][:many] if many else ():
        print(faq.questions.bureaus[index], "judged", best[index], faq.questions.texts[index][:80])


def _by_bureau(known: Known) -> dict[str, list[str]]:
    pairs = list(zip(known.duties.texts, known.duties.bureaus, strict=True))
    return {name: [text for text, bureau in pairs if bureau == name] for name in known.bureaus}


def _even(scores: Scores) -> Scores:
    """Return scores whose mean is zero for each question and whose deviation over all is one."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    result: Scores = centred / centred.std()
    return result


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
