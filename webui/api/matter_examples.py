"""Examples of matters and plans, for ``examples.py``."""

from __future__ import annotations

from datetime import date
from typing import Final

from msgspec import Struct

from minxin.consult.matters.records import (
    Applicant,
    Fee,
    LifeEvent,
    Limit,
    Option,
    Paper,
    Step,
    Window,
)
from minxin.core.passages import Facet
from minxin.webui.api import matters

_OFFICE: Final = "滨海市公安局"
_QUESTION: Final = matters.AskedShown(
    id="by_whom",
    text="本人到场，还是委托别人代办？",
    hint="",
    facet=Facet.WHO,
    options=[Option(id="self", text="本人到场"), Option(id="agent", text="委托别人代办")],
)
_WINDOW: Final = Window(
    name="市车辆管理所业务大厅", address="滨海市潮东区疏港路100号", hours="周一至周六 8:30-17:30", phone="0399-5551004"
)
_FEE: Final = Fee(name="驾驶证工本费", fen=1000, basis="发改价格〔2004〕2831号")
_SUMMARY: Final = matters.MatterSummary(
    code="GA-013",
    name="机动车驾驶证补领（遗失、损坏）",
    office_id="gongan",
    office=_OFFICE,
    summary="驾驶证丢失或者损坏，到任一车管所补领。",
    also_called=["补驾照"],
    applicants=[Applicant.PERSONS],
    life=[LifeEvent.WORK],
)
_PLAN: Final = matters.PlanMade(
    matters=[
        matters.PlannedMatterShown(
            code="GA-013",
            name=_SUMMARY.name,
            office_id="gongan",
            office=_OFFICE,
            added=False,
            why="",
            after=[],
            steps=["提交申请", "缴费，领取新驾驶证"],
            promised=0,
            starts_on=date(2026, 3, 4),
            ends_on=date(2026, 3, 4),
            critical=True,
            fees=[_FEE],
            windows=[_WINDOW],
            online="",
        )
    ],
    papers=[
        matters.PlannedPaper(
            name="居民身份证",
            originals=1,
            kept=0,
            copies=1,
            issuer="公安机关",
            matter="",
            notes=[],
            codes=["GA-013"],
        )
    ],
    starts_on=date(2026, 3, 4),
    ends_on=date(2026, 3, 4),
    working_days=0,
    provisional=False,
    fen=1000,
)
MATTER_EXAMPLES: Final[tuple[Struct, ...]] = (
    matters.MatterList(items=[_SUMMARY]),
    matters.MatterShown(
        code="GA-013",
        name=_SUMMARY.name,
        office_id="gongan",
        office=_OFFICE,
        summary=_SUMMARY.summary,
        who="驾驶证丢失、损坏的人",
        also_called=["补驾照"],
        applicants=[Applicant.PERSONS],
        life=[LifeEvent.WORK],
        requirements=[],
        questions=[_QUESTION],
        papers=[
            Paper(name="居民身份证", copies=1, issuer="公安机关"),
            Paper(name="授权委托书", keeps=True, when={"by_whom": ("agent",)}),
        ],
        steps=[Step(text="提交申请"), Step(text="缴费，领取新驾驶证")],
        limits=[Limit(promised=0, statutory=1)],
        fees=[_FEE],
        prerequisites=[],
        basis=["《机动车驾驶证申领和使用规定》（公安部令第162号）"],
        windows=[_WINDOW],
        forms=[],
        online="https://zwfw.binhai.example/item/GA-013",
    ),
    matters.PlanWanted(matters=["GA-013"], answers={"by_whom": "self"}),
    matters.PlanAnswer(questions=[], plan=_PLAN),
)
