"""One letter in, one judgement out: the office, the kind, the urgency, whether an office is denounced, and why."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.alarm import NO, YES, raises, train_alarm
from minxin.classifier.evidence import evidence, occurrences
from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.ear import Encoder
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import beginning_with
from minxin.classifier.learning.vectors import Background, learn_background
from minxin.classifier.learning.version import KeptTeaching
from minxin.classifier.linear import Model, load_model
from minxin.classifier.ngrams import Features, Lexicon
from minxin.classifier.points.finding import points_of
from minxin.classifier.points.offices import with_offices
from minxin.classifier.ranking import Ranking, proven_fit
from minxin.classifier.ranking_file import keep_ranking, kept_ranking
from minxin.classifier.text import Folded, evidence_at, fold
from minxin.classifier.trained.model import TrainedModel
from minxin.classifier.training import Example, train, train_and_prove
from minxin.classifier.words.denunciation import denunciation
from minxin.classifier.words.grounds import out_of_power
from minxin.classifier.words.kinds import KINDS, kind_chances
from minxin.classifier.words.urgency import danger
from minxin.core.judgement import Candidate, Evidence, Ground, Judgement, Kind, Urgency, judged_text

DEFAULT_PRECISION = 0.95
MOST_CANDIDATES = 5

_EXPLAINED_CANDIDATES = 3
_TELLING_SHARE = 0.2  # of the letters that proved a trained model; fewer lessons would tell less of it
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


class Models(Struct, frozen=True):
    """What a judge has learnt; only the offices are needed, the word rules stand in for the rest."""

    offices: Model
    kinds: Model | None = None
    urgency: Model | None = None
    denunciation: Model | None = None


class _Candidates(Struct, frozen=True):
    """Offices, best first; how many n-grams of the text were met before; whether the encoder could not be asked."""

    candidates: tuple[Candidate, ...]
    known: int
    deaf: bool


class Judge:
    """Judges letters with the learnt models, the lessons since, and the word rules; holds no state of letters."""

    def __init__(
        self,
        models: Models,
        ranking: Ranking,
        *,
        precision: float = DEFAULT_PRECISION,
        trained: TrainedModel | None = None,
        self_taught: str = "",
    ) -> None:
        """``precision`` is the wished share of right offices among confident judgements, over 0 and under 1.

        A ``trained`` model speaks in the place of the plain one that explains it. ``self_taught`` names the letters
        without labels that the ranking began with. Raises :class:`InvalidInputError` for another precision.
        """
        self.models = models
        self.ranking = ranking
        self._trained = trained
        self._models_version = trained.version if trained else _joint_version(models)
        self._models_version += f"+{self_taught}" if self_taught else ""
        self._models = {name: model for name, model in msgspec.structs.asdict(models).items() if model is not None}
        told = models.offices.vocabulary
        self._together = [name for name, model in self._models.items() if model.vocabulary.counts_like(told)]
        self._lexicon = Lexicon([self._models[name].vocabulary for name in self._together])
        self._label_of = {office: label for label, office in enumerate(models.offices.labels)}
        self._kind_columns = [KINDS.index(Kind(label)) for label in models.kinds.labels] if models.kinds else []
        self.aim(precision)

    @property
    def version(self) -> str:
        """Return the name of the models and of the lessons since: another lesson is another version."""
        return f"{self._models_version}+{self.ranking.version[:8]}"

    def aim(self, precision: float) -> None:
        """Aim at another precision from the next letter on; raises as the constructor does."""
        self.ranking.aim(precision)

    def judge(self, subject: str, body: str) -> Judgement:
        """Return the advice on one letter; any text is judged, even an empty one, and only its beginning if long."""
        original = judged_text(subject, body)
        folded = fold(original)
        features = self._features(folded)
        ranked = self._candidates(original, folded, features["offices"])
        candidates, deaf = ranked.candidates, [ranked.deaf]
        kind, kind_probability = self._kind(folded, features)
        dangers = self._dangers(original, folded, features)
        grounds = out_of_power(original, folded)
        asks_a_person = any(found.ground is not Ground.EMERGENCY for found in grounds)

        def rank(subject: str, body: str, explain: bool) -> tuple[Candidate, ...]:
            ranked = self._rank(subject, body, explain)
            deaf.append(ranked.deaf)
            return ranked.candidates

        def sure(candidates: Sequence[Candidate]) -> bool:
            return self._routes_alone(candidates) and not any(deaf)

        confident = sure(candidates) and ranked.known >= _LEAST_KNOWN and not asks_a_person
        return Judgement(
            candidates=candidates,
            kind=kind,
            kind_probability=kind_probability,
            urgency=Urgency.NORMAL if dangers is None else Urgency.URGENT,
            urgency_evidence=dangers or (),
            denounces=self._denounces(folded, features),
            confident=confident,
            model=self.version,
            points=with_offices(
                points_of(original, folded),
                original,
                candidates,
                rank,
                sure,
                confident=confident,
            ),
            out_of_power=grounds,
            threshold=self.ranking.threshold,
        )

    def save(self, folder: Path) -> None:
        """Write the models and the ranking below ``folder``; :func:`load_judge` reads them.

        The offices come last and are needed to load, so a new folder that a crash left half-written is refused. A judge
        in service is therefore saved into a new folder, never over the one before.
        """
        keep_ranking(folder, self.ranking)
        for name, model in reversed(msgspec.structs.asdict(self.models).items()):
            if model:
                model.save(folder / name)
            elif (folder / name).is_dir():
                shutil.rmtree(folder / name)

    def _rank(self, subject: str, body: str, explain: bool) -> _Candidates:
        original = judged_text(subject, body)
        folded = fold(original)
        features = self.models.offices.features(folded.text)
        return self._candidates(original, folded, features, _EXPLAINED_CANDIDATES if explain else 0)

    def _features(self, folded: Folded) -> dict[str, Features]:
        """Return the vector of a text for each model, by the model's name."""
        found = dict(zip(self._together, self._lexicon.features(folded.text), strict=True))
        apart = {name: model for name, model in self._models.items() if name not in found}
        return found | {name: model.features(folded.text) for name, model in apart.items()}

    def _candidates(
        self, original: str, folded: Folded, features: Features, explained: int = _EXPLAINED_CANDIDATES
    ) -> _Candidates:
        model, offices = self.models.offices, self.ranking.offices
        scores = self._trained.scores(original) if self._trained else model.scores(features)
        ranked = self.ranking.ranked(original, scores)
        probabilities = ranked.probabilities
        best = np.argsort(-probabilities, kind="stable")[:MOST_CANDIDATES].tolist()
        places = occurrences(folded.text, model, features) if explained else None
        candidates = []
        for rank, column in enumerate(best):
            label = self._label_of.get(offices[column])
            words: tuple[Evidence, ...] = ()
            if places is not None and rank < explained:
                words = evidence(original, folded, model, places, label) if label is not None else ()
                words = words or self.ranking.words(original, folded, offices[column])
            candidates.append(Candidate(offices[column], float(probabilities[column]), words))
        return _Candidates(tuple(candidates), max(ranked.known, len(features.columns)), ranked.deaf)

    def _routes_alone(self, candidates: Sequence[Candidate]) -> bool:
        return self.ranking.routes_alone(candidates[0].office_id, candidates[0].probability)

    def _dangers(self, original: str, folded: Folded, read: Mapping[str, Features]) -> tuple[Evidence, ...] | None:
        """Return the words that tell of danger, or None when there is none; what rules or model see is enough."""
        spans = danger(folded.text)
        if spans:
            return tuple(evidence_at(original, folded, span.start, span.end, 1.0) for span in spans)
        model = self.models.urgency
        if model is None:
            return None
        features = read["urgency"]
        if not raises(model, model.probabilities(features)):
            return None
        places = occurrences(folded.text, model, features)
        return evidence(original, folded, model, places, model.labels.index(YES))

    def _denounces(self, folded: Folded, read: Mapping[str, Features]) -> bool:
        model = self.models.denunciation
        if denunciation(folded.text):
            return True
        return model is not None and raises(model, model.probabilities(read["denunciation"]))

    def _kind(self, folded: Folded, read: Mapping[str, Features]) -> tuple[Kind, float]:
        chances = np.array(kind_chances(folded.text))
        model = self.models.kinds
        if model:
            learnt = np.full(len(KINDS), 1e-6)
            learnt[self._kind_columns] = model.probabilities(read["kinds"])
            # Both read the same words, so the rules' voice is halved (the exponent) before they are joined.
            chances = learnt * np.sqrt(chances)
            chances /= chances.sum()
        best = int(np.argmax(chances))
        return KINDS[best], float(chances[best])


