"""Examples of texts and their judgements, for ``examples.py``."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from minxin.core.judgement import Kind, PointKind, Urgency, judged_text
from minxin.core.places import Level, PlaceKind
from minxin.webui.api import judgement_views as views
from minxin.webui.api.sent import TextsToJudge, TextToJudge

_SENT: Final = TextToJudge(subject="路灯不亮", text="文庙街 12 号门口的路灯坏了一个星期，晚上很暗，请尽快修理。")
_WHOLE: Final = judged_text(_SENT.subject, _SENT.text)


def _evidence(words: str, weight: float) -> views.JudgedWords:
    start = _WHOLE.rindex(words)
    return views.JudgedWords(start=start, end=start + len(words), words=words, weight=weight)


_CANDIDATE: Final = views.JudgedOffice(
    office_id="chengguan",
    office="市城市管理局",
    probability=0.94,
    evidence=[_evidence("路灯坏了", 1.8)],
    duty="负责城市照明设施的维护管理。",
)
_POINT: Final = views.JudgedPoint(
    title="路灯坏了一个星期",
    kind=PointKind.REQUEST,
    start=5,
    end=len(_WHOLE),
    words=_WHOLE[5:],
    candidates=[_CANDIDATE],
    confident=True,
)
_PLACE: Final = views.JudgedPlace(
    start=5,
    end=8,
    words="文庙街",
    name="文庙街",
    kind=PlaceKind.ROAD,
    area=["海晏区", "鼓楼街道"],
    choices=[],
    known=True,
)
_RULE: Final = views.JudgedRule(
    rule="matter",
    level=Level.CITY,
    detail="城市照明由市城市管理局负责。",
    place="文庙街",
    area=["海晏区", "鼓楼街道"],
    words=["路灯"],
)
_JUDGEMENT: Final = views.JudgementShown(
    candidates=[_CANDIDATE],
    confident=True,
    threshold=0.91,
    kind=Kind.HELP,
    kind_probability=0.81,
    urgency=Urgency.NORMAL,
    urgency_evidence=[],
    denounces=False,
    out_of_power=[],
    asks_a_person=False,
    points=[_POINT],
    places=[_PLACE],
    rule=_RULE,
    abuse=[],
    model="linear-5f0c1d2e+9b1f8a77",
)
JUDGEMENT_EXAMPLES: Final[tuple[Struct, ...]] = (
    _SENT,
    TextsToJudge(texts=[_SENT]),
    _JUDGEMENT,
    views.JudgementList(items=[_JUDGEMENT]),
)
