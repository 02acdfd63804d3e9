"""Hot issues (热点问题) as records: found again and again, with an alarm when one grows suddenly.

What was found is held against what is kept: an issue that has most of its letters in common with a kept one *is* that
one, so that an address, an alarm and a count of who joined outlive every new look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.access import may_search_all, may_see
from minxin.consult.alarms import AlarmKind, alarm
from minxin.consult.alike_ports import IssueFinder
from minxin.consult.alike_records import Alarm, HotIssue
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter, WorkOrder
from minxin.consult.trying import commit_decided
from minxin.core.actor import SYSTEM, Actor
from minxin.core.alike import FoundIssue
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.fresh import Fresh
from minxin.core.paging import Page, PageRequest, page_size

SAME_SHARE: Final = 0.5  # of the smaller one's letters, for two to be the same issue
ALARM_LASTS: Final = timedelta(days=14)  # a surge within that time of an alarm is the same surge
# A page may be this late after another process looked anew.
FRESH: Final = timedelta(seconds=2)


class IssueLetter(Struct, frozen=True):
    """A letter behind an issue, with its work orders that the reader may see."""

    letter: Letter
    orders: tuple[WorkOrder, ...]


def renewed(kept: Sequence[HotIssue], found: Sequence[FoundIssue], now: datetime) -> Changes:
    """Return what a new look changes: new issues, kept ones with their new letters, and those that are no longer hot.

    Each alarm that is raised stands in the audit log.
    """
    changes = Changes()
    left = {issue.id: issue for issue in kept}
    for one in found:
        before = _same(one, list(left.values()))
        if before is None:
            issue = _with_alarm(HotIssue(id=_issue_id(one, now), found=one, since=now, updated_at=now), now)
            changes.inserts.append(issue)
        else:
            del left[before.id]
            joined = len(set(one.letter_ids) - set(before.found.letter_ids)) if before.alarm else 0
            again = replace(before, found=one, updated_at=now, joined=before.joined + joined)
            issue = _with_alarm(again, now)
            changes.puts.append(issue)
        if issue.alarm is not None and issue.alarm.at == now:
            changes.audit.append(_raised(issue, issue.alarm))
            changes.outbox.append(alarm(AlarmKind.HOT_ISSUE, issue.id, now))
    changes.puts.extend(replace(issue, current=False, updated_at=now) for issue in left.values())
    return changes


def _same(found: FoundIssue, kept: Sequence[HotIssue]) -> HotIssue | None:
    """Return the kept issue of the same kind that shares the most letters, when they are enough."""
    letters = set(found.letter_ids)
    best, most = None, 0.0
    for issue in kept:
        if issue.found.kind is not found.kind:
            continue
        theirs = set(issue.found.letter_ids)
        share = len(letters & theirs) / min(len(letters), len(theirs))
        if share >= SAME_SHARE and share > most:
            best, most = issue, share
    return best


def _with_alarm(issue: HotIssue, now: datetime) -> HotIssue:
    surge = issue.found.surge
    if surge is None or (issue.alarm is not None and now - issue.alarm.at < ALARM_LASTS):
        return issue
    return replace(issue, alarm=Alarm(now, surge, len(issue.found.letter_ids)), joined=0)


def _issue_id(found: FoundIssue, now: datetime) -> str:
    words = (found.kind.value, now.isoformat(), *found.letter_ids)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def _raised(issue: HotIssue, alarm: Alarm) -> AuditEntry:
    data: dict[str, Any] = {"letters": alarm.surge.letters, "days": alarm.surge.days, "expected": alarm.surge.expected}
    return AuditEntry(alarm.at, SYSTEM.id, "issue.alarm", issue.id, data=data)


class HotIssues:
    """Looks for issues and shows them to clerks and managers; to anybody else they are not there."""

    def __init__(
        self,
        store: LetterStore,
        clock: Clock,
        finder: IssueFinder,
        *,
        fresh: timedelta = FRESH,
    ) -> None:
        self._store = store
        self._clock = clock
        self._finder = finder
        self._kept: Fresh[list[HotIssue]] = Fresh(fresh)

    async def look(self) -> None:
        """Find the issues of the last 90 days anew and keep them. Raises ``UnavailableError``."""
        now = self._clock.now()
        found = await self._finder.issues(now)

        async def attempt() -> Changes:
            return renewed(await self._store.hot_issues(), found, now)

        await commit_decided(self._store, attempt)

    async def current(self, actor: Actor) -> list[HotIssue]:
        """Return the issues of now, the hottest first."""
        if not may_search_all(actor):
            raise NotFoundError
        return await self._kept.get(self._store.generation(HotIssue), self._store.hot_issues)

    async def alarms(self, actor: Actor) -> list[HotIssue]:
        """Return the current issues with an alarm of the last two weeks, the latest alarm first."""
        now = self._clock.now()
        raised = [one for one in await self.current(actor) if one.alarm and now - one.alarm.at < ALARM_LASTS]
        return sorted(raised, key=lambda issue: issue.alarm.at if issue.alarm else now, reverse=True)

    async def one(self, actor: Actor, issue_id: str) -> HotIssue:
        """Return an issue, current or not; raises ``NotFoundError``."""
        issue = await self._store.get(HotIssue, issue_id)
        if issue is None or not may_search_all(actor):
            raise NotFoundError
        return issue

    async def letters(self, actor: Actor, issue: HotIssue, page: PageRequest) -> Page[IssueLetter]:
        """Return the letters behind an issue, newest first; one that was sealed since then is left out."""
        ids = list(reversed(issue.found.letter_ids))
        start = ids.index(page.after) + 1 if page.after in ids else 0
        chosen = ids[start : start + page_size(page)]
        letters = {letter.id: letter for letter in await self._store.letters_with(chosen)}
        seen = [letters[one] for one in chosen if one in letters and may_see(actor, letters[one], None)]
        orders: dict[str, list[WorkOrder]] = {letter.id: [] for letter in seen}
        for order in await self._store.orders_of_letters(list(orders)):
            orders[order.letter_id].append(order)
        more = chosen[-1] if start + len(chosen) < len(ids) else None
        return Page([IssueLetter(letter, tuple(orders[letter.id])) for letter in seen if not letter.sealed], more)
