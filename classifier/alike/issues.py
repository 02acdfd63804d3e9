"""Hot issues (热点问题): letters about one matter, and places that many matters come from, the hottest first.

Near letters are joined by average linkage over the n-grams that tell their matter. A place is an issue of its own when
many letters name it and no one matter is most of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from minxin.classifier.alike.heat import WEEK, heat_of, surge_of, weekly
from minxin.classifier.alike.linkage import average_groups
from minxin.classifier.alike.naming import Phrases, issue_name, own_words, phrases_of
from minxin.classifier.alike.vectors import near_pairs, text_matrix
from minxin.core.alike import FoundIssue, IssueKind, IssueText

MOST_ISSUES: Final = 100
LEAST_WRITERS: Final = 3
ALIKE: Final = 0.12  # mean cosine between the letters of an issue; 0.10 to 0.14 find the same issues
SEEN: Final = 0.03  # cosine; nearly all letters that have nothing to do with each other lie below
_ONE_MATTER: Final = 0.5  # of a place's letters: more, and the matter is the issue and not the place
_PLACE_SHARE: Final = 0.4  # of the letters: the place that an issue is said to be at
_TREND: Final = timedelta(weeks=12)


def hot_issues(letters: Sequence[IssueText], now: datetime, *, most: int = MOST_ISSUES) -> list[FoundIssue]:
    """Return the issues of the letters, at most ``most``, the hottest first; each has three writers or more.

    ``letters`` are those of the time window that is looked at; a letter is in one matter and one place at most. ``now``
    is what trend, recency and surge are counted to. Deterministic.
    """
    matrix = text_matrix([(letter.subject, letter.body) for letter in letters])
    if matrix is None:
        return []
    phrases = phrases_of(letter.subject for letter in letters)
    matters = [group for group in _matter_groups(matrix) if _writers(letters, group) >= LEAST_WRITERS]
    found = [_issue(IssueKind.MATTER, letters, group, matrix, phrases, now) for group in matters]
    for place, group in _place_groups(letters, matters):
        found.append(replace(_issue(IssueKind.PLACE, letters, group, matrix, phrases, now), name=place, place=place))
    return sorted(found, key=lambda issue: (-issue.heat, issue.letter_ids))[:most]


def _matter_groups(matrix: Any) -> list[list[int]]:
    pairs = near_pairs(matrix, SEEN)
    triples = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist(), strict=True)
    return average_groups(matrix.shape[0], triples, ALIKE)


def _place_groups(letters: Sequence[IssueText], matters: Sequence[Sequence[int]]) -> list[tuple[str, list[int]]]:
    """Return places with the letters that name them, without those that are about one matter for the most part.

    A letter that names several counts for the one that most of the others name.
    """
    matter_of = {index: number for number, group in enumerate(matters) for index in group}
    named: dict[str, set[int]] = defaultdict(set)
    for index, letter in enumerate(letters):
        for place in letter.places:
            named[place].add(index)
    taken: set[int] = set()
    groups = []
    for place in sorted(named, key=lambda name: (-len(named[name]), name)):
        group = sorted(named[place] - taken)
        taken.update(group)
        of_one = Counter(matter_of[index] for index in group if index in matter_of).most_common(1)
        many = not of_one or of_one[0][1] <= _ONE_MATTER * len(group)
        if many and _writers(letters, group) >= LEAST_WRITERS:
            groups.append((place, group))
    return groups


def _issue(
    kind: IssueKind, letters: Sequence[IssueText], group: Sequence[int], matrix: Any, phrases: Phrases, now: datetime
) -> FoundIssue:
    members = [letters[index] for index in group]
    rows = matrix[list(group)]
    central = members[int(np.argmax(rows @ np.asarray(rows.mean(axis=0)).ravel()))]
    place = _common_place(members)
    terms = heat_of(members, now)
    ordered = sorted(members, key=lambda letter: (letter.at, letter.id))
    return FoundIssue(
        kind=kind,
        name=issue_name(central.subject, place),
        words=own_words([letter.subject for letter in members], phrases),
        place=place,
        letter_ids=tuple(letter.id for letter in ordered),
        writers=len({letter.writer for letter in members}),
        first_at=ordered[0].at,
        last_at=ordered[-1].at,
        heat=round(sum(term.points for term in terms), 1),
        terms=terms,
        weekly=weekly(members, now, _TREND // WEEK),
        surge=surge_of(members, now),
    )


def _common_place(members: Sequence[IssueText]) -> str:
    counts = Counter(place for letter in members for place in set(letter.places))
    if not counts:
        return ""
    place, count = min(counts.items(), key=lambda one: (-one[1], one[0]))
    return place if count >= _PLACE_SHARE * len(members) else ""


def _writers(letters: Sequence[IssueText], group: Sequence[int]) -> int:
    return len({letters[index].writer for index in group})
