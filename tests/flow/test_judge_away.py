"""Without the judge people write all the same: the pages say that there is no advice just now, and take the letter."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from aiohttp import ClientSession
from support.api import Program
from support.letters import LETTER, TEXT, become_citizen, send_letter
from support.web import City, application_of, open_browser, serve

from minxin.core.errors import UnavailableError
from minxin.core.judgement import Judgement
from minxin.webui.views import advice

AWAY = "暂时无法推荐承办单位"


class AbsentJudge:
    """A judge that can't be had."""

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        raise UnavailableError


class SilentJudge:
    """A judge that is not there yet."""

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        return await asyncio.Future()


@pytest.fixture(params=[AbsentJudge, SilentJudge])
def city_alone(city: City, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(advice, "PATIENCE_S", 0.05)
    city.services = dataclasses.replace(city.services, judge=request.param())
    return city


async def test_letter_is_sent_without_advice(city_alone: City) -> None:
    async with serve(application_of(city_alone)) as base, open_browser(base) as writer:
        await become_citizen(writer, city_alone)
        await writer.get("/write")
        fields = writer.hidden("/write/check")
        await writer.post("/write/suggestion", {**fields, "subject": "烧烤店", "text": TEXT})
        assert (writer.status, AWAY in writer.text) == (200, True)
        await writer.get("/write")
        await writer.submit("/write/check", **LETTER)
        assert (writer.status, AWAY in writer.text) == (200, True)
        await send_letter(writer)


async def test_ask_box_says_so_and_programs_are_told_to_come_back(city_alone: City) -> None:
    async with serve(application_of(city_alone)) as base, open_browser(base) as visitor:
        await visitor.get("/ask?q=楼下烧烤店油烟很大")
        assert (visitor.status, AWAY in visitor.text) == (200, True)
    async with serve(application_of(city_alone)) as base, ClientSession() as session:
        answer = await Program(session, base).call("POST", "/suggestions", {"text": "楼下烧烤店油烟很大"})
        assert (answer.status, "Retry-After" in answer.headers) == (503, True)
