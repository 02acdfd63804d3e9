"""The hand-over through the interface for programs: where one stands, the person's words, the end and the rating."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.desk import Staff
from support.web import Browser, City

from minxin.core.actor import Role

TALKS = "/api/v1/conversations"


async def begin(browser: Browser) -> tuple[str, dict[str, str]]:
    status, opened = await browser.json("POST", TALKS, None, {})
    assert status == 201, opened
    return f"{TALKS}/{opened['id']}", {"X-Conversation-Key": opened["key"]}


async def call(browser: Browser, at: str, key: dict[str, str]) -> None:
    for act in ({"act": "say", "what": "楼下烧烤店油烟很大", "token": "1"}, {"act": "person", "token": "2"}):
        status, _ = await browser.json("POST", f"{at}/messages", act, key)
        assert status == 200


async def get(browser: Browser, path: str, key: dict[str, str]) -> Any:
    status, found = await browser.json("GET", path, None, key)
    assert status == 200, found
    return found


async def test_a_program_waits_is_served_ends_and_rates(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await clerk.get("/desk/chats")
    await clerk.submit("/desk/chats/duty", on="1", most="1")
    at, key = await begin(browser)
    other_at, other_key = await begin(browser)
    await call(browser, at, key)
    await city.services.chat.tending.tend()
    await call(browser, other_at, other_key)
    await city.services.chat.tending.tend()
    assert (await get(browser, at, key))["stage"] == "served"
    waits = await get(browser, other_at, other_key)
    assert (waits["stage"], waits["position"], waits["post"]) == ("waiting", 1, "")
    assert waits["promised_by"]

    one = at.rpartition("/")[2]
    await clerk.get(f"/desk/chats/{one}")
    await clerk.submit(f"/desk/chats/{one}/say", text="您好，请讲。")
    assert [said["text"] for said in (await get(browser, f"{at}/messages", key))["items"]][-1] == "您好，请讲。"
    status, said = await browser.json("POST", f"{at}/messages", {"act": "say", "what": "听涛路", "token": "3"}, key)
    assert (status, said["stage"]) == (200, "served")
    status, ended = await browser.json("POST", f"{at}/end", None, key)
    assert (status, ended["stage"]) == (200, "ended")
    status, rated = await browser.json("PUT", f"{at}/rating", {"rating": 5}, key)
    assert (status, rated["rating"]) == (200, 5)
    status, refused = await browser.json("PUT", f"{at}/rating", {"rating": 6}, key)
    assert status == 422, refused


async def test_who_asks_now_and_then_is_there(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await clerk.get("/desk/chats")
    await clerk.submit("/desk/chats/duty", on="1", most="1")
    for at, key in (await begin(browser), await begin(browser)):
        await call(browser, at, key)
        await city.services.chat.tending.tend()
    for _ in range(6):
        city.clock.advance(timedelta(seconds=30))
        await clerk.get("/desk/chats/poll")
        await get(browser, f"{at}/messages", key)
    assert (await get(browser, at, key))["stage"] == "waiting"


async def test_another_key_finds_nothing(browser: Browser) -> None:
    at, _ = await begin(browser)
    _, foreign = await begin(browser)
    for method, path, body in (("GET", at, None), ("POST", f"{at}/end", None), ("PUT", f"{at}/rating", {"rating": 5})):
        status, _ = await browser.json(method, path, body, foreign)
        assert status == 404, (method, path)
