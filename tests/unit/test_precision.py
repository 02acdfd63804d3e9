from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from minxin.consult.decision import Deed
from minxin.consult.precision import NOTICES_KEPT, begin, tighten, wish
from minxin.consult.precision_records import RoutedAlone, RoutingPrecision
from minxin.core.actor import SYSTEM
from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DEED = Deed(SYSTEM, NOON + timedelta(days=1), "chores")


def said(changes: Changes) -> RoutingPrecision:
    (record,) = [*changes.inserts, *changes.puts]
    assert isinstance(record, RoutingPrecision)
    return record


@pytest.mark.parametrize(("routed", "returned"), [(49, 49), (200, 6), (200, 9)])
def test_few_returns_or_few_letters_tighten_nothing(routed: int, returned: int) -> None:
    assert tighten(DEED, begin(0.97, NOON), RoutedAlone(routed, returned)) is None


def test_many_returns_tighten_step_by_step_and_end_short_of_one() -> None:
    now = begin(0.97, NOON)
    aims = []
    while changes := tighten(DEED, now, RoutedAlone(200, 20)):
        now = said(changes)
        aims.append(now.aimed)
    assert aims[0] == pytest.approx(0.985)
    assert len(aims) == 6
    assert now.aimed < 1.0
    assert (now.wished, now.at) == (0.97, DEED.at)


def test_notice_tells_what_was_kept_instead() -> None:
    changes = tighten(DEED, begin(0.97, NOON), RoutedAlone(200, 20))
    assert changes is not None
    (notice,) = said(changes).notices
    assert (notice.wished, notice.kept, notice.counted) == (0.97, 0.9, RoutedAlone(200, 20))
    assert [entry.action for entry in changes.audit] == ["precision.tightened"]


def test_only_the_latest_notices_are_kept() -> None:
    now = begin(0.97, NOON)
    for day in range(NOTICES_KEPT + 3):
        deed = Deed(SYSTEM, NOON + timedelta(days=day), "chores")
        tightened = tighten(deed, now, RoutedAlone(200, 20))
        assert tightened is not None
        now = said(wish(deed, said(tightened), 0.97))
    assert len(now.notices) == NOTICES_KEPT
    assert now.notices[0].at > now.notices[-1].at


def test_new_wish_is_aimed_at_anew() -> None:
    tightened = tighten(DEED, begin(0.97, NOON), RoutedAlone(200, 20))
    assert tightened is not None
    now = said(wish(DEED, said(tightened), 0.9))
    assert (now.wished, now.aimed) == (0.9, 0.9)


@pytest.mark.parametrize("wished", [0.0, 0.49, 1.0, 97.0, float("nan")])
def test_wish_that_is_no_share_is_refused(wished: float) -> None:
    with pytest.raises(InvalidInputError) as caught:
        wish(DEED, begin(0.97, NOON), wished)
    assert caught.value.reason == "precision.range"
