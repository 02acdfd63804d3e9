"""Any text judged for a program of the staff: the whole judgement, for whom, how much, and when the judge is away."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from support.api import Answer, Office, Program, key_of, open_office
from support.web import City, application_of, serve

from minxin.core.abuse import Abuse, AbuseSpan
from minxin.core.actor import Role
from minxin.core.errors import UnavailableError
from minxin.core.judgement import (
    Candidate,
    Evidence,
    Ground,
    Judgement,
    Kind,
    OutOfPower,
    Point,
    PointKind,
    Urgency,
)
from minxin.core.places import Competence, Level, Place, PlaceKind
from minxin.store.sqlite.connect import FILE
from minxin.webui.api import judgements
from minxin.webui.api.judgement_views import JudgementShown
from minxin.webui.forms import MIB

SMOKE = {"subject": "烧烤店油烟扰民", "text": "楼下烧烤店每天油烟很大，请查处。", "place": "鼓楼街 8 号"}


DUTY = "查处餐饮油烟扰民。"


class CertainJudge:
    """A judge that says everything that a judge can say."""

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        smoke = Evidence(3, 5, "油烟", 1.5)
        offices = (Candidate("cgj", 0.9, (smoke,), DUTY),)
        return Judgement(
            candidates=offices,
            kind=Kind.COMPLAINT,
            kind_probability=0.8,
            urgency=Urgency.URGENT,
            urgency_evidence=(smoke,),
            denounces=True,
            confident=True,
            model="certain",
            points=(Point(8, 8 + len(body), "油烟很大", PointKind.COMPLAINT, offices, confident=True),),
            places=(Place(-1, -1, place, "鼓楼街", PlaceKind.ROAD, ("海晏区",)),),
            rule=Competence("matter", Level.CITY, "按事项。", "By matter.", words=("油烟",)),
            out_of_power=(OutOfPower(Ground.IN_COURT, ()),),
            abuse=(AbuseSpan(3, 5, "油烟", Abuse.INSULT),),
        )


@pytest.fixture
async def office(city: City, site: str) -> AsyncIterator[Office]:
    async with open_office(city, site) as opened:
        yield opened


async def test_judgement_is_shown_whole_with_offices_by_name(city: City) -> None:
    city.services = dataclasses.replace(city.services, judge=CertainJudge())
    async with serve(application_of(city)) as base, open_office(city, base) as office:
        judged = (await office.clerk.post("/judgements", SMOKE, Accept_Language="en")).body
    (first,) = judged["candidates"]
    smoke = {"start": 3, "end": 5, "words": "油烟", "weight": 1.5}
    assert first == {
        "office_id": "cgj",
        "office": first["office"],
        "probability": 0.9,
        "evidence": [smoke],
        "duty": DUTY,
    }
    assert judged["points"][0]["words"] == SMOKE["text"]
    assert judged["points"][0]["candidates"] == [first]
    assert (judged["places"][0]["area"], judged["places"][0]["start"]) == (["海晏区"], -1)
    assert (judged["rule"]["detail"], judged["rule"]["level"]) == ("By matter.", "city")
    assert judged["out_of_power"] == [{"ground": "in_court", "evidence": []}]
    assert judged["asks_a_person"]
    assert judged["abuse"] == [{"start": 3, "end": 5, "words": "油烟", "kind": "insult"}]
    assert (judged["kind"], judged["kind_probability"], judged["urgency"]) == ("complaint", 0.8, "urgent")
    assert (judged["denounces"], judged["confident"], judged["model"]) == (True, True, "certain")


def test_nothing_of_a_judgement_is_left_out() -> None:
    assert set(Judgement.__struct_fields__) <= set(JudgementShown.__struct_fields__)


async def test_batch_is_answered_in_its_order(office: Office) -> None:
    texts = [SMOKE, {}, {"text": "😀"}]
    answer = await office.manager.post("/judgements/batch", {"texts": texts})
    one_by_one = [(await office.manager.post("/judgements", text)).body for text in texts]
    assert (answer.status, answer.body["items"]) == (200, one_by_one)


async def test_nothing_is_stored(office: Office, tmp_path: Path) -> None:
    await office.clerk.post("/judgements", SMOKE)
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        before = _version(database)
        assert (await office.clerk.post("/judgements", SMOKE)).status == 200
        assert _version(database) == before


def _version(database: sqlite3.Connection) -> int:
    """Return a number that changes with every commit of somebody else."""
    version: int = database.execute("PRAGMA data_version").fetchone()[0]
    return version


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "请" * 100_000,
        "The street light is broken.",
        "🔥👨‍👩‍👧" * 50,
        "路燈壞了",
        "<script>alert(1)</script>",
        "\x00\ufeff",
    ],
    ids=["empty", "one character", "100,000", "English", "emoji", "traditional", "HTML", "control"],
)
async def test_any_text_gets_a_judgement(office: Office, text: str) -> None:
    answer = await office.clerk.post("/judgements", {"text": text})
    assert (answer.status, "candidates" in answer.body) == (200, True)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/judgements", {"text": "长" * 100_001}, "text"),
        ("/judgements", {"body": "路灯"}, "body"),
        ("/judgements", {"text": 7}, "text"),
        ("/judgements/batch", {"texts": []}, "texts"),
        ("/judgements/batch", {"texts": [{}] * 51}, "texts"),
        ("/judgements/batch", {}, "texts"),
    ],
)
async def test_what_cannot_be_judged_is_refused_by_its_field(
    office: Office, path: str, body: dict[str, object], field: str
) -> None:
    answer = await office.clerk.post(path, body)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


async def test_too_large_a_body_is_refused(office: Office) -> None:
    body = io.BytesIO(b" " * (2 * MIB + 1))
    answer = await office.clerk.call("POST", "/judgements/batch", raw=body)  # type: ignore[arg-type]
    assert answer.status == 413


async def test_only_the_centre_may_ask_and_a_key_that_reads_is_enough(city: City, office: Office) -> None:
    for other in (office.citizen, office.handler, office.signer):
        assert (await other.post("/judgements", SMOKE)).status == 404
    assert (await office.nobody.post("/judgements", SMOKE)).status == 401
    reader = await key_of(city, await city.staff("reader", Role.MANAGER), writes=False)
    assert (await Program(office.session, office.base, reader).post("/judgements", SMOKE)).status == 200


class WaitingJudge:
    """A judge that answers when it is told to, as the city's own judge does."""

    def __init__(self, city: City) -> None:
        self._real = city.services.judge
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        self.asked.set()
        await self.go_on.wait()
        return await self._real.judge(subject, body, place)


