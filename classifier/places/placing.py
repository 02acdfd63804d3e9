"""A judgement with its places (研判加地点): what the judge says of the topic, ranked by who is competent there."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.classifier.places.competence import Offices, Ruling, competent
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.classifier.places.matters import MatterFound, Matters
from minxin.classifier.places.scene import scene_of
from minxin.classifier.text import fold
from minxin.core.judgement import Candidate, Evidence, Judgement, judged_text
from minxin.core.places import Place

MOST_WORDS: Final = 3
# A rule's words and the place come before the words that the model found.
_RULE_WEIGHT: Final = 1_000.0


class Atlas(Struct, frozen=True):
    """What a city knows of places and competence; its gazetteer may grow while it serves."""

    gazetteer: Gazetteer
    matters: Matters
    offices: Offices


def placed(judgement: Judgement, atlas: Atlas, subject: str, body: str, place: str, precision: float) -> Judgement:
    """Return the judgement with the places found, the offices ranked by competence, and the rule that decided.

    It stays confident when the rules take nothing from the first office, or only say which of its level it is, and
    becomes so when they lift an office over the wished ``precision``; never without a certain place where the place
    decides. A judgement without offices only gets its places.
    """
    places = find_places(atlas.gazetteer, subject, body, place)
    if not judgement.candidates:
        return replace(judgement, places=places)
    text = judged_text(subject, body)
    folded = fold(text)
    found = atlas.matters.found(folded.text)
    spans = [folded.original_span(start, end) for start, end in found.spans[:MOST_WORDS]] if found else []
    words = tuple(dict.fromkeys(text[start:end] for start, end in spans))
    ruling = _ruling(judgement, atlas, found, places, len(subject), words)
    first = ruling.candidates[0]
    best = judgement.candidates[0]
    same_level = atlas.offices.level_of(first.office_id) is atlas.offices.level_of(best.office_id)
    stays = judgement.confident and same_level and first.probability >= best.probability
    spans += [(one.start, one.end) for one in places if one.start >= 0 and one.name == ruling.competence.place]
    decided = ruling.competence.rule != "function"
    return replace(
        judgement,
        candidates=((_with_evidence(first, text, spans) if decided else first), *ruling.candidates[1:]),
        confident=ruling.sure and (stays or first.probability >= precision),
        places=places,
        rule=ruling.competence,
    )


def _ruling(
    judgement: Judgement,
    atlas: Atlas,
    found: MatterFound | None,
    places: tuple[Place, ...],
    subject_length: int,
    words: tuple[str, ...],
) -> Ruling:
    matter = found.matter if found else None
    return competent(judgement.candidates, matter, scene_of(places, subject_length), atlas.offices, words)


def _with_evidence(candidate: Candidate, text: str, spans: list[tuple[int, int]]) -> Candidate:
    shown = tuple(Evidence(start, end, text[start:end], _RULE_WEIGHT) for start, end in dict.fromkeys(spans))
    return replace(candidate, evidence=(*shown, *candidate.evidence))
