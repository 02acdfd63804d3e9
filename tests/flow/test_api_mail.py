"""Mailboxes through the interface for programs: listed, read, written, sent once, marked, moved and deleted."""

from __future__ import annotations

import base64
from typing import Any

from support.scene import Scene

API = "/api/v1"
KEY = "k" * 22


async def call(scene: Scene, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    browser = scene.browsers[who]
    await browser.get("/account")
    token = browser.hidden("/logout")["csrf_token"]
    return await browser.json(method, API + path, body, {"X-CSRF-Token": token})


async def ok(scene: Scene, who: str, method: str, path: str, body: Any = None) -> Any:
    status, found = await call(scene, who, method, path, body)
    assert status in (200, 201, 204), found
    return found


async def box(scene: Scene, who: str) -> Any:
    return (await ok(scene, who, "GET", "/mailboxes"))["items"][0]


async def test_a_program_sends_once_and_the_other_reads_marks_moves_and_deletes(scene: Scene) -> None:
    own, other = await box(scene, "writer"), await box(scene, "neighbour")
    file = {"name": "图.txt", "data": base64.b64encode(b"plan").decode()}
    mail = {
        "key": KEY,
        "to": [f"邻居 <{other['address']}>"],
        "subject": "路灯",
        "text": "一起报修",
        "attachments": [file],
    }
    draft = await ok(scene, "writer", "PUT", f"/mailboxes/{own['id']}/draft", mail)
    listed = await ok(scene, "writer", "GET", f"/mailboxes/{own['id']}/mail?folder=drafts")
    assert [one["id"] for one in listed["items"]] == [draft["id"]]
    sent = await ok(scene, "writer", "POST", f"/mailboxes/{own['id']}/mail", mail)
    assert (await ok(scene, "writer", "POST", f"/mailboxes/{own['id']}/mail", mail))["id"] == sent["id"]
    assert (await ok(scene, "writer", "GET", f"/mailboxes/{own['id']}/mail?folder=drafts"))["items"] == []

    (came,) = (await ok(scene, "neighbour", "GET", f"/mailboxes/{other['id']}/mail"))["items"]
    opened = await ok(scene, "neighbour", "GET", f"/mail/{came['id']}")
    assert (opened["text"].strip(), [one["name"] for one in opened["files"]]) == ("一起报修", ["图.txt"])
    assert (await ok(scene, "neighbour", "GET", f"/mailboxes/{other['id']}/mail?q=报修"))["items"][0]["id"] == came[
        "id"
    ]
    await ok(scene, "neighbour", "POST", "/mail/flags", {"items": [came["id"]], "add": ["\\Seen", "$Work"]})
    folders = (await ok(scene, "neighbour", "GET", f"/mailboxes/{other['id']}/folders"))["items"]
    archive = next(one["id"] for one in folders if one["role"] == "archive")
    await ok(scene, "neighbour", "POST", "/mail/move", {"items": [came["id"]], "folder_id": archive})
    moved = (await ok(scene, "neighbour", "GET", f"/mail/{came['id']}"))["mail"]
    assert (moved["folder_id"], moved["flags"]) == (archive, ["$Work", "\\Seen"])
    for _ in range(2):
        await ok(scene, "neighbour", "POST", "/mail/delete", {"items": [came["id"]]})
    assert (await call(scene, "neighbour", "GET", f"/mail/{came['id']}"))[0] == 404


async def test_an_answer_is_of_the_conversation(scene: Scene) -> None:
    own, other = await box(scene, "writer"), await box(scene, "neighbour")
    mail = {"key": KEY, "to": [other["address"]], "subject": "一"}
    sent = await ok(scene, "writer", "POST", f"/mailboxes/{own['id']}/mail", mail)
    (came,) = (await ok(scene, "neighbour", "GET", f"/mailboxes/{other['id']}/mail"))["items"]
    answer = {"key": KEY, "to": [own["address"]], "subject": "Re: 一", "answers": came["id"]}
    await ok(scene, "neighbour", "POST", f"/mailboxes/{other['id']}/mail", answer)
    (back,) = (await ok(scene, "writer", "GET", f"/mailboxes/{own['id']}/mail"))["items"]
    assert back["thread_id"] == sent["thread_id"]
    assert "\\Answered" in (await ok(scene, "neighbour", "GET", f"/mail/{came['id']}"))["mail"]["flags"]
    onward = {"key": "f" * 22, "to": [own["address"]], "subject": "Fwd: 一", "forwards": came["id"]}
    await ok(scene, "neighbour", "POST", f"/mailboxes/{other['id']}/mail", onward)
    assert "$Forwarded" in (await ok(scene, "neighbour", "GET", f"/mail/{came['id']}"))["mail"]["flags"]


async def test_what_can_t_be_sent_is_told_by_field(scene: Scene) -> None:
    own = await box(scene, "writer")
    status, told = await call(
        scene, "writer", "POST", f"/mailboxes/{own['id']}/mail", {"key": KEY, "to": ["nobody"], "cc": ["a@b.example"]}
    )
    assert (status, [one["field"] for one in told["errors"]]) == (422, ["to"])
    status, _ = await call(scene, "writer", "POST", f"/mailboxes/{own['id']}/mail", {"key": "short"})
    assert status == 422
    status, _ = await call(scene, "writer", "POST", "/mail/flags", {"items": ["x"], "add": ["\\Recent"]})
    assert status == 422
