"""The interface for programs over real HTTP: the whole way of a letter, and everything that is refused."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from PIL import Image
from support.api import API, CITIZEN, Office, Program, key_of, open_citizen, open_office, staff_key
from support.letters import CALM, LETTER, TEXT, answered, to_tray
from support.web import OFFICE, City

from minxin.consult import routing
from minxin.consult.records import Letter
from minxin.core.actor import SYSTEM, Role
from minxin.core.changes import Changes
from minxin.mailbox.boxes import message_id
from minxin.mailbox.records import Account

NEW = {**LETTER, "token": "t-1"}
REPLY = {
    "finding": "经现场检查，该店未装净化设施。",
    "basis": "《大气污染防治法》第八十一条。",
    "result": "已责令改正。",
    "contact": "综合科 0399-5550123",
    "remedy": "30 日内可申请复查。",
    "promises": [{"text": "装好净化器", "until": "2026-06-30"}],
}


@pytest.fixture
async def office(city: City, site: str) -> AsyncIterator[Office]:
    async with open_office(city, site) as opened:
        yield opened


async def _routed(city: City, office: Office, number: int = 1) -> tuple[str, str]:
    """Write a letter, have the clerk dispatch it, and return the ids of letter and work order."""
    letter_id = (await office.citizen.post("/letters", {**LETTER, "token": f"t-{number}"})).body["id"]
    order = await to_tray(city, letter_id)
    sent = await office.clerk.post(f"/orders/{order.id}/dispatch", {"office_id": "cgj", "reason": "油烟归城管"})
    assert (sent.status, sent.body["state"]) == (200, "to_sign")
    return letter_id, order.id


async def test_letter_goes_to_its_answer_through_the_interface(city: City, office: Office) -> None:
    letter_id, order_id = await _routed(city, office)
    order = f"/orders/{order_id}"
    await _signed_for(office, order_id)
    await _more_time(office, order)
    await _drafted(office, order)
    assert (await office.signer.post(f"{order}/sign_off")).body["state"] == "answered"
    read = (await office.citizen.get(f"/letters/{letter_id}")).body
    assert (read["stage"], read["orders"][0]["open_moves"]) == ("answered", ["rate"])
    assert read["orders"][0]["reply"]["promises"] == REPLY["promises"]
    assert read["writer"] is None
    await _rated(office, letter_id, order)
    figures = (await office.manager.get("/statistics?period=quarter")).body
    rated = next(figure for figure in figures["total"] if figure["formula"] == "satisfaction")
    assert (rated["numerator"], rated["denominator"], rated["value"]) == (0, 1, 0.0)


async def _signed_for(office: Office, order_id: str) -> None:
    order = f"/orders/{order_id}"
    queue = (await office.handler.get("/queues/to_sign")).body
    assert [entry["order_id"] for entry in queue["items"]] == [order_id]
    assert queue["items"][0]["limits"]["sign"]["light"] == "green"
    assert "sign_for" in (await office.handler.get(order)).body["open_moves"]
    assert (await office.handler.post(f"{order}/sign_for")).body["state"] == "in_progress"

    asked = await office.handler.post(f"{order}/ask_papers", {"text": "请补充店铺照片。"})
    assert (asked.body["state"], asked.body["limits"]["answer"]["instant"]) == ("waiting", None)
    files = [{"name": "店.txt", "data": base64.b64encode("门口照片".encode()).decode()}]
    supplied = await office.citizen.post(f"{order}/supply_papers", {"answer": "见附件说明。", "attachments": files})
    assert (supplied.status, supplied.body["state"]) == (200, "in_progress")
    url = supplied.body["papers"][0]["attachments"][0]["url"].removeprefix(API)
    assert (await office.handler.get(url)).raw.decode() == "门口照片"


async def _more_time(office: Office, order: str) -> None:
    asked = await office.handler.post(f"{order}/ask_extension", {"working_days": 5, "reason": "需要专业检测"})
    assert asked.body["extension"]["approved"] is None
    assert (await office.citizen.get(order)).body["extension"] is None
    assert len((await office.manager.get("/queues/extensions")).body["items"]) == 1
    assert (await office.manager.post(f"{order}/decide_extension", {"approve": True})).body["extension"]["approved"]


async def _drafted(office: Office, order: str) -> None:
    assert (await office.handler.put(f"{order}/reply", {"finding": "先写一点"})).status == 200
    assert (await office.citizen.get(order)).body["inside"] is None
    incomplete = await office.handler.post(f"{order}/submit", {**REPLY, "basis": ""})
    assert (incomplete.status, [error["field"] for error in incomplete.body["errors"]]) == (422, ["basis"])
    assert (await office.handler.post(f"{order}/submit", REPLY)).body["state"] == "in_review"
    assert (await office.reviewer.post(f"{order}/send_back", {"comment": "请写明条款"})).body["state"] == "in_progress"
    drafts = (await office.handler.get(order)).body["inside"]["drafts"]
    assert drafts[-1]["comment"] == "请写明条款"
    assert (await office.handler.post(f"{order}/submit", REPLY)).status == 200
    assert (await office.reviewer.post(f"{order}/approve")).body["state"] == "to_sign_off"


async def _rated(office: Office, letter_id: str, order: str) -> None:
    bad = await office.citizen.post(f"{order}/rate", {"level": "dissatisfied"})
    assert (bad.status, bad.body["errors"][0]["field"]) == (422, "reason")
    redone = await office.citizen.post(
        f"{order}/rate", {"level": "dissatisfied", "reason": "油烟还在", "solved": False}
    )
    assert (redone.body["stage"], redone.body["rating"]["level"]) == ("redone", "dissatisfied")
    steps = (await office.citizen.get(f"/letters/{letter_id}/timeline")).body["steps"]
    assert [step["kind"] for step in steps][:3] == ["received", "routed", "signed_for"]
    assert steps[2]["office"] == OFFICE.name


async def test_return_ruling_reminder_refusal_and_withdrawal(city: City, office: Office) -> None:
    letter_id, order_id = await _routed(city, office)
    order = f"/orders/{order_id}"
    given = await office.handler.post(f"{order}/return", {"reason": "不属于我局职责", "proposed_office_id": "sjj"})
    assert (given.status, given.body["state"]) == (200, "returned")
    assert (await office.citizen.post(f"{order}/remind")).status == 200
    ruled = await office.manager.post(f"{order}/rule", {"office_id": "sjj", "reason": "按职责表裁定"})
    assert ruled.body["inside"]["binding"] is True
    assert (await office.handler.get(order)).status == 404
    withdrawn = await office.citizen.post(f"/letters/{letter_id}/withdraw")
    assert (withdrawn.status, withdrawn.body["stage"]) == (200, "withdrawn")
    again = await office.citizen.post(f"/letters/{letter_id}/withdraw")
    assert (again.status, again.body["key"]) == (409, "moves.state")

    other = await office.citizen.post("/letters", {**LETTER, "token": "t-2"})
    tray = await to_tray(city, other.body["id"])
    wrong = await office.clerk.post(f"/orders/{tray.id}/refuse", {"ground": "whim", "advice": "请向法院提出"})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "ground")
    refused = await office.clerk.post(f"/orders/{tray.id}/refuse", {"ground": "in_court", "advice": "请等待法院判决"})
    assert refused.body["state"] == "cancelled"
    assert (await office.citizen.get(f"/letters/{other.body['id']}")).body["refusal"]["ground"] == "in_court"


async def test_letter_is_201_with_number_code_receipt_and_limits_and_a_resend_is_200_with_the_same(
    city: City, office: Office
) -> None:
    first = await office.citizen.post("/letters", NEW)
    assert first.status == 201
    assert first.headers["Location"] == f"{API}/letters/{first.body['id']}"
    assert first.body["number"] == "2026-000001"
    assert len(first.body["query_code"]) == 10
    assert first.body["receipt"]["seq"] == 1
    assert first.body["received_at"] == "2026-03-02T04:00:00Z"
    answer = first.body["limits"]["answer"]
    assert (answer["limit"], answer["last_day"], answer["instant"]) == ("10wd", "2026-03-16", "2026-03-16T16:00:00Z")
    assert (answer["provisional"], bool(answer["rule_id"])) == (False, True)
    why = await office.citizen.get(answer["explanation_url"].removeprefix(API))
    assert len([day for day in why.body["days"] if day["counted"]]) == 10
    again = await office.citizen.post("/letters", NEW)
    assert (again.status, again.body) == (200, first.body)
    urgent = await city.store.get(Letter, first.body["id"])
    assert urgent is not None
    await city.store.commit(Changes(puts=[replace(urgent, urgent=True, answer_due=urgent.accept_due)]))
    assert (await office.citizen.post("/letters", NEW)).body == first.body
    assert (await office.citizen.get(f"/letters/{first.body['id']}/receipt")).body == first.body
    assert len((await office.citizen.get("/letters")).body["items"]) == 1


async def test_many_resends_at_once_are_one_letter(office: Office) -> None:
    answers = await asyncio.gather(*(office.citizen.post("/letters", NEW) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.body["number"] for answer in answers}) == 1


async def test_idempotency_key_stands_for_the_token(office: Office) -> None:
    first = await office.citizen.post("/letters", LETTER, Idempotency_Key="k-1")
    again = await office.citizen.post("/letters", LETTER, Idempotency_Key="k-1")
    other = await office.citizen.post("/letters", LETTER)
    assert (first.status, again.status, other.status) == (201, 200, 201)
    assert again.body == first.body != other.body
    long = await office.citizen.post("/letters", LETTER, Idempotency_Key="k" * 101)
    assert (long.status, long.body["errors"][0]["field"]) == (422, "token")
    strange = await office.citizen.post("/letters", LETTER, Idempotency_Key="钥匙")
    assert (strange.status, strange.body["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_counter_writes_for_the_citizen_it_found(city: City, office: Office) -> None:
    found = await office.clerk.post("/counter/citizens", {"citizen": "13812345678"})
    assert found.body["person"] == {
        "name": "王**",
        "phone": "138****5678",
        "id_number": found.body["person"]["id_number"],
    }
    assert "*" in found.body["person"]["id_number"]
    letter = {**NEW, "writer_id": found.body["writer_id"], "came_by": "phone"}
    assert (await office.clerk.post("/letters", letter)).status == 201
    mine = (await office.citizen.get("/letters")).body["items"]
    assert len(mine) == 1
    missing = await office.clerk.post("/letters", {**letter, "came_by": ""})
    assert (missing.status, missing.body["key"]) == (422, "counter.came_by.missing")
    assert (await office.handler.post("/letters", letter)).status == 403
    assert (await office.clerk.post("/letters", {**letter, "writer_id": "nobody"})).status == 404
    assert (await office.handler.post("/letters", NEW)).body["key"] == "api.letter.writers_only"
    assert (await office.handler.post("/counter/citizens", {"citizen": "13812345678"})).status == 404
    assert (await office.clerk.post("/counter/citizens", {"citizen": "x"})).status == 422


async def test_staff_see_the_writer_masked_and_strangers_see_nothing(city: City, office: Office) -> None:
    letter_id, order_id = await _routed(city, office)
    seen = (await office.handler.get(f"/letters/{letter_id}")).body
    assert (seen["writer"]["name"], seen["writer"]["phone"]) == ("王**", "138****5678")
    assert "13812345678" not in json.dumps(seen)
    stranger = Program(office.session, office.base, await key_of(city, await _other_citizen(city)))
    for path in (f"/letters/{letter_id}", f"/letters/{letter_id}/timeline", f"/orders/{order_id}"):
        assert (await stranger.get(path)).status == 404
        assert (await office.nobody.get(path)).status == 401
    assert (await stranger.post(f"/orders/{order_id}/remind")).status == 404
    assert (await office.handler.get(f"/letters/{letter_id}/receipt")).status == 404


async def test_sealed_letter_is_only_there_for_the_discipline_desk(city: City, office: Office) -> None:
    letter_id = (await office.citizen.post("/letters", {**NEW, "kind": "report"})).body["id"]
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    deed = routing.Deed(SYSTEM, city.clock.now(), "worker")
    judged = routing.judged(deed, letter, replace(CALM, denounces=True), city.services.desk.limits, "cgj")
    await city.store.commit(judged)
    order_id = (await city.store.orders_of(letter_id))[0].id
    for program in (office.clerk, office.manager, office.handler):
        assert (await program.get(f"/letters/{letter_id}")).status == 404
        assert (await program.get(f"/orders/{order_id}")).status == 404
        assert (await program.post(f"/orders/{order_id}/sign_for")).status == 404
    assert (await office.manager.get("/statistics/now")).body["tiles"]["open"] == 0
    desk = Program(office.session, office.base, await staff_key(city, Role.DISCIPLINE))
    assert (await desk.get("/queues/sealed")).body["items"][0]["order_id"] == order_id
    assert (await desk.get(f"/letters/{letter_id}")).body["sealed"] is True
    assert (await office.citizen.get(f"/letters/{letter_id}")).status == 200


async def test_draft_is_kept_changed_sent_once_and_found_again(office: Office) -> None:
    made = await office.citizen.post("/drafts", {"subject": "油烟"})
    assert made.status == 201
    path = f"/drafts/{made.body['id']}"
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    files = [
        {"name": "一.png", "data": base64.b64encode(picture.getvalue()).decode()},
        {"name": "二.txt", "data": base64.b64encode("说明".encode()).decode()},
    ]
    added = await office.citizen.post(f"{path}/attachments", {"attachments": files})
    assert [file["name"] for file in added.body["attachments"]] == ["一.png", "二.txt"]
    removed = await office.citizen.delete(f"{path}/attachments/{added.body['attachments'][1]['id']}")
    assert len(removed.body["attachments"]) == 1
    assert (await office.citizen.delete(f"{path}/attachments/none")).status == 404
    early = await office.citizen.post(f"{path}/send")
    assert (early.status, {error["field"] for error in early.body["errors"]}) == (422, {"kind", "text"})
    assert (await office.citizen.put(path, LETTER)).body["text"] == TEXT
    assert (await office.citizen.get(path)).body["kind"] == "complaint"
    sent = await office.citizen.post(f"{path}/send")
    again = await office.citizen.post(f"{path}/send")
    assert (sent.status, again.status, again.body) == (201, 200, sent.body)
    file = (await office.citizen.get(f"/letters/{sent.body['id']}")).body["attachments"][0]
    got = await office.citizen.get(file["url"].removeprefix(API))
    assert (got.headers["Content-Type"], got.headers["Content-Disposition"][:10]) == ("image/png", "attachment")
    assert (await office.citizen.get("/drafts")).body["items"] == []
    other = await office.citizen.post("/drafts", {})
    assert (await office.citizen.delete(f"/drafts/{other.body['id']}")).status == 204
    assert (await office.citizen.post(f"/drafts/{other.body['id']}/send")).status == 404
    assert (await office.handler.get("/drafts")).status == 404


async def test_status_is_open_by_number_and_code_and_guesses_are_throttled(office: Office) -> None:
    receipt = (await office.citizen.post("/letters", NEW)).body
    known = {"number": receipt["number"], "code": receipt["query_code"].lower()}
    status = await office.nobody.post("/query", known)
    assert (status.status, status.body["stage"]) == (200, "received")
    assert TEXT not in status.raw.decode()
    for _ in range(10):
        wrong = await office.nobody.post("/query", {**known, "code": "AAAAAAAAAA"})
        assert (wrong.status, wrong.body["key"]) == (404, "query.wrong")
    closed = await office.nobody.post("/query", known)
    assert closed.status == 429
    assert int(closed.headers["Retry-After"]) > 0


async def test_box_offices_and_suggestions(city: City, office: Office) -> None:
    words = {"sender": "信箱", "subject": "已答复", "text": "请登录查看"}
    await city.store.commit(city.services.mailroom.house.notice(CITIZEN, city.clock.now(), key="k", **words))
    path = f"/box/{message_id(CITIZEN, 'k')}"
    assert (await office.citizen.get("/box")).body["unread"] == 1
    assert (await office.citizen.get(path)).body["read_at"] is None
    assert (await office.citizen.post(f"{path}/read")).body["read_at"] is not None
    assert (await office.citizen.get("/box")).body["unread"] == 0
    assert (await office.clerk.get(path)).status == 404
    assert {one["id"] for one in (await office.nobody.get("/offices")).body["items"]} == {"cgj", "sjj"}
    assert (await office.nobody.post("/suggestions", {"text": "油烟找谁"})).body["suggestions"] == []
    assert (await office.nobody.post("/suggestions", {"text": " "})).body["key"] == "ask.missing"
    assert (await office.nobody.get("/public")).body == {"items": [], "next": None}
    assert (await office.nobody.get("/public/none")).status == 404


async def test_letter_is_published_by_two_people_and_its_writer_looked_at_with_a_reason(
    city: City, office: Office
) -> None:
    letter_id = (await office.citizen.post("/letters", {**NEW, "public": True})).body["id"]
    order = await answered(city, letter_id)
    path = f"/orders/{order.id}"
    copy = (await office.handler.get(f"{path}/publication")).body
    assert copy.pop("found") == []
    proposed = await office.handler.post(f"{path}/publication", copy)
    assert (proposed.status, proposed.body["state"]) == (200, "proposed")
    assert [one["id"] for one in (await office.reviewer.get("/publications")).body["items"]] == [letter_id]
    assert (await office.handler.post(f"/publications/{letter_id}/decision", {"approve": True})).status == 404
    published = await office.reviewer.post(f"/publications/{letter_id}/decision", {"approve": True})
    assert published.body["state"] == "published"
    assert (await office.nobody.get(f"/public/{letter_id}")).body["subject"] == LETTER["subject"]
    assert len((await office.nobody.get("/public")).body["items"]) == 1

    wrong = await office.handler.post(f"{path}/reveal", {"what": "phone", "reason": ""})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "reason")
    seen = await office.handler.post(f"{path}/reveal", {"what": "phone", "reason": "联系核实现场情况"})
    assert seen.body == {"what": "phone", "value": "13812345678"}
    reveals = await city.accounts.people.reveals_of(CITIZEN)
    assert [one.reason for one in reveals] == ["联系核实现场情况"]
    assert (await office.citizen.post(f"{path}/reveal", {"what": "name", "reason": "看看是谁"})).status == 404


async def test_lists_come_in_pages_by_cursor(city: City, office: Office) -> None:
    for number in range(3):
        await _routed(city, office, number)
    first = (await office.handler.get("/queues/to_sign?size=2")).body
    second = (await office.handler.get(f"/queues/to_sign?size=2&after={first['next']}")).body
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    mine = (await office.citizen.get("/letters?size=2")).body
    assert len((await office.citizen.get(f"/letters?after={mine['next']}")).body["items"]) == 1
    far = base64.urlsafe_b64encode(b'[99999999999999999999999,"x"]').decode().rstrip("=")
    for cursor in ("x", "%00", "%E9%92%A5", far, "W10"):
        assert (await office.citizen.get(f"/letters?after={cursor}")).status == 422, cursor
    for size in ("0", "201", "many"):
        assert (await office.citizen.get(f"/letters?size={size}")).body["errors"][0]["field"] == "size"
    counts = (await office.handler.get("/queues")).body["queues"]
    assert {"name": "to_sign", "count": 3} in counts
    assert (await office.handler.get("/queues/to_dispatch")).status == 404
    assert (await office.handler.get("/queues/nonsense")).status == 404
    assert (await office.citizen.get("/queues")).body["queues"] == []


async def test_statistics_give_each_his_own_and_open_into_their_items(city: City, office: Office) -> None:
    _, order_id = await _routed(city, office)
    await office.handler.post(f"/orders/{order_id}/sign_for")
    everything = (await office.manager.get("/statistics")).body
    signing = everything["total"][0]
    assert (signing["formula"], signing["value"], signing["numerator"]) == ("timely_signing", 1.0, 1)
    own = (await office.handler.get("/statistics")).body
    assert (own["total"], [row["office_id"] for row in own["offices"]]) == (None, ["cgj"])
    for program in (office.manager, office.handler):
        items = (await program.get("/statistics/figures/timely_signing?part=met")).body
        assert (items["total"], items["items"][0]["number"]) == (1, "2026-000001")
    now = (await office.manager.get("/statistics/now")).body
    assert (now["received_today"], now["tiles"]["open"]) == (1, 1)
    assert (await office.clerk.get("/statistics/now/open")).body["items"][0]["item_id"] == order_id
    trend = (await office.manager.get("/statistics/trend?period=custom&from=2026-03-01&to=2026-03-02")).body
    assert [(day["day"], day["received"], day["open"]) for day in trend["days"]] == [
        ("2026-03-01", 0, 0),
        ("2026-03-02", 1, 1),
    ]
    assert (await office.citizen.get("/statistics")).status == 404
    assert (await office.handler.get("/statistics/now")).status == 404
    for query, field in (
        ("period=custom", "from"),
        ("period=custom&from=2026-03-02&to=2026-03-01", "to"),
        ("period=x", "period"),
    ):
        refused = await office.manager.get(f"/statistics?{query}")
        assert (refused.status, refused.body["errors"][0]["field"]) == (422, field)
    assert (await office.manager.get("/statistics/figures/nonsense")).status == 404
    assert (await office.manager.get("/statistics/now/nonsense")).status == 404
    assert (await office.manager.get("/statistics/figures/closing?office=nobody")).status == 404


async def _other_citizen(city: City) -> Account:
    return await open_citizen(city, "13912345678", "110105200002290013")
