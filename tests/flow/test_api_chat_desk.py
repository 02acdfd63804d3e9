"""The staff's side of the live chat and the gap list through the interface for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.assistant import answer_mark
from support.desk import Staff
from support.web import Browser, City

from minxin.consult.assistant.records import Mark
from minxin.core.actor import Role
from minxin.core.changes import Changes

API = "/api/v1"
CHATS = f"{API}/desk/conversations"
QUESTION = "共享单车乱停堵住盲道找谁处理"


async def called(browser: Browser, city: City) -> str:
    """Call a person as a visitor's program, and return the conversation's id."""
    _, opened = await browser.json("POST", f"{API}/conversations", None, {})
    key = {"X-Conversation-Key": opened["key"]}
    for act in ({"act": "say", "what": "楼下烧烤店油烟很大", "token": "1"}, {"act": "person", "token": "2"}):
        status, said = await browser.json("POST", f"{API}/conversations/{opened['id']}/messages", act, key)
        assert status == 200, said
    return str(opened["id"])


async def send(browser: Browser, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Call an operation with the browser's session."""
    await browser.get("/account")
    return await browser.json(method, path, body, {"X-CSRF-Token": browser.hidden("/logout")["csrf_token"]})


async def lists(browser: Browser) -> dict[str, Any]:
    status, found = await send(browser, "GET", CHATS)
    assert status == 200, found
    return dict(found)


async def test_a_program_of_the_desk_goes_on_duty_takes_answers_and_ends(
    city: City, browser: Browser, staff: Staff
) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    status, on_duty = await send(clerk, "PUT", f"{API}/desk/duty", {"on_duty": True, "most": 1})
    assert (status, on_duty["on_duty"], on_duty["most"], on_duty["here"]) == (200, True, 1, 1)
    chat = await called(browser, city)
    (mine,) = (await lists(clerk))["mine"]
    assert (mine["id"], mine["about"], mine["reason"]) == (chat, "楼下烧烤店油烟很大", "asked")
    other = await called(browser, city)
    assert [one["id"] for one in (await lists(clerk))["waiting"]] == [other]
    status, answered = await send(clerk, "POST", f"{CHATS}/{chat}/messages", {"text": "您好，请讲。", "token": "t"})
    assert status == 200, answered
    assert [(one["author"], one["text"]) for one in answered["items"]] == [("staff", "您好，请讲。")]
    status, again = await send(clerk, "POST", f"{CHATS}/{chat}/messages", {"text": "您好，请讲。", "token": "t"})
    assert (status, again["items"]) == (200, answered["items"])

    status, whole = await send(clerk, "GET", f"{CHATS}/{chat}/messages")
    assert status == 200
    assert [one["text"] for one in whole["items"]][0] == "楼下烧烤店油烟很大"
    assert (await send(clerk, "POST", f"{CHATS}/{chat}/end"))[0] == 204
    assert [one["id"] for one in (await lists(clerk))["mine"]] == [other]
    status, off = await send(clerk, "PUT", f"{API}/desk/duty", {"on_duty": False})
    assert (status, off["on_duty"]) == (200, False)


async def test_a_conversation_goes_back_to_the_queue_is_taken_again_and_passed_on_to_who_is_there(
    city: City, browser: Browser, staff: Staff
) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await send(clerk, "PUT", f"{API}/desk/duty", {"on_duty": True, "most": 1})
    chat = await called(browser, city)
    assert [one["id"] for one in (await lists(clerk))["mine"]] == [chat]
    await send(clerk, "PUT", f"{API}/desk/duty", {"on_duty": False})
    found = await lists(clerk)
    assert found["mine"] == []
    assert [one["id"] for one in found["waiting"] + found["left"]] == [chat]

    status, taken = await send(clerk, "POST", f"{CHATS}/{chat}/take")
    assert (status, taken["stage"]) == (200, "served")
    assert (await send(clerk, "POST", f"{CHATS}/{chat}/messages", {"text": "请稍等。"}))[0] == 200
    status, refused = await send(clerk, "POST", f"{CHATS}/{chat}/transfer", {"office_id": "cgj"})
    assert status == 422, refused
    handler = await staff(Role.HANDLER, office_id="cgj")
    await send(handler, "PUT", f"{API}/desk/duty", {"on_duty": True, "most": 1})
    assert (await send(clerk, "POST", f"{CHATS}/{chat}/transfer", {"office_id": "cgj"}))[0] == 204
    assert [one["id"] for one in (await lists(handler))["mine"]] == [chat]
    assert (await send(handler, "POST", f"{CHATS}/{chat}/return"))[0] == 204


async def test_gaps_are_listed_for_their_office_and_the_centre_and_settled(city: City, staff: Staff) -> None:
    handler, clerk = await staff(Role.HANDLER), await staff(Role.CLERK, office_id="zhongxin")
    mark = answer_mark(city.clock.now() - timedelta(hours=1), QUESTION, Mark.UNANSWERED)
    await city.store.commit(Changes(inserts=[mark]))

    status, found = await send(clerk, "GET", f"{API}/gaps")
    assert (status, found["total"]) == (200, 1)
    assert found["items"][0]["questions"] == [QUESTION]
    status, rates = await send(clerk, "GET", f"{API}/gaps/rates")
    assert (status, rates["items"][-1]["unanswered"]) == (200, 1)
    assert (await send(handler, "GET", f"{API}/gaps/rates"))[0] == 404
    assert (await send(clerk, "GET", f"{API}/gaps/failing-entries"))[1] == {"items": []}

    gap = found["items"][0]["id"]
    assert (await send(clerk, "POST", f"{API}/gaps/{gap}/settlement"))[0] == 204
    assert (await send(clerk, "GET", f"{API}/gaps"))[1]["total"] == 0
    assert (await send(clerk, "POST", f"{API}/gaps/{gap}/settlement"))[0] == 404
