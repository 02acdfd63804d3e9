"""Examples of the knowledge base, for ``examples.py``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.knowledge.records import EntryState
from minxin.core.passages import Facet
from minxin.webui.api import knowledge_views as views

_AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_QUESTION: Final = "路灯不亮找谁修？"
_WAYS: Final = ["路灯坏了", "整条街路灯都灭了"]
_ANSWER: Final = "市政道路的路灯由市城管局维修，报灯杆编号或者附近门牌即可，一般故障四十八小时内修复。"
_BASIS: Final = "《城市照明管理规定》第二十二条"
_NUMBER: Final = "滨政规〔2022〕8号"
_CHECKED: Final = date(2026, 3, 2)
_UNTIL: Final = date(2028, 3, 31)
_CONDITION: Final = views.ConditionShown(facet=Facet.WHERE, value="市政道路")

_SHOWN: Final = views.EntryShown(
    id="chengguan-08",
    office_id="chengguan",
    office="滨海市城市管理局",
    question=_QUESTION,
    other_ways=_WAYS,
    answer=_ANSWER,
    basis=_BASIS,
    document_number=_NUMBER,
    checked_on=_CHECKED,
    valid_until=_UNTIL,
    conditions=[_CONDITION],
    url="/knowledge/chengguan-08",
)
_VERSION: Final = views.VersionShown(
    question=_QUESTION,
    other_ways=_WAYS,
    answer=_ANSWER,
    basis=_BASIS,
    document_number=_NUMBER,
    checked_on=_CHECKED,
    valid_until=_UNTIL,
    conditions=[_CONDITION],
    written_at=_AT,
    reviewed_at=_AT,
    comment="",
)
_INSIDE: Final = views.EntryInside(
    id="chengguan-08",
    version=3,
    office_id="chengguan",
    office="滨海市城市管理局",
    state=EntryState.DRAFT,
    changed_at=_AT,
    current=_VERSION,
    proposed=replace(_VERSION, reviewed_at=None, comment="请写明农村道路由谁负责。"),
    versions=[],
    letter_id=None,
    withdrawn_reason="",
)

KNOWLEDGE_EXAMPLES: Final[tuple[Struct, ...]] = (
    _CONDITION,
    views.ConditionSent(facet=Facet.WHERE, value="市政道路"),
    _SHOWN,
    views.EntryPage(items=[_SHOWN], next=None),
    _VERSION,
    _INSIDE,
    views.EntryInsidePage(items=[_INSIDE], next=None),
    views.EntrySent(
        question=_QUESTION,
        other_ways=_WAYS,
        answer=_ANSWER,
        basis=_BASIS,
        document_number=_NUMBER,
        checked_on=_CHECKED,
        valid_until=_UNTIL,
        conditions=[views.ConditionSent(facet=Facet.WHERE, value="市政道路")],
        version=3,
    ),
    views.EntryDecision(approve=True, version=3),
    views.WithdrawalSent(reason="文件已废止"),
)
