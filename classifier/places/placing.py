"""A judgement with its places (研判加地点): what the judge says of the topic, ranked by who is competent there."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.classifier.places.competence import Offices, Ruling, competent
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.classifier.places.matters import Matters
from minxin.classifier.places.scene import scene_of
from minxin.classifier.text import fold
from minxin.core.judgement import Candidate, Evidence, Judgement, Point, judged_text
from minxin.core.places import Place

MOST_WORDS: Final = 3
# A rule's words and the place come before the words that the model found.
_RULE_WEIGHT: Final = 1_000.0
_Spans = list[tuple[int, int]]


class Atlas(Struct, frozen=True):
    """What a city knows of places and competence; its gazetteer may grow while it serves."""

    gazetteer: Gazetteer
    matters: Matters
    offices: Offices


def placed(judgement: Judgement, atlas: Atlas, subject: str, body: str, place: str) -> Judgement:
    """Return the judgement with the places found, the offices ranked by competence, and the rule that decided.

    It stays confident when the rules take nothing from the first office, or only say which of its level it is, and
    becomes so when they lift an office over the threshold; never without a certain place where the place
    decides, nor where a person must read the letter. A judgement without offices only gets its places. Of several
    points each is ranked in the same way by its own words, at the place that it names or else at the letter's.
    """
    places = find_places(atlas.gazetteer, subject, body, place)
    if not judgement.candidates:
        return replace(judgement, places=places)
    ranking = _Ranking(atlas, judged_text(subject, body), places, len(subject), judgement.threshold)
    whole = ranking.ranked(judgement.candidates, judgement.confident, ranking.of_letter)
    confident = whole.confident and not judgement.asks_a_person
    points = judgement.points
    if len(points) > 1:
        points = tuple(ranking.point(one) for one in points)
    else:
        points = tuple(replace(one, candidates=whole.candidates[:1], confident=confident) for one in points)
    return replace(
        judgement,
        candidates=whole.candidates,
        confident=confident,
        points=points,
        places=places,
        rule=whole.ruling.competence,
    )


class _Scope(Struct, frozen=True):
    """The part of the judged text that tells the matter, and the places that say where."""

    start: int
    end: int
    places: tuple[Place, ...]


class _Ranked(Struct, frozen=True):
    candidates: tuple[Candidate, ...]
    confident: bool
    ruling: Ruling


class _Ranking:
    """Ranks the offices of a letter, and of each point of it."""

    def __init__(
        self, atlas: Atlas, text: str, places: tuple[Place, ...], subject_length: int, threshold: float
    ) -> None:
        self._atlas = atlas
        self._text = text
        self._subject_length = subject_length
        self._threshold = threshold
        self.of_letter = _Scope(0, len(text), places)

    def point(self, point: Point) -> Point:
        """Return the point with its offices ranked; one that nothing is known of stays as it is."""
        if not point.candidates:
            return point
        own = tuple(one for one in self.of_letter.places if point.start <= one.start < point.end)
        tells = any(one.area or one.choices for one in own)
        ranked = self.ranked(
            point.candidates, point.confident, _Scope(point.start, point.end, own if tells else self.of_letter.places)
        )
        return replace(point, candidates=ranked.candidates, confident=ranked.confident)

    def ranked(self, candidates: tuple[Candidate, ...], confident: bool, scope: _Scope) -> _Ranked:
        """Return the candidates ranked by who is competent for the matter of the scope at its places."""
        offices = self._atlas.offices
        folded = fold(self._text[scope.start : scope.end])
        found = self._atlas.matters.found(folded.text)
        inside = [folded.original_span(start, end) for start, end in found.spans[:MOST_WORDS]] if found else []
        spans = [(start + scope.start, end + scope.start) for start, end in inside]
        words = tuple(dict.fromkeys(self._text[start:end] for start, end in spans))
        scene = scene_of(scope.places, self._subject_length)
        ruling = competent(candidates, found.matter if found else None, scene, offices, words)
        first, best = ruling.candidates[0], candidates[0]
        same_level = offices.level_of(first.office_id) is offices.level_of(best.office_id)
        stays = confident and same_level and first.probability >= best.probability
        if ruling.competence.rule != "function":
            first = self._with_evidence(first, spans + _told_by(scope.places, ruling.competence.place))
        sure = ruling.sure and (stays or first.probability >= self._threshold)
        return _Ranked((first, *ruling.candidates[1:]), sure, ruling)

    def _with_evidence(self, candidate: Candidate, spans: _Spans) -> Candidate:
        shown = tuple(Evidence(start, end, self._text[start:end], _RULE_WEIGHT) for start, end in dict.fromkeys(spans))
        return replace(candidate, evidence=(*shown, *candidate.evidence))


def _told_by(places: tuple[Place, ...], name: str) -> _Spans:
    return [(one.start, one.end) for one in places if one.start >= 0 and one.name == name]
