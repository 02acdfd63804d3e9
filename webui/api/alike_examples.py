"""Examples of like letters and hot issues, for ``examples.py``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from minxin.core.alike import HeatTerm, IssueKind, Likeness
from minxin.webui.api import alike

_FIRST: Final = datetime(2026, 2, 27, 1, 12, tzinfo=UTC)
_LAST: Final = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
_LETTERS: Final = ["0199c3f2", "0199c40a", "0199c41b", "0199c42c", "0199c43d"]

_LIKE: Final = alike.LikeLetterShown(
    letter_id=_LETTERS[1],
    number="2026-000117",
    subject="文庙街整条街的路灯都不亮",
    received_at=_FIRST,
    likeness=Likeness.SAME_MATTER,
    score=0.41,
    copied=0.08,
    words=["路灯不亮"],
    places=["文庙街"],
    days_between=3,
    same_writer=False,
)
_TERM: Final = alike.HeatShown(term=HeatTerm.WRITERS, value=5.0, points=25.8)
_ALARM: Final = alike.AlarmShown(at=_LAST, days=7, letters=5, expected=0.25, joined=0)
_ISSUE: Final = alike.IssueShown(
    id="5f0c2d1e",
    kind=IssueKind.MATTER,
    name="文庙街：整条街的路灯都不亮",
    words=["路灯", "不亮"],
    place="文庙街",
    writers=5,
    letter_ids=_LETTERS,
    first_at=_FIRST,
    last_at=_LAST,
    heat=48.7,
    terms=[_TERM],
    weekly=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5],
    alarm=_ALARM,
    current=True,
    updated_at=_LAST,
)
ALIKE_EXAMPLES: Final[tuple[Struct, ...]] = (
    _LIKE,
    alike.LikeLetterList(items=[_LIKE]),
    _TERM,
    _ALARM,
    _ISSUE,
    alike.IssueList(items=[_ISSUE]),
)
