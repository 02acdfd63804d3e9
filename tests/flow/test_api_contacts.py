"""Settings of mailboxes and contacts for programs."""

from __future__ import annotations

from typing import Any

from support.scene import Scene

API = "/api/v1"


async def call(scene: Scene, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    browser = scene.browsers[who]
    await browser.get("/account")
    token = browser.hidden("/logout")["csrf_token"]
    return await browser.json(method, API + path, body, {"X-CSRF-Token": token})


async def ok(scene: Scene, who: str, method: str, path: str, body: Any = None) -> Any:
    status, found = await call(scene, who, method, path, body)
    assert status in (200, 201, 204), found
    return found


async def box(scene: Scene, viewer: str = "writer") -> str:
    own = await scene.city.services.boxes.own(scene.actors[viewer])
    assert own is not None
    return f"/mailboxes/{own.id}"


async def test_all_settings_are_set_at_once_and_read_again(scene: Scene) -> None:
    path = f"{await box(scene)}/settings"
    wanted: dict[str, Any] = {
        "signature": "王芳",
        "vacation": {"subject": "外出", "text": "十日回来", "first_day": "2026-03-03", "last_day": "2026-03-09"},
        "blocked": ["@shop.example", "a@far.example"],
    }
    assert await ok(scene, "writer", "PUT", path, wanted) == wanted
    assert await ok(scene, "writer", "GET", path) == wanted

    status, told = await call(scene, "writer", "PUT", path, {**wanted, "signature": "x", "blocked": ["nobody"]})
    assert (status, told["errors"][0]["field"]) == (422, "sender")
    assert await ok(scene, "writer", "GET", path) == wanted
    assert await ok(scene, "writer", "PUT", path, {}) == {"signature": "", "vacation": None, "blocked": []}


async def test_contacts_are_kept_changed_suggested_and_deleted(scene: Scene) -> None:
    path = await box(scene)
    written = {"name": "王小明", "addresses": ["wxm@far.example"], "note": "邻居"}
    made = await ok(scene, "writer", "POST", f"{path}/contacts", written)
    assert await ok(scene, "writer", "POST", f"{path}/contacts", written) == made

    assert (await ok(scene, "writer", "GET", f"{path}/contacts?q=wxm"))["items"] == [made]
    assert (await ok(scene, "writer", "GET", f"{path}/contacts?q=zzz"))["items"] == []
    assert (await ok(scene, "writer", "GET", f"{path}/suggestions?q=小明"))["items"] == [
        {"name": "王小明", "address": "wxm@far.example", "source": "contact", "official": ""}
    ]
    changed = {"name": "小明", "addresses": ["m@far.example"]}
    assert (await ok(scene, "writer", "PUT", f"/contacts/{made['id']}", changed))["addresses"] == ["m@far.example"]
    assert (await call(scene, "neighbour", "PUT", f"/contacts/{made['id']}", changed))[0] == 404
    await ok(scene, "writer", "DELETE", f"/contacts/{made['id']}")
    assert (await ok(scene, "writer", "GET", f"{path}/contacts"))["items"] == []


async def test_what_is_no_contact_is_told_by_field(scene: Scene) -> None:
    path = f"{await box(scene)}/contacts"
    status, told = await call(scene, "writer", "POST", path, {"name": " ", "addresses": ["nobody"]})

    assert status == 422
    assert {one["field"] for one in told["errors"]} == {"name", "addresses"}
