"""Near-duplicates (近似重复): letters sent many times with a word changed, found by MinHash.

Anything that is measured on letters it has nearly seen looks better than it is, so near-duplicates stay together
whenever letters are divided into folds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.ngrams import ngram_keys

_HASHES, _BANDS = 64, 16
_ALIKE = 0.5  # share of equal hashes, an estimate of the Jaccard similarity of the texts' 3-grams


def near_duplicate_groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return a group number for each folded text; texts whose 3-grams mostly coincide share one."""
    signatures = _signatures(texts)
    parents = list(range(len(texts)))
    for members in _buckets(signatures):
        first = members[0]
        for other in members[1:]:
            if np.mean(signatures[first] == signatures[other]) >= _ALIKE:
                parents[_root(parents, other)] = _root(parents, first)
    return np.array([_root(parents, index) for index in range(len(texts))], dtype=np.int64)


def deal_into_folds(labels: Sequence[str], groups: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold for each item: groups stay whole, and each label is spread over the folds as evenly as it goes."""
    members: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups.tolist()):
        members[group].append(index)
    order = np.random.default_rng(seed).permutation(len(members))
    by_label: dict[str, list[list[int]]] = defaultdict(list)
    shuffled = list(members.values())
    for position in order.tolist():
        by_label[labels[shuffled[position][0]]].append(shuffled[position])
    fold_of = np.zeros(len(labels), dtype=np.int64)
    turn = 0
    for label in sorted(by_label):
        for group_members in by_label[label]:
            fold_of[group_members] = turn % folds
            turn += 1
    return fold_of


def _signatures(texts: Sequence[str]) -> NDArray[np.uint64]:
    random = np.random.default_rng(0)
    factors = random.integers(1, 2**63, size=_HASHES, dtype=np.uint64) | np.uint64(1)
    signatures = np.zeros((len(texts), _HASHES), dtype=np.uint64)
    for row, text in enumerate(texts):
        keys = np.unique(ngram_keys(text)[-1]).astype(np.uint64)
        if len(keys):
            signatures[row] = _mixed(keys[:, None] * factors[None, :]).min(axis=0)
    return signatures


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # The finaliser of SplitMix64: without it the low bits of a product keep the order of the keys.
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _buckets(signatures: NDArray[np.uint64]) -> list[list[int]]:
    found: list[list[int]] = []
    width = _HASHES // _BANDS
    for band in range(_BANDS):
        rows: dict[bytes, list[int]] = defaultdict(list)
        for index, part in enumerate(signatures[:, band * width : (band + 1) * width]):
            rows[part.tobytes()].append(index)
        found.extend(members for members in rows.values() if len(members) > 1)
    return found


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index
