"""The knowledge base over the interface for programs: read by everybody, written by two people of the office."""

from __future__ import annotations

from typing import Any

from support.desk import Staff
from support.knowledge import published_entry
from support.letters import answered, become_citizen, send_letter
from support.web import Browser, City

from minxin.core.actor import Role
from minxin.core.changes import Changes

ENTRY: dict[str, Any] = {
    "question": "路灯不亮找谁修？",
    "answer": "报灯杆编号即可，一般故障四十八小时内修复。",
    "basis": "《城市照明管理规定》第二十二条",
    "checked_on": "2026-01-05",
    "other_ways": ["路灯坏了"],
    "conditions": [{"facet": "where", "value": "市政道路"}],
}
API = "/api/v1/knowledge-entries"


async def call(browser: Browser, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Call an operation with the browser's session."""
    await browser.get("/account" if browser.cookies.get("session") else "/")
    token = browser.hidden("/logout").get("csrf_token", "")
    return await browser.json(method, path, body, {"X-CSRF-Token": token})


async def test_entry_is_written_by_one_program_and_published_by_another(
    city: City, staff: Staff, browser: Browser
) -> None:
    handler, reviewer = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    status, entry = await call(handler, "POST", API, ENTRY)
    assert (status, entry["state"], entry["version"]) == (201, "draft", 1)
    path = f"{API}/{entry['id']}"
    changed = {**ENTRY, "document_number": "滨政规〔2022〕8号"}
    status, refused = await call(handler, "PUT", path, {**changed, "version": 9})
    assert (status, refused["key"]) == (409, "error.conflict")
    status, entry = await call(handler, "PUT", path, {**changed, "version": 1})
    assert (status, entry["proposed"]["document_number"]) == (200, "滨政规〔2022〕8号")
    status, entry = await call(handler, "POST", f"{path}/submission")
    assert (status, entry["state"]) == (200, "in_review")
    status, _ = await call(handler, "POST", f"{path}/decision", {"approve": True, "version": entry["version"]})
    assert status == 404
    status, _ = await call(browser, "GET", f"/api/v1/knowledge/{entry['id']}")
    assert status == 404
    status, entry = await call(reviewer, "POST", f"{path}/decision", {"approve": True, "version": entry["version"]})
    assert (status, entry["state"], entry["proposed"]) == (200, "published", None)
    status, shown = await call(browser, "GET", f"/api/v1/knowledge/{entry['id']}")
    assert (status, shown["answer"], shown["conditions"]) == (200, ENTRY["answer"], ENTRY["conditions"])
    status, entry = await call(handler, "POST", f"{path}/withdrawal", {"reason": "文件已废止"})
    assert (status, entry["state"], entry["current"]) == (200, "withdrawn", None)
    status, found = await call(browser, "GET", "/api/v1/knowledge")
    assert (status, found["items"]) == (200, [])


async def test_everybody_lists_what_is_shown_by_office_and_words(city: City, browser: Browser) -> None:
    entries = [published_entry("a", question="怎么养狗？"), published_entry("b", "zjj", question="物业费怎么交？")]
    await city.store.commit(Changes(inserts=list(entries)))
    for query, ids in (("", {"a", "b"}), ("?office_id=zjj", {"b"}), ("?q=养狗", {"a"}), ("?q=没有这个", set())):
        _, found = await call(browser, "GET", f"/api/v1/knowledge{query}")
        assert {one["id"] for one in found["items"]} == ids
    _, first = await call(browser, "GET", "/api/v1/knowledge?size=1")
    _, second = await call(browser, "GET", f"/api/v1/knowledge?size=1&after={first['next']}")
    assert [one["id"] for one in (*first["items"], *second["items"])] == ["b", "a"]


async def test_solved_letter_becomes_a_draft(city: City, staff: Staff, browser: Browser) -> None:
    await become_citizen(browser, city)
    order = await answered(city, await send_letter(browser))
    handler = await staff(Role.HANDLER)
    status, entry = await call(handler, "POST", f"/api/v1/orders/{order.id}/knowledge")
    assert (status, entry["letter_id"], entry["state"]) == (201, order.letter_id, "draft")
    status, found = await call(handler, "GET", f"{API}?state=draft")
    assert [one["id"] for one in found["items"]] == [entry["id"]]
