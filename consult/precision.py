"""How right routing alone must be (自动转办准确率): the administrator wishes, returns tell, the aim tightens by itself.

What was routed alone and came back is held against the wished precision. When it does not hold, a higher one is aimed
at without waiting for a person, and the administrator is told.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.alarms import AlarmKind, alarm
from minxin.consult.decision import Deed
from minxin.consult.ports import LetterStore
from minxin.consult.precision_records import RoutedAlone, RoutingPrecision, Tightening
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, InvalidInputError, NotFoundError

RECORD_ID: Final = "routing"
LEAST_WISHED: Final = 0.5
MOST_WISHED: Final = 0.999
NOTICES_KEPT: Final = 20
_LEAST_ROUTED: Final = 50  # letters routed alone before anything is said of them
_DOUBT: Final = 1.645  # standard deviations: one false alarm in twenty looks
_TIGHTENING: Final = 0.5  # of the share of errors that is aimed at
_STEPS: Final = 6
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(Struct, frozen=True):
    """What is wished and aimed at, and what was kept since the aim changed last."""

    precision: RoutingPrecision
    since: RoutedAlone

    @property
    def kept(self) -> float | None:
        """Return the share of letters routed alone that did not come back, None before there is any."""
        return 1.0 - self.since.returned / self.since.routed if self.since.routed else None


def begin(wished: float, at: datetime) -> RoutingPrecision:
    """Return what holds before anybody has said anything: the setting of the installation."""
    return RoutingPrecision(id=RECORD_ID, wished=wished, aimed=wished, by=SYSTEM.id, at=at)


def wish(deed: Deed, now: RoutingPrecision, wished: float) -> Changes:
    """Return the administrator's new wish; what is aimed at begins with it anew.

    Raises ``InvalidInputError`` ``precision.range`` for a share under 0.5 or over 0.999.
    """
    if not LEAST_WISHED <= wished <= MOST_WISHED:
        raise InvalidInputError("precision.range", field="wished")
    said = replace(now, wished=wished, aimed=wished, by=deed.actor.id, at=deed.at)
    return _kept(said, _audit(deed, "precision.wished", {"wished": wished}))


def tighten(deed: Deed, now: RoutingPrecision, since: RoutedAlone) -> Changes | None:
    """Return the higher aim when what was routed alone since the last change broke the wish; None when it did not.

    It is broken when so many returns are unlikely to be chance (a one-sided test at 5 %). The aim never comes nearer
    to 1 than a 64th of the wished share of errors.
    """
    if since.routed < _LEAST_ROUTED:
        return None
    error = 1.0 - now.wished
    kept = 1.0 - since.returned / since.routed
    chance = _DOUBT * math.sqrt(now.wished * error / since.routed)
    aimed = 1.0 - max(error * _TIGHTENING**_STEPS, (1.0 - now.aimed) * _TIGHTENING)
    if kept >= now.wished - chance or aimed <= now.aimed:
        return None
    notice = Tightening(deed.at, now.wished, kept, aimed, since)
    tightened = replace(now, aimed=aimed, at=deed.at, notices=(notice, *now.notices)[:NOTICES_KEPT])
    said = {"kept": round(kept, 4), "aimed": aimed, "routed": since.routed, "returned": since.returned}
    changes = _kept(tightened, _audit(deed, "precision.tightened", said))
    return changes + Changes(outbox=[alarm(AlarmKind.PRECISION, RECORD_ID, deed.at)])


class Precision:
    """Keeps the wished precision of routing alone; ``wished`` is the installation's setting until somebody says."""

    def __init__(self, store: LetterStore, clock: Clock, wished: float) -> None:
        self._store = store
        self._clock = clock
        self._wished = wished

    async def now(self) -> RoutingPrecision:
        """Return what is wished and aimed at."""
        return await self._store.get(RoutingPrecision, RECORD_ID) or begin(self._wished, self._clock.now())

    async def standing(self, actor: Actor) -> Standing:
        """Return what is wished, aimed at and kept; raises ``NotFoundError`` for who may not see it."""
        _must_oversee(actor)
        now = await self.now()
        return Standing(now, await self._since(now))

    async def wish(self, actor: Actor, wished: float, *, origin: str) -> None:
        """Wish for another precision.

        Raises ``NotFoundError`` for anybody but an administrator, ``InvalidInputError`` for a share out of range.
        """
        if not actor.is_a(Role.ADMINISTRATOR):
            raise NotFoundError
        deed = Deed(actor, self._clock.now(), origin)
        await self._store.commit(wish(deed, await self.now(), wished))

    async def watch(self) -> None:
        """Tighten the aim when the wish was broken."""
        now = await self.now()
        changes = tighten(Deed(SYSTEM, self._clock.now(), "chores"), now, await self._since(now))
        if changes is not None:
            try:
                await self._store.commit(changes)
            except ConflictError:
                return  # an administrator said something else in this very moment

    async def _since(self, now: RoutingPrecision) -> RoutedAlone:
        # Without a word of anybody there is no instant to count from: all counts.
        start = now.at if now.version else _BEGINNING
        return await self._store.routed_alone(start, self._clock.now())


def _must_oversee(actor: Actor) -> None:
    if not actor.is_a(Role.ADMINISTRATOR, Role.MANAGER, Role.AUDITOR):
        raise NotFoundError


def _kept(precision: RoutingPrecision, entry: AuditEntry) -> Changes:
    if precision.version:
        return Changes(puts=[precision], audit=[entry])
    return Changes(inserts=[precision], audit=[entry])


def _audit(deed: Deed, action: str, data: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        deed.at, deed.actor.id, action, RECORD_ID, office_id=deed.actor.office_id, origin=deed.origin, data=data
    )
