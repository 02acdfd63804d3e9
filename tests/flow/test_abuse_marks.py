"""What offends or threatens in a letter is shown to whoever reads it on the desk, and keeps nothing back."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from support.desk import log_in_staff, open_offices, unsure
from support.letters import become_citizen, send_letter
from support.web import Browser, City

from minxin.classifier.words.advice import rules_only
from minxin.consult import routing
from minxin.consult.decision import Deed
from minxin.consult.records import Letter, OrderState, WorkOrder
from minxin.core.abuse import Abuse, AbuseSpan
from minxin.core.actor import SYSTEM, Role
from minxin.core.errors import UnavailableError
from minxin.deploy.abuse import AbuseReader

THREAT = {"subject": "物业收费", "text": "物业乱收费，你们这群人渣再不退钱我弄死你，请处理物业乱收费。"}


async def _judged(city: City, letter_id: str) -> str:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    advice = replace(unsure(letter), confident=True, points=(), abuse=rules_only(letter.subject, letter.text).abuse)
    await city.store.commit(
        routing.judged(Deed(SYSTEM, city.clock.now(), "worker"), letter, advice, city.services.limits, "jiwei")
    )
    (order,) = await city.store.orders_of(letter_id)
    return order.id


async def test_threat_in_a_letter_is_marked_for_its_reader_and_the_letter_goes_on(
    city: City, browser: Browser, other_browser: Browser
) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    order_id = await _judged(city, await send_letter(browser, **THREAT))
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    text = await other_browser.get(f"/desk/orders/{order_id}")
    assert "可能含有辱骂或者威胁：" in text
    assert "威胁 <mark>弄死你</mark>" in text
    assert "辱骂 <mark>" in text
    order = await city.store.get(WorkOrder, order_id)
    assert order is not None
    assert order.state is OrderState.TO_SIGN


class Judge:
    """Says what it was given, or that it is away."""

    def __init__(self, spans: tuple[AbuseSpan, ...] | None) -> None:
        self.spans = spans
        self.asked: list[str] = []

    async def abuse_in(self, text: str) -> tuple[AbuseSpan, ...]:
        self.asked.append(text)
        if self.spans is None:
            raise UnavailableError("judge.down")
        return self.spans


LEARNT = (AbuseSpan(0, 2, "蛀虫", Abuse.OFFENSIVE),)


def _choose(models: Path) -> None:
    (models / "abuse").mkdir(parents=True)
    (models / "abuse" / "current.json").write_text('{"current": "20260101-abuse-00000000"}')


async def test_phrases_are_read_here_until_a_model_is_chosen(tmp_path: Path) -> None:
    judge = Judge(LEARNT)
    reader = AbuseReader(judge, tmp_path)
    assert [span.kind for span in await reader.find("蛀虫，弄死你")] == [Abuse.THREAT]
    assert judge.asked == []
    _choose(tmp_path)
    assert await reader.find("蛀虫") == LEARNT


@pytest.mark.parametrize("patience_s", [3.0, 0.0], ids=["away", "too slow"])
async def test_phrases_stand_in_for_a_judge_that_is_not_at_hand(patience_s: float, tmp_path: Path) -> None:
    _choose(tmp_path)
    reader = AbuseReader(Judge(None), tmp_path, patience_s=patience_s)
    assert [span.kind for span in await reader.find("弄死你")] == [Abuse.THREAT]
