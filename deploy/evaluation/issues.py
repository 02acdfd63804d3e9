"""Hot issues: whether those that people listed are among the first twenty, and how pure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from minxin.classifier.alike.issues import hot_issues
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.core.alike import FoundIssue, IssueText
from minxin.core.clock import SHANGHAI
from minxin.deploy.evaluation.measure import Data, Figure

TOPICS = "teddy2020c/topics.csv"
LISTED = "teddy2020c/topics_silver.csv"

_FIRST = 20
_MOST_HELD = 0.5  # of an issue's listed letters: held by one of ours, it is found


def hottest(data: Data) -> list[Figure]:
    """Find the issues of all letters; no name of a place is known, and every letter counts as one writer's."""
    letters = _letters(data)
    known = {letter.id for letter in letters}
    listed = {row["no"]: row["issue"] for row in data.rows(LISTED) if row["no"] in known}
    found = hot_issues(letters, max(letter.at for letter in letters), most=_FIRST)
    names = sorted(set(listed.values()))
    shares, purities = zip(*(_best(found, listed, name) for name in names), strict=True)
    return [
        Figure(
            name=f"listed issues among the first {_FIRST}",
            value=float(np.mean([share >= _MOST_HELD for share in shares])),
            n=len(names),
            goal=1.0,
            note=f"{len(letters):,} letters; mean share of their letters found {np.mean(shares):.2f}",
        ),
        Figure(name="purity among listed letters, mean", value=float(np.mean(purities)), n=len(listed), goal=0.8),
        Figure(name="purity among listed letters, least", value=min(purities), n=len(listed)),
    ]


def _best(found: Sequence[FoundIssue], listed: Mapping[str, str], name: str) -> tuple[float, float]:
    """Return the share of a listed issue's letters in the issue that holds most of them, and that issue's purity."""
    members = {letter for letter, issue in listed.items() if issue == name}
    held = max((set(issue.letter_ids) for issue in found), key=lambda ids: len(ids & members), default=set())
    own = len(held & members)
    return own / len(members), own / max(1, len(held & listed.keys()))


def _letters(data: Data) -> list[IssueText]:
    gazetteer = Gazetteer()
    return [
        IssueText(
            row["no"],
            row["no"],
            _instant(row["time"]),
            row["subject"],
            row["body"],
            tuple(dict.fromkeys(place.name for place in find_places(gazetteer, row["subject"], ""))),
            int(row["likes"]),
        )
        for row in data.rows(TOPICS)
    ]


def _instant(text: str) -> datetime:
    day, _, clock = text.replace("/", "-").partition(" ")
    year, month, date = (int(part) for part in day.split("-"))
    hour, minute, *_ = (int(part) for part in (clock or "0:0").split(":"))
    return datetime(year, month, date, hour, minute, tzinfo=SHANGHAI)
