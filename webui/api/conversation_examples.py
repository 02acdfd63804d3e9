"""Examples of conversations, for ``examples.py``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct

from minxin.consult.assistant.hearing import Act
from minxin.consult.assistant.state import CardKind
from minxin.consult.chat.records import Author, Stage
from minxin.core.passages import Source
from minxin.webui.api import conversation_views as views

_AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_ENTRY: Final = "knowledge:Zk3v9hQ1sT2uW4xY5zA6bC"
_QUESTION: Final = "居住证快到期了怎么续签"
PASSAGE_EXAMPLE: Final = views.PassageShown(
    id=_ENTRY,
    source=Source.KNOWLEDGE,
    title="居住证到期怎么签注",
    paragraphs=["居住证每年签注一次，期满前 1 个月内到居住地派出所或者社区服务窗口办理，当场办结，不收费。"],
    holds_for=[],
    office="市公安局",
    basis="《居住证暂行条例》第十条",
    checked_on=date(2026, 2, 10),
    path="/knowledge/Zk3v9hQ1sT2uW4xY5zA6bC",
    mark=None,
)
_ASKED: Final = views.SaidShown(
    seq=1,
    at=_AT,
    author=Author.VISITOR,
    post="",
    text=_QUESTION,
    card=None,
    options=[],
    quotes=[],
    passages=[],
    related=[],
)
_ANSWER: Final = views.SaidShown(
    seq=2,
    at=_AT,
    author=Author.ASSISTANT,
    post="",
    text="为您找到：",
    card=CardKind.ANSWER,
    options=[],
    quotes=[],
    passages=[PASSAGE_EXAMPLE],
    related=[],
)
CONVERSATION_EXAMPLES: Final[tuple[Struct, ...]] = (
    views.Opened(
        id="pL8mN7oK6jI5hG4fE3dC2b",
        key="0vT5cWq2yN8hB1mZx7Jd4KsRfLg9EaUo3PiQ6tVuYwX",
        stage=Stage.ASSISTANT,
        opened_at=_AT,
    ),
    views.ActSent(act=Act.SAY, what=_QUESTION, token="9f1c2e7a"),  # noqa: S106 - the form's one-time token
    views.MarkSent(passage_id=_ENTRY, mark="solved", token="9f1c2e7b"),  # noqa: S106
    views.TalkShown(stage=Stage.ASSISTANT, reason=None, promised_by=None, letter_id=None, items=[_ASKED, _ANSWER]),
)