def train_judge(
    samples: Sequence[Sample],
    duties: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
    precision: float = DEFAULT_PRECISION,
    encoder: Encoder | None = None,
) -> Judge:
    """Learn offices from letters and the clauses of their duties, and the rest from the letters of which it is known.

    The same samples, duties and seed give the same judge. ``encoder`` gives the cold start a second voice. Raises
    :class:`InvalidInputError` when no office has a duty, :class:`NotFoundError` for a letter of an office without.
    """

    def lessons(label_of: Callable[[Sample], str | None]) -> list[Example]:
        labelled = ((sample, label_of(sample)) for sample in samples)
        return [Example(judged_text(s.subject, s.body), label) for s, label in labelled if label is not None]

    kinds = lessons(lambda sample: sample.kind and sample.kind.value)
    duty_texts = {office: "\n".join(clauses) for office, clauses in duties.items()}
    offices, examples, scores = train_and_prove(lessons(lambda sample: sample.office), duty_texts, seed=seed)
    models = Models(
        offices=offices,
        kinds=train(kinds, {}, seed=seed) if len({kind.label for kind in kinds}) > 1 else None,
        urgency=train_alarm(lessons(lambda sample: _yes_or_no(sample.urgent)), seed=seed),
        denunciation=train_alarm(lessons(lambda sample: _yes_or_no(sample.denounces)), seed=seed),
    )
    texts = [example.text for example in examples]
    learner = Learner(ColdStart(duties, learn_background(texts), texts, encoder))
    taught = [_lesson(example.text, example.label) for example in examples]
    learner.replay(taught)
    unseen = {lesson.id: row for lesson, row in zip(taught, scores, strict=True)}
    return Judge(models, Ranking(offices.labels, _reader(offices), learner, unseen), precision=precision)


