"""Near-duplicates (近似重复): letters sent many times with a word changed, cut short or written again.

Copies are found by MinHash; a letter that was cut or retold, by the rare n-grams that it shares with the other.
Anything that is measured on letters it has nearly seen looks better than it is, so near-duplicates stay together
whenever letters are divided into folds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.ngrams import Keys, ngram_keys

_HASHES, _BANDS = 64, 16
_ALIKE = 0.5  # share of equal hashes, an estimate of the Jaccard similarity of the texts' 3-grams
_RARE = 0.005  # share of the texts; what stands in more is a turn of phrase
_RARE_AT_MOST = 20  # texts: all their pairs are looked at
_RETOLD = 0.15  # cosine of the rare 3-grams; lower, and letters with the same concern of two places become one


def near_duplicate_groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return a group number for each folded text; texts whose 3-grams, or rare 3-grams, mostly coincide share one."""
    keys = [np.unique(ngram_keys(text)[-1]) for text in texts]
    signatures = _signatures(keys)
    parents = list(range(len(texts)))
    for first, other in _retold(keys):
        parents[_root(parents, other)] = _root(parents, first)
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


def _retold(texts: Sequence[Keys]) -> list[tuple[int, int]]:
    """Return the pairs of texts that share many n-grams which few others have."""
    # Imported here: a service that only judges must not wait for scipy.
    from scipy.sparse import csr_matrix, diags

    if not texts:
        return []
    _, columns, documents = np.unique(np.concatenate(texts), return_inverse=True, return_counts=True)
    idf = np.log((1 + len(texts)) / (1 + documents)) + 1.0
    ends = np.cumsum([0, *(len(keys) for keys in texts)])
    matrix = csr_matrix((idf[columns], columns, ends), shape=(len(texts), len(documents)))
    most = min(_RARE_AT_MOST, max(2, int(_RARE * len(texts))))
    rare = matrix[:, (documents > 1) & (documents <= most)]
    lengths = np.maximum(np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()), 1e-12)
    unit = diags(1.0 / lengths) @ rare
    cosines = (unit @ unit.T).tocoo()
    alike = (cosines.data >= _RETOLD) & (cosines.row < cosines.col)
    return list(zip(cosines.row[alike].tolist(), cosines.col[alike].tolist(), strict=True))


def _signatures(texts: Sequence[Keys]) -> NDArray[np.uint64]:
    random = np.random.default_rng(0)
    factors = random.integers(1, 2**63, size=_HASHES, dtype=np.uint64) | np.uint64(1)
    signatures = np.zeros((len(texts), _HASHES), dtype=np.uint64)
    for row, keys in enumerate(texts):
        if len(keys):
            signatures[row] = _mixed(keys.astype(np.uint64)[:, None] * factors[None, :]).min(axis=0)
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
