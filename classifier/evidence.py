"""The words that decided (判断依据): a model's weights laid back onto the text that a person reads."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.vectors import columns_by_place
from minxin.classifier.linear import Model
from minxin.classifier.ngrams import Features, body_keys, ngram_keys, subject_keys
from minxin.classifier.text import Folded, evidence_at
from minxin.core.judgement import Evidence

MOST_SPANS = 6
_MOST_NGRAMS = 24  # the strongest occurrences, which grow together into words and phrases
_LONGEST_SPAN = 12
_NO_KEY = np.iinfo(np.int64).max

Places = NDArray[np.int64]


class Occurrences(Struct, frozen=True):
    """Where the n-grams that a model knows stand in a folded text, and the share of its value that each place has."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]


class _Span(Struct, frozen=True):
    start: int
    end: int
    weight: float


def occurrences(text: str, model: Model, features: Features) -> Occurrences:
    """Find the known n-grams of a folded text that do not reach over a space or punctuation mark."""
    found = []
    subject_end = text.find("\n") if "\n" in text else len(text)
    breaks = _breaks(text)
    for size, keys in enumerate(ngram_keys(text), start=1):
        starts = _within_words(breaks, size)
        found.append((starts, starts + size, keys[starts]))
        if model.vocabulary.blocks:
            of_subject, of_body = starts[starts + size <= subject_end], starts[starts > subject_end]
            found.append((of_subject, of_subject + size, subject_keys(keys[of_subject])))
            found.append((of_body, of_body + size, body_keys(keys[of_body])))
    starts, ends, keys = (np.concatenate(parts) for parts in zip(*found, strict=True))
    # What the model knows of this text was looked up before; to search among that alone is quicker.
    found_keys = model.vocabulary.keys[features.columns]
    place = np.searchsorted(found_keys, keys)
    known = np.append(found_keys, _NO_KEY)[place] == keys
    place = place[known]
    counts = np.bincount(place, minlength=len(found_keys))
    values = (features.values[place] / counts[place]).astype(np.float32)
    return Occurrences(starts[known], ends[known], features.columns[place], values)


def evidence(original: str, folded: Folded, model: Model, places: Occurrences, label: int) -> tuple[Evidence, ...]:
    """Return the pieces of ``original`` that spoke for the label, strongest first, at most :data:`MOST_SPANS`.

    Single characters are shown only when nothing longer spoke; what spoke against the label is left out.
    """
    return evidence_of(
        original, folded, places.starts, places.ends, places.values * model.weights[places.columns, label]
    )


def learnt_evidence(original: str, folded: Folded, learner: Learner, office: str) -> tuple[Evidence, ...]:
    """Return the pieces of ``original`` that spoke for the office because of lessons, as :func:`evidence` does."""
    vector, spoke = learner.spoke(original, office)
    breaks = _breaks(folded.text)
    found = []
    for size, columns in enumerate(columns_by_place(folded.text), start=1):
        starts = _within_words(breaks, size)
        place = np.minimum(np.searchsorted(vector.columns, columns[starts]), len(vector.columns) - 1)
        met = vector.columns[place] == columns[starts]
        found.append((starts[met], starts[met] + size, spoke[place[met]].astype(np.float32)))
    starts, ends, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return evidence_of(original, folded, starts, ends, weights)


def evidence_of(
    original: str, folded: Folded, starts: Places, ends: Places, weights: NDArray[np.float32]
) -> tuple[Evidence, ...]:
    """Return the pieces of ``original`` that n-grams at these places and of these weights grow together to."""
    speaking = weights > 0
    longer = speaking & (ends - starts > 1)
    chosen = np.flatnonzero(longer if longer.any() else speaking)
    strongest = chosen[np.argsort(-weights[chosen], kind="stable")[:_MOST_NGRAMS]]
    rows = zip(starts[strongest], ends[strongest], weights[strongest], strict=True)
    spans = _without_repeats(folded.text, _merged([_Span(int(row[0]), int(row[1]), float(row[2])) for row in rows]))
    spans.sort(key=lambda span: (-span.weight, span.start))
    return tuple(evidence_at(original, folded, span.start, span.end, span.weight) for span in spans[:MOST_SPANS])


def _breaks(text: str) -> Places:
    apart = ~np.fromiter(map(str.isalnum, text), dtype=np.bool_, count=len(text))
    return np.concatenate(([0], np.cumsum(apart)))


def _within_words(breaks: Places, size: int) -> Places:
    """Return where n-grams of so many characters reach over no space or punctuation mark."""
    return np.flatnonzero(breaks[size:] == breaks[: len(breaks) - size])


def _merged(occurrences: list[_Span]) -> list[_Span]:
    """Let overlapping n-grams grow together into spans that never overlap."""
    spans: list[_Span] = []
    for item in sorted(occurrences, key=lambda item: (item.start, item.end)):
        last = spans[-1] if spans else None
        if last is None or item.start >= last.end:
            spans.append(item)
        elif max(item.end, last.end) - last.start <= _LONGEST_SPAN:
            spans[-1] = _Span(last.start, max(item.end, last.end), last.weight + item.weight)
        elif item.end - last.end > 1:
            spans.append(_Span(last.end, item.end, item.weight))
    return spans


def _without_repeats(text: str, spans: list[_Span]) -> list[_Span]:
    first: dict[str, _Span] = {}
    for span in spans:
        words = text[span.start : span.end]
        seen = first.get(words)
        first[words] = _Span(seen.start, seen.end, seen.weight + span.weight) if seen else span
    return list(first.values())
