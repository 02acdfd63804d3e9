"""What must be had before what (先后关系): prerequisites, and the papers that another matter issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from minxin.consult.matters.records import Paper, Prerequisite


def needs_of(papers: Iterable[Paper], prerequisites: Iterable[Prerequisite]) -> frozenset[str]:
    """Return the codes that come before a matter in any case that it knows, whatever the answers."""
    return frozenset({one.matter for one in papers if one.matter} | {one.matter for one in prerequisites})


def cycle_of(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the codes of a circle in which each must wait for the next, the first again at the end; () without one."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        found: Sequence[str] = error.args[1]
        # graphlib goes from what is needed to who needs it.
        return tuple(reversed(found))
    return ()