def load_judge(
    folder: Path,
    samples: Sequence[Sample],
    duties: Mapping[str, Sequence[str]],
    *,
    precision: float = DEFAULT_PRECISION,
    encoder: Encoder | None = None,
    trained: TrainedModel | None = None,
    teaching: KeptTeaching | None = None,
) -> Judge:
    """Read a judge that :meth:`Judge.save` wrote, and was trained on these samples and duties.

    What was ``trained`` on the city's history since judges the offices in its place. ``teaching`` is what letters
    without labels taught, from which the learner begins. Raises :class:`DamagedError` when a file is missing or
    damaged.
    """
    names = [field.name for field in msgspec.structs.fields(Models)]
    found = {name: load_model(folder / name) for name in names if name == "offices" or (folder / name).is_dir()}
    models = Models(**found)
    kept = kept_ranking(folder)
    cold = cold_start(samples, duties, kept.background, encoder)
    learner = beginning_with(cold, teaching.lessons) if teaching else Learner(cold)
    learner.replay(_lesson(judged_text(one.subject, one.body), one.office) for one in samples if one.office)
    name = teaching.card.version if teaching else ""
    if trained is not None:
        models = msgspec.structs.replace(models, offices=trained.linear)
        ranking = _ranking_of(trained, learner)
        return Judge(models, ranking, precision=precision, trained=trained, self_taught=name)
    offices = models.offices
    ranking = Ranking(offices.labels, _reader(offices), learner, kept.unseen, kept.fit)
    if teaching:
        # The voices were weighed without what the letters taught.
        ranking.weigh_soon()
    return Judge(models, ranking, precision=precision, self_taught=name)


def cold_start(
    samples: Sequence[Sample], duties: Mapping[str, Sequence[str]], background: Background, encoder: Encoder | None
) -> ColdStart:
    """Return what the duties alone say, as a judge of these samples begins with it."""
    texts = [judged_text(sample.subject, sample.body) for sample in samples if sample.office]
    return ColdStart(duties, background, texts, encoder)


def _ranking_of(trained: TrainedModel, learner: Learner) -> Ranking:
    said = ((lesson.id, trained.unseen(lesson.text)) for lesson in learner.lessons)
    unseen = {lesson_id: row for lesson_id, row in said if row is not None}
    fit = proven_fit(learner.offices, trained)
    least = int(_TELLING_SHARE * len(fit.judged))
    return Ranking(trained.labels, trained.scores, learner, unseen, fit, least_lessons=least)


def _lesson(text: str, office: str) -> Lesson:
    said = hashlib.sha256(f"{office}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return Lesson(f"sample:{said[:16]}", text, office)


def _reader(model: Model) -> Callable[[str], NDArray[np.float64]]:
    return lambda text: model.scores(model.features(fold(text).text))


def _joint_version(models: Models) -> str:
    versions = [model.version if model else "-" for model in msgspec.structs.astuple(models)]
    return f"linear-{hashlib.sha256(' '.join(versions).encode()).hexdigest()[:8]}"


def _yes_or_no(said: bool | None) -> str | None:
    return None if said is None else (YES if said else NO)
