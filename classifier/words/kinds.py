"""What a writer wants, by cue words (诉求类型), when nothing was learnt yet. The words are data (``kinds.json``)."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from minxin.core.judgement import Kind

KINDS: tuple[Kind, ...] = tuple(Kind)

_FILE = Path(__file__).parent / "kinds.json"
_SUBJECT_COUNTS = 2.0


class _Cue(Struct, frozen=True):
    pattern: str
    weight: float


class _Data(Struct, frozen=True):
    kinds: dict[Kind, list[_Cue]]


_decoder = msgspec.json.Decoder(_Data)


def kind_chances(folded: str) -> list[float]:
    """Return the probability of each of :data:`KINDS` by cue words; a cue in the subject counts double."""
    subject, _, body = folded.partition("\n")
    raised = [math.exp(sum(_said(cue, subject, body) for cue in _cues()[kind])) for kind in KINDS]
    return [one / sum(raised) for one in raised]


def _said(cue: tuple[re.Pattern[str], float], subject: str, body: str) -> float:
    pattern, weight = cue
    return weight * (_SUBJECT_COUNTS * bool(pattern.search(subject)) + bool(pattern.search(body)))


@cache
def _cues() -> dict[Kind, list[tuple[re.Pattern[str], float]]]:
    kinds = _decoder.decode(_FILE.read_bytes()).kinds
    return {kind: [(re.compile(cue.pattern), cue.weight) for cue in kinds[kind]] for kind in KINDS}
