"""What the judge says of a text (研判), as programs are shown it: everything it found, and what spoke for it."""

from __future__ import annotations

from collections.abc import Mapping

from minxin.core.abuse import Abuse, AbuseSpan
from minxin.core.judgement import (
    Candidate,
    Evidence,
    Ground,
    Judgement,
    Kind,
    OutOfPower,
    Point,
    PointKind,
    Urgency,
    judged_text,
)
from minxin.core.places import Competence, Level, Place, PlaceKind
from minxin.webui.api.operations import Shown
from minxin.webui.i18n import Language


class JudgedWords(Shown, frozen=True):
    """A piece of the text that spoke for a choice. `start` and `end` count characters of the subject, a line break and
    the text. `weight` only ranks within one judgement.
    """

    start: int
    end: int
    words: str
    weight: float


class JudgedOffice(Shown, frozen=True):
    """An office that may be competent, with its calibrated probability from 0 to 1, the words that spoke for it, and
    the duty that lies nearest (empty when none is near).
    """

    office_id: str
    office: str
    probability: float
    evidence: list[JudgedWords]
    duty: str


class JudgedPoint(Shown, frozen=True):
    """One matter of the text that wants an answer (诉求点), with the offices that may be competent for it alone."""

    title: str
    kind: PointKind
    start: int
    end: int
    words: str
    candidates: list[JudgedOffice]
    confident: bool


class JudgedPlace(Shown, frozen=True):
    """A place or organisation that is named. `start` and `end` are -1 when it stands in the place field. `area` is what
    is certain of where it lies, from the district down; `choices` are the areas of a name that several places have.
    `known` is false when only the name's ending tells.
    """

    start: int
    end: int
    words: str
    name: str
    kind: PlaceKind
    area: list[str]
    choices: list[list[str]]
    known: bool


class JudgedRule(Shown, frozen=True):
    """The rule that decided which office is competent (管辖规则); `detail` says it in the caller's language. `place` is
    the name that told where, `words` are those that told the matter.
    """

    rule: str
    level: Level
    detail: str
    place: str
    area: list[str]
    words: list[str]


class JudgedGround(Shown, frozen=True):
    """A ground that may keep the government from taking the matter up, and the words that say so."""

    ground: Ground
    evidence: list[JudgedWords]


class JudgedAbuse(Shown, frozen=True):
    """A piece of the text that insults or threatens somebody (辱骂与威胁)."""

    start: int
    end: int
    words: str
    kind: Abuse


class JudgementShown(Shown, frozen=True):
    """The advice on one text. `candidates` come best first. `confident` says that the first one reaches the precision
    that the city wishes for, from the probability `threshold` on; if not, a person should choose. What `denounces`
    (举报) is sealed before it is routed. `asks_a_person` says that somebody must read it first, because of
    `out_of_power`. What is `abuse` only marks words for whoever reads the text. `model` names model and lessons.
    """

    candidates: list[JudgedOffice]
    confident: bool
    threshold: float
    kind: Kind
    kind_probability: float
    urgency: Urgency
    urgency_evidence: list[JudgedWords]
    denounces: bool
    out_of_power: list[JudgedGround]
    asks_a_person: bool
    points: list[JudgedPoint]
    places: list[JudgedPlace]
    rule: JudgedRule | None
    abuse: list[JudgedAbuse]
    model: str


class JudgementList(Shown, frozen=True):
    """The judgements of a batch, in its order."""

    items: list[JudgementShown]


def judgement_shown(
    judgement: Judgement, subject: str, text: str, offices: Mapping[str, str], language: Language
) -> JudgementShown:
    """Return the judgement with offices by name and rules in the caller's language."""
    whole = judged_text(subject, text)
    return JudgementShown(
        candidates=_candidates(judgement.candidates, offices),
        confident=judgement.confident,
        threshold=judgement.threshold,
        kind=judgement.kind,
        kind_probability=judgement.kind_probability,
        urgency=judgement.urgency,
        urgency_evidence=_evidence(judgement.urgency_evidence),
        denounces=judgement.denounces,
        out_of_power=[_ground(found) for found in judgement.out_of_power],
        asks_a_person=judgement.asks_a_person,
        points=[judged_point(point, whole, offices) for point in judgement.points],
        places=[_place(place) for place in judgement.places],
        rule=_rule(judgement.rule, language) if judgement.rule else None,
        abuse=[_abuse(span) for span in judgement.abuse],
        model=judgement.model,
    )


def _candidates(candidates: tuple[Candidate, ...], offices: Mapping[str, str]) -> list[JudgedOffice]:
    return [
        JudgedOffice(
            office_id=one.office_id,
            office=offices.get(one.office_id, one.office_id),
            probability=one.probability,
            evidence=_evidence(one.evidence),
            duty=one.clause,
        )
        for one in candidates
    ]


def _evidence(evidence: tuple[Evidence, ...]) -> list[JudgedWords]:
    return [JudgedWords(start=one.start, end=one.end, words=one.text, weight=one.weight) for one in evidence]


def _abuse(span: AbuseSpan) -> JudgedAbuse:
    return JudgedAbuse(start=span.start, end=span.end, words=span.text, kind=span.kind)


def _ground(found: OutOfPower) -> JudgedGround:
    return JudgedGround(ground=found.ground, evidence=_evidence(found.evidence))


def judged_point(point: Point, whole: str, offices: Mapping[str, str]) -> JudgedPoint:
    """Return a point of a judged text with the offices that may be competent for it alone."""
    return JudgedPoint(
        title=point.title,
        kind=point.kind,
        start=point.start,
        end=point.end,
        words=whole[point.start : point.end],
        candidates=_candidates(point.candidates, offices),
        confident=point.confident,
    )


def _place(place: Place) -> JudgedPlace:
    return JudgedPlace(
        start=place.start,
        end=place.end,
        words=place.text,
        name=place.name,
        kind=place.kind,
        area=list(place.area),
        choices=[list(area) for area in place.choices],
        known=place.known,
    )


def _rule(rule: Competence, language: Language) -> JudgedRule:
    return JudgedRule(
        rule=rule.rule,
        level=rule.level,
        detail=rule.zh if language is Language.ZH else rule.en,
        place=rule.place,
        area=list(rule.area),
        words=list(rule.words),
    )
