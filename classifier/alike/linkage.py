"""Average linkage over the near pairs (类平均法): groups whose members are alike on the average.

Chains, where each letter is like the next and the last is unlike the first, do not become one group.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

Links = dict[int, dict[int, float]]


def average_groups(count: int, pairs: Iterable[tuple[int, int, float]], least: float) -> list[list[int]]:
    """Return the groups of 0 to ``count`` - 1 with two members or more, each ascending, the largest first.

    Two groups are joined, the nearest first, while the mean similarity between them is at least ``least``. A pair that
    is not given counts as 0.
    """
    members = {index: [index] for index in range(count)}
    links: Links = {index: {} for index in range(count)}
    heap: list[tuple[float, int, int]] = []
    for first, second, similarity in pairs:
        # Kept as a sum, so that joining groups adds sums.
        links[first][second] = links[second][first] = similarity
        if similarity >= least:
            heap.append((-similarity, first, second))
    heapq.heapify(heap)
    fresh = count
    while heap:
        _, first, second = heapq.heappop(heap)
        if first in members and second in members:
            _join(members, links, first, second, fresh)
            for other, total in links[fresh].items():
                mean = total / (len(members[fresh]) * len(members[other]))
                if mean >= least:
                    heapq.heappush(heap, (-mean, other, fresh))
            fresh += 1
    groups = [sorted(group) for group in members.values() if len(group) > 1]
    return sorted(groups, key=lambda group: (-len(group), group))


def _join(members: dict[int, list[int]], links: Links, first: int, second: int, fresh: int) -> None:
    """Make one group of two, under a number of its own."""
    members[fresh] = members.pop(first) + members.pop(second)
    joined: dict[int, float] = {}
    for old, partner in ((first, second), (second, first)):
        for other, total in links.pop(old).items():
            if other != partner:
                joined[other] = joined.get(other, 0.0) + total
                del links[other][old]
    for other, total in joined.items():
        links[other][fresh] = total
    links[fresh] = joined
