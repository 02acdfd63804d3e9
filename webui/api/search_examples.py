"""Examples of searching, for ``examples.py``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct

from minxin.consult.deadlines import Light
from minxin.consult.records import LetterState, OrderState
from minxin.consult.status import Stage
from minxin.core.judgement import Kind
from minxin.webui.api import search
from minxin.webui.api.letter_views import LetterSummary
from minxin.webui.api.limits import LetterLimits, LimitShown
from minxin.webui.api.operations import PREFIX

_LETTER: Final = "Zk3v9hQ1sT2uW4xY5zA6bC"
_AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_LATER: Final = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
_LIMIT: Final = LimitShown(
    instant=datetime(2026, 3, 16, 16, 0, tzinfo=UTC),
    last_day=date(2026, 3, 16),
    light=Light.GREEN,
    limit="10wd",
    extension=None,
    provisional=False,
    rule_id="answer.complaint",
    rule_version="default/1",
    explanation_url=f"{PREFIX}/letters/{_LETTER}/limits/answer",
)
_SUMMARY: Final = LetterSummary(
    id=_LETTER,
    number="2026-000123",
    kind=Kind.COMPLAINT,
    subject="路灯不亮",
    state=LetterState.ACCEPTED,
    stage=Stage.IN_PROGRESS,
    received_at=_AT,
    closed_at=None,
    limits=LetterLimits(accept=None, answer=_LIMIT),
)
_ORDER: Final = search.FoundOrder(
    id="pL8mN7oK6jI5hG4fE3dC2b",
    number="2026-000123-1",
    office_id="chengguan",
    office="市城市管理局",
    state=OrderState.IN_PROGRESS,
)
_COUNT: Final = search.FacetCount(value="2026-03", count=1)
_FACETS: Final = search.FacetsShown(
    state=[search.FacetCount(value=OrderState.IN_PROGRESS, count=1)],
    office=[search.FacetCount(value="chengguan", count=1)],
    kind=[search.FacetCount(value=Kind.COMPLAINT, count=1)],
    month=[_COUNT],
)
_OUTSIDE: Final = search.FacetsShown(state=[], office=[], kind=_FACETS.kind, month=_FACETS.month)
_MARKED: Final = search.PieceShown(text="路灯", marked=True)
_SUBJECT: Final = [_MARKED, search.PieceShown(text="不亮", marked=False)]
_TEXT: Final = [
    search.PieceShown(text="文庙街 12 号门口的", marked=False),
    _MARKED,
    search.PieceShown(text="坏了一个星期。", marked=False),
]
_ON_DESK: Final = search.FoundOnDesk(letter=_SUMMARY, orders=[_ORDER], subject=_SUBJECT, text=_TEXT)
_OWN: Final = search.FoundOwn(letter=_SUMMARY, company="", subject=_SUBJECT, text=_TEXT)
_PUBLIC: Final = search.FoundPublic(
    id=_LETTER,
    number="2026-000123",
    office_id="chengguan",
    office="市城市管理局",
    published_at=_LATER,
    subject=_SUBJECT,
    text=_TEXT,
)
SEARCH_EXAMPLES: Final[tuple[Struct, ...]] = (
    _ORDER,
    _COUNT,
    _FACETS,
    _MARKED,
    _ON_DESK,
    _OWN,
    _PUBLIC,
    search.DeskFoundPage(items=[_ON_DESK], total=1, facets=_FACETS, next=None, limited=False, catching_up=False),
    search.OwnFoundPage(items=[_OWN], total=1, facets=_OUTSIDE, next=None, limited=False, catching_up=False),
    search.PublicFoundPage(items=[_PUBLIC], total=1, facets=_OUTSIDE, next=None, limited=False, catching_up=False),
    search.SearchAsked(q="路灯", month="2026-03"),
    search.DeskSearchAsked(q="路灯", state=OrderState.IN_PROGRESS),
    search.OwnSearchAsked(q="路灯"),
)
