"""One letter in, one judgement out: the office, the kind, the urgency, whether an office is denounced, and why."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from minxin.classifier.alarm import NO, YES, raises, train_alarm
from minxin.classifier.evidence import evidence, evidence_at, occurrences
from minxin.classifier.linear import Model, load_model
from minxin.classifier.ngrams import Features
from minxin.classifier.points.finding import points_of
from minxin.classifier.rules import KINDS, danger, denunciation, kind_scores
from minxin.classifier.text import Folded, fold
from minxin.classifier.training import Example, train
from minxin.core.errors import InvalidInputError
from minxin.core.judgement import Candidate, Evidence, Judgement, Kind, Urgency, judged_text

DEFAULT_PRECISION = 0.95
MOST_CANDIDATES = 5

_EXPLAINED_CANDIDATES = 3
_LEAST_KNOWN = 12  # n-grams; a vector of few has length one all the same, and its probability means little


class Sample(Struct, frozen=True):
    """A letter and what a person said of it; None means that nobody did, and teaches nothing.

    A sealed letter that no routable office answers still teaches its kind and what a denunciation sounds like.
    """

    subject: str
    body: str
    office: str | None
    kind: Kind | None = None
    urgent: bool | None = None
    denounces: bool | None = None
    weight: float = 1.0


class Models(Struct, frozen=True):
    """What a judge has learnt; only the offices are needed, the word rules stand in for the rest."""

    offices: Model
    kinds: Model | None = None
    urgency: Model | None = None
    denunciation: Model | None = None


class Judge:
    """Judges letters with the learnt models and the word rules; holds no state of letters."""

    def __init__(self, models: Models, *, precision: float = DEFAULT_PRECISION) -> None:
        """``precision`` is the wished share of right offices among confident judgements, over 0 and under 1.

        Raises :class:`InvalidInputError` for another value.
        """
        if not 0.0 < precision < 1.0:
            raise InvalidInputError("classifier.precision.range", precision=precision)
        self.models = models
        self.version = _joint_version(models)
        self.precision = precision
        self.threshold = models.offices.record.threshold(precision)
        self._kind_columns = [KINDS.index(Kind(label)) for label in models.kinds.labels] if models.kinds else []

    def judge(self, subject: str, body: str) -> Judgement:
        """Return the advice on one letter; any text is judged, even an empty one, and only its beginning if long."""
        original = judged_text(subject, body)
        folded = fold(original)
        features = self.models.offices.features(folded.text)
        candidates = self._candidates(original, folded, features)
        kind, kind_probability = self._kind(folded)
        dangers = self._dangers(original, folded)
        return Judgement(
            candidates=candidates,
            kind=kind,
            kind_probability=kind_probability,
            urgency=Urgency.NORMAL if dangers is None else Urgency.URGENT,
            urgency_evidence=dangers or (),
            denounces=self._denounces(folded),
            confident=candidates[0].probability >= self.threshold and len(features.columns) >= _LEAST_KNOWN,
            model=self.version,
            points=points_of(original, folded),
        )

    def judge_many(self, letters: Iterable[tuple[str, str]]) -> list[Judgement]:
        """Judge pairs of subject and body, in order."""
        return [self.judge(subject, body) for subject, body in letters]

    def save(self, folder: Path) -> None:
        """Write both models below ``folder``; :func:`load_judge` reads them.

        The offices come last and are needed to load, so a new folder that a crash left half-written is refused. A judge
        in service is therefore saved into a new folder, never over the one before.
        """
        for name, model in reversed(msgspec.structs.asdict(self.models).items()):
            if model:
                model.save(folder / name)
            elif (folder / name).is_dir():
                shutil.rmtree(folder / name)

    def _candidates(self, original: str, folded: Folded, features: Features) -> tuple[Candidate, ...]:
        model = self.models.offices
        probabilities = model.probabilities(features)
        best = np.argsort(-probabilities, kind="stable")[:MOST_CANDIDATES].tolist()
        places = occurrences(folded.text, model, features)
        return tuple(
            Candidate(
                model.labels[label],
                float(probabilities[label]),
                evidence(original, folded, model, places, label) if rank < _EXPLAINED_CANDIDATES else (),
            )
            for rank, label in enumerate(best)
        )

    def _dangers(self, original: str, folded: Folded) -> tuple[Evidence, ...] | None:
        """Return the words that tell of danger, or None when there is none; what rules or model see is enough."""
        spans = danger(folded.text)
        if spans:
            return tuple(evidence_at(original, folded, span.start, span.end, 1.0) for span in spans)
        model = self.models.urgency
        if model is None:
            return None
        features = model.features(folded.text)
        if not raises(model, model.probabilities(features)):
            return None
        places = occurrences(folded.text, model, features)
        return evidence(original, folded, model, places, model.labels.index(YES))

    def _denounces(self, folded: Folded) -> bool:
        model = self.models.denunciation
        if denunciation(folded.text):
            return True
        return model is not None and raises(model, model.probabilities(model.features(folded.text)))

    def _kind(self, folded: Folded) -> tuple[Kind, float]:
        chances = kind_scores(folded.text)
        model = self.models.kinds
        if model:
            learnt = np.full(len(KINDS), 1e-6)
            learnt[self._kind_columns] = model.probabilities(model.features(folded.text))
            # Both read the same words, so the rules' voice is halved (the exponent) before they are joined.
            chances = learnt * np.sqrt(chances)
            chances /= chances.sum()
        best = int(np.argmax(chances))
        return KINDS[best], float(chances[best])


def train_judge(
    samples: Sequence[Sample],
    duties: Mapping[str, str],
    *,
    seed: int = 0,
    precision: float = DEFAULT_PRECISION,
) -> Judge:
    """Learn offices from letters and duty texts, and the rest from the letters of which it is known.

    The same samples, duties and seed give the same judge. Raises :class:`InvalidInputError` when there is nothing to
    learn an office from.
    """

    def lessons(label_of: Callable[[Sample], str | None]) -> list[Example]:
        labelled = ((sample, label_of(sample)) for sample in samples)
        return [Example(judged_text(s.subject, s.body), label, s.weight) for s, label in labelled if label is not None]

    kinds = lessons(lambda sample: sample.kind and sample.kind.value)
    models = Models(
        offices=train(lessons(lambda sample: sample.office), duties, seed=seed),
        kinds=train(kinds, {}, seed=seed) if len({kind.label for kind in kinds}) > 1 else None,
        urgency=train_alarm(lessons(lambda sample: _yes_or_no(sample.urgent)), seed=seed),
        denunciation=train_alarm(lessons(lambda sample: _yes_or_no(sample.denounces)), seed=seed),
    )
    return Judge(models, precision=precision)


def load_judge(folder: Path, *, precision: float = DEFAULT_PRECISION) -> Judge:
    """Read a judge that :meth:`Judge.save` wrote; the wished precision may differ from the one it was trained with.

    Raises :class:`DamagedError` when a file is missing or damaged.
    """
    names = [field.name for field in msgspec.structs.fields(Models)]
    found = {name: load_model(folder / name) for name in names if name == "offices" or (folder / name).is_dir()}
    return Judge(Models(**found), precision=precision)


def _joint_version(models: Models) -> str:
    versions = [model.version if model else "-" for model in msgspec.structs.astuple(models)]
    return f"linear-{hashlib.sha256(' '.join(versions).encode()).hexdigest()[:8]}"


def _yes_or_no(said: bool | None) -> str | None:
    return None if said is None else (YES if said else NO)
