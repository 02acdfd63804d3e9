"""A small catalogue of matters in which everything occurs that a plan can depend on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from minxin.consult.matters.records import (
    Applicant,
    Fee,
    Form,
    LifeEvent,
    Limit,
    Matter,
    Option,
    Paper,
    Prerequisite,
    Question,
    Step,
    Window,
)

AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
WINDOW = Window(
    name="一号窗口", address="望洲大道1号", hours="周一至周五", phone="0399-1", map="https://map.example/?q=1"
)


def ask(question_id: str, *options: str) -> Question:
    return Question(
        id=question_id, text=f"{question_id}？", options=tuple(Option(id=one, text=f"{one}。") for one in options)
    )


def matter(code: str, **fields: Any) -> Matter:
    """Return a matter with everything filled in that a test does not care about."""
    given: dict[str, Any] = {
        "name": f"事项{code}",
        "office_id": "cgj",
        "changed_at": AT,
        "applicants": (Applicant.PERSONS,),
        "who": "居民",
        "summary": "办一件事。",
        "limits": (Limit(promised=0),),
        "steps": (Step(text="申请"),),
        "basis": ("某法第一条",),
        "windows": (WINDOW,),
    }
    return Matter(id=code, **(given | fields))


CARD = Paper(name="居民身份证", copies=1, issuer="公安机关")
LICENCE = ask("licence", "yes", "no")
FOOD = ask("food", "serve", "packed")
SHOP = matter(
    "SC-1",
    name="开店登记",
    also_called=("办执照", "开小店"),
    papers=(CARD, Paper(name="照片", originals=2, keeps=True)),
    limits=(Limit(promised=3, statutory=5),),
    fees=(Fee(name="工本费", fen=1050),),
    life=(LifeEvent.BUSINESS,),
    online="/online/SC-1",
)
KITCHEN = matter(
    "SC-2",
    name="食品经营许可",
    also_called=("开饭馆", "餐饮许可"),
    questions=(LICENCE, FOOD),
    papers=(
        CARD,
        Paper(name="营业执照", copies=1, matter="SC-1"),
        Paper(name="照片", originals=1, keeps=True, note="一寸"),
        Paper(name="健康证明", when={"food": ("serve",)}),
    ),
    steps=(Step(text="申请"), Step(text="现场核查", when={"food": ("serve",)}), Step(text="领证")),
    limits=(Limit(promised=0, when={"food": ("packed",)}), Limit(promised=5, statutory=10)),
    prerequisites=(Prerequisite(matter="SC-1", why="先有执照", when={"licence": ("no",)}),),
    forms=(Form(id="apply", name="许可申请表", fields=("姓名", "店名"), declaration="以上属实。"),),
    life=(LifeEvent.BUSINESS, LifeEvent.WORK),
)
TREE = matter(
    "YL-1", name="砍树审批", also_called=("砍树",), limits=(Limit(promised=8),), fees=(Fee(name="费", fen=2000),)
)
GONE = matter("ZZ-9", name="不办了的事项", withdrawn=True)
ALL = (SHOP, KITCHEN, TREE, GONE)
CATALOGUE = {one.id: one for one in ALL if not one.withdrawn}