class AbsentJudge:
    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        raise UnavailableError


class SilentJudge:
    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        return await asyncio.Future()


async def test_a_caller_has_one_call_at_a_time(city: City) -> None:
    waiting = WaitingJudge(city)
    city.services = dataclasses.replace(city.services, judge=waiting)
    async with serve(application_of(city)) as base, open_office(city, base) as office:
        first = asyncio.create_task(office.clerk.post("/judgements", SMOKE))
        await waiting.asked.wait()
        second = await office.clerk.post("/judgements", SMOKE)
        waiting.go_on.set()
        assert (second.status, "Retry-After" in second.headers) == (429, True)
        assert (await first).status == 200
        assert (await office.clerk.post("/judgements", SMOKE)).status == 200


@pytest.mark.parametrize("judge", [AbsentJudge, SilentJudge])
async def test_without_the_judge_programs_are_told_to_come_back(
    city: City, judge: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judgements, "PATIENCE_S", 0.05)
    city.services = dataclasses.replace(city.services, judge=judge())
    async with serve(application_of(city)) as base, open_office(city, base) as office:
        answers: list[Answer] = [
            await office.clerk.post("/judgements", SMOKE),
            await office.clerk.post("/judgements/batch", {"texts": [SMOKE]}),
        ]
        assert [(one.status, "Retry-After" in one.headers) for one in answers] == [(503, True)] * 2
