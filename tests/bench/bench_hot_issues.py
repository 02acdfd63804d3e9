"""Measures hot issues and like letters against a list of issues that people made.

``python tests/bench/bench_hot_issues.py TOPICS.csv SILVER.csv``: TOPICS.csv has the columns ``no, time, subject, body,
likes``, SILVER.csv ``issue, no``. No name of a place is known beforehand; every letter counts as one writer's. A silver
issue is found at the first rank whose letters hold most of its letters that any one issue holds. Purity is the share of
an issue's letters that are in the silver issue: *of all* counts letters that the list leaves out as wrong, *of listed*
looks only at letters that the list has.
"""

from __future__ import annotations

import argparse
import csv
import resource
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from time import perf_counter

from minxin.classifier.alike import issues as module
from minxin.classifier.alike.issues import hot_issues
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.core.alike import FoundIssue, IssueText

FIRST = 20
OTHER_THRESHOLDS = (0.08, 0.10, 0.14, 0.16)


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", type=Path)
    parser.add_argument("silver", type=Path)
    args = parser.parse_args()
    if not (args.topics.exists() and args.silver.exists()):
        print("left out: the letters are not there")
        return
    letters = read_topics(args.topics)
    known = {letter.id for letter in letters}
    with args.silver.open(encoding="utf-8-sig", newline="") as file:
        silver = {row["no"]: row["issue"] for row in csv.DictReader(file) if row["no"] in known}
    now = max(letter.at for letter in letters)
    start = perf_counter()
    found = hot_issues(letters, now, most=len(letters))
    seconds, memory = perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(letters)} letters, {len(found)} issues in {seconds:.1f} s, process {memory:.0f} MB")
    show_first(found, silver)
    show_silver(found, silver)
    print(pairwise(found, silver))
    for threshold in OTHER_THRESHOLDS:
        module.ALIKE = threshold  # type: ignore[misc]
        print(f"with threshold {threshold:.2f} instead: ", end="")
        show_silver(hot_issues(letters, now, most=len(letters)), silver, short=True)


def read_topics(path: Path) -> list[IssueText]:
    """Read the letters, with the places that their subjects name."""
    gazetteer = Gazetteer()
    with path.open(encoding="utf-8-sig", newline="") as file:
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
            for row in csv.DictReader(file)
        ]


def show_first(found: Sequence[FoundIssue], silver: Mapping[str, str]) -> None:
    """Print the first issues with the silver issues that their letters belong to."""
    for rank, issue in enumerate(found[:FIRST], start=1):
        listed = dict(Counter(silver[one] for one in issue.letter_ids if one in silver))
        print(
            f"{rank:3} {issue.heat:6.1f} {issue.kind.value:6} {len(issue.letter_ids):3} letters {issue.name} {listed}"
        )


def show_silver(found: Sequence[FoundIssue], silver: Mapping[str, str], *, short: bool = False) -> None:
    """Print where each silver issue was found, and how purely."""
    lines = []
    for name in sorted(set(silver.values())):
        members = {no for no, issue in silver.items() if issue == name}
        held = [len(members & set(issue.letter_ids)) for issue in found[:FIRST]]
        rank = held.index(max(held))
        listed = sum(one in silver for one in found[rank].letter_ids)
        size = len(found[rank].letter_ids)
        lines.append((name, rank + 1, held[rank], len(members), held[rank] / size, held[rank] / max(1, listed)))
    if short:
        print(
            "; ".join(f"{name}: rank {rank}, {held}/{of}, purity {all_:.2f}" for name, rank, held, of, all_, _ in lines)
        )
        return
    for name, rank, held, of, of_all, of_listed in lines:
        print(
            f"issue {name}: rank {rank}, {held} of {of} letters, purity {of_all:.3f} of all, {of_listed:.3f} of listed"
        )


def pairwise(found: Sequence[FoundIssue], silver: Mapping[str, str]) -> str:
    """Return how often two listed letters are together where the list has them together, in the first issues."""
    groups: dict[str, set[int]] = defaultdict(set)
    for rank, issue in enumerate(found[:FIRST]):
        for one in issue.letter_ids:
            groups[one].add(rank)
    both = ours = theirs = 0
    for first, second in combinations(sorted(silver), 2):
        together = bool(groups[first] & groups[second])
        alike = silver[first] == silver[second]
        both += together and alike
        ours += together
        theirs += alike
    precision, recall = both / max(1, ours), both / max(1, theirs)
    score = 2 * precision * recall / max(1e-9, precision + recall)
    return (
        f"pairs of listed letters in the first {FIRST}: precision {precision:.3f}, recall {recall:.3f}, F1 {score:.3f}"
    )


def _instant(text: str) -> datetime:
    day, _, clock = text.replace("/", "-").partition(" ")
    year, month, date = (int(part) for part in day.split("-"))
    hour, minute, *_ = (int(part) for part in (clock or "0:0").split(":"))
    return datetime(year, month, date, hour, minute, tzinfo=UTC)


if __name__ == "__main__":
    main()
