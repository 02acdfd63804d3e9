"""WebDAV over real HTTP: the disk in the computer's file manager, for programs with their own password."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, fromstring

import pytest
from msgspec import structs
from support.letters import become_citizen
from support.web import Browser, City, serve

from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.mailbox.apppasswords import make
from minxin.mailbox.disk.records import TOP
from minxin.mailbox.records import Account, Scope
from minxin.webui.app import create_app
from minxin.webui.dav import door

D = "{DAV:}"
LOCK = b"""<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>
<D:owner>office computer</D:owner></D:lockinfo>"""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def xml(self) -> Element:
        return fromstring(self.body)  # noqa: S314

    @property
    def hrefs(self) -> list[str]:
        return [one.text or "" for one in self.xml.iter(D + "href")]


class Program:
    """A file manager that knows an application password."""

    def __init__(self, browser: Browser, password: str, actor: Actor) -> None:
        self.browser = browser
        self.actor = actor
        self.login = ("citizen", password)

    async def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        coded = base64.b64encode(":".join(self.login).encode()).decode()
        named = {"Authorization": f"Basic {coded}"} | {key.replace("_", "-"): value for key, value in headers.items()}
        request = self.browser._session.request(
            method, f"{self.browser.base}/dav{path}", data=body, headers=named, allow_redirects=False
        )
        async with request as response:
            return Answer(response.status, response.headers, await response.read())

    async def lock(self, path: str, **headers: str) -> tuple[int, str]:
        answer = await self.ask("LOCK", path, LOCK, **headers)
        return answer.status, answer.headers.get("Lock-Token", "")


@pytest.fixture
async def program(browser: Browser, city: City) -> Program:
    account = await city.store.get(Account, await become_citizen(browser, city))
    assert account is not None
    new = make(account, "file manager", [Scope.DAV], city.clock.now())
    await city.store.commit(Changes(inserts=[new.record]))
    opened = Program(browser, new.password, await city.accounts.people.actor_of(account.id))
    opened.login = (account.login, new.password)
    return opened


async def names(program: Program, city: City) -> list[str]:
    return [item.name for item in (await city.services.disk.files.shelf(program.actor)).tree.inside(TOP)]


async def test_files_and_folders_come_go_and_move(program: Program, city: City) -> None:
    assert (await program.ask("MKCOL", "/%E7%85%A7%E7%89%87")).status == 201
    put = await program.ask("PUT", "/%E7%85%A7%E7%89%87/a%20b.txt", b"words")
    assert put.status == 201
    got = await program.ask("GET", "/%E7%85%A7%E7%89%87/a%20b.txt")
    assert (got.body, got.headers["ETag"]) == (b"words", put.headers["ETag"])
    assert got.headers["Content-Disposition"].startswith("attachment;")
    listed = await program.ask("PROPFIND", "/%E7%85%A7%E7%89%87/", Depth="1")
    assert (listed.status, listed.hrefs) == (207, ["/dav/%E7%85%A7%E7%89%87/", "/dav/%E7%85%A7%E7%89%87/a%20b.txt"])
    moved = await program.ask("MOVE", "/%E7%85%A7%E7%89%87/a%20b.txt", Destination=f"{program.browser.base}/dav/c.txt")
    assert moved.status == 201
    assert (await program.ask("COPY", "/c.txt", Destination="/dav/d.txt")).status == 201
    assert (await program.ask("DELETE", "/%E7%85%A7%E7%89%87")).status == 204
    assert await names(program, city) == ["c.txt", "d.txt"]


async def test_the_same_file_is_a_new_version_and_what_is_deleted_lies_in_the_bin(program: Program, city: City) -> None:
    await program.ask("PUT", "/a.txt", b"first")
    assert (await program.ask("PUT", "/a.txt", b"second")).status == 204
    shelf = await city.services.disk.files.shelf(program.actor)
    assert [version.size_bytes for version in shelf.tree.inside(TOP)[0].versions] == [6, 5]
    await program.ask("DELETE", "/a.txt")
    await program.ask("PUT", "/b.txt", b"b")
    await program.ask("PUT", "/c.txt", b"c")
    assert (await program.ask("MOVE", "/b.txt", Destination="/dav/c.txt")).status == 204
    shelf = await city.services.disk.files.shelf(program.actor)
    assert sorted(item.name for item in shelf.tree.binned()) == ["a.txt", "c.txt"]


async def test_a_file_in_chunks_of_unknown_length_is_taken(program: Program) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 70_000

    request = program.browser._session.put(
        f"{program.browser.base}/dav/a.bin",
        data=chunks(),
        headers={"Authorization": "Basic " + base64.b64encode(":".join(program.login).encode()).decode()},
    )
    async with request as response:
        assert response.status == 201
    assert len((await program.ask("GET", "/a.bin")).body) == 210_000


async def test_a_body_that_calls_itself_a_form_is_a_file_all_the_same(program: Program) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert (await program.ask("PUT", "/a.bin", b"a=b&c", Content_Type=kind)).status in (201, 204)
        assert (await program.ask("GET", "/a.bin")).body == b"a=b&c"


async def test_a_full_disk_says_so_and_room_is_told(program: Program, city: City) -> None:
    full = b"x" * (city.services.disk.rules.citizen_bytes + 1)
    assert (await program.ask("PUT", "/a.bin", None)).status == 201
    async with program.browser._session.put(
        f"{program.browser.base}/dav/b.bin", data=_stream(full), headers=_basic(program)
    ) as response:
        assert response.status == 507
    told = (await program.ask("PROPFIND", "/", Depth="0")).xml
    assert told.findtext(f".//{D}quota-available-bytes") == str(city.services.disk.rules.citizen_bytes)


async def _stream(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 2**18):
        yield data[start : start + 2**18]


def _basic(program: Program) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(":".join(program.login).encode()).decode()}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "/nowhere/a.txt", {}, 409),
        ("MKCOL", "/nowhere/b", {}, 409),
        ("MKCOL", "/box", {}, 405),
        ("PUT", "/box", {}, 405),
        ("GET", "/box", {}, 405),
        ("GET", "/no.txt", {}, 404),
        ("DELETE", "/no.txt", {}, 404),
        ("DELETE", "/", {}, 403),
        ("MOVE", "/box", {"Destination": "/dav/box/in"}, 403),
        ("MOVE", "/box", {"Destination": "http://elsewhere.example/dav/x"}, 502),
        ("MOVE", "/box", {"Destination": "/disk/x"}, 400),
        ("COPY", "/box", {"Destination": "/dav/a.txt", "Overwrite": "F"}, 412),
        ("PROPFIND", "/", {"Depth": "infinity"}, 403),
        ("PUT", "/a.txt", {"If-None-Match": "*"}, 412),
        ("PUT", "/a.txt", {"If-Match": '"other"'}, 412),
        ("PUT", "/a.txt", {"If": "(<urn:uuid:unknown>)"}, 412),
        ("PUT", "/a.txt", {"If": "nonsense"}, 400),
        ("GET", "/..%2f..%2fetc/passwd", {}, 400),
        ("UNLOCK", "/a.txt", {"Lock-Token": "<urn:uuid:unknown>"}, 409),
    ],
)
async def test_what_can_not_be_done_is_told_as_the_standard_says(
    program: Program, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    await program.ask("MKCOL", "/box")
    await program.ask("PUT", "/a.txt", b"words")
    assert (await program.ask(method, path, None, **headers)).status == status


@pytest.mark.parametrize(
    "body",
    [
        b"<a>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><D:propfind xmlns:D="DAV:"><D:allprop/>&a;</D:propfind>',
        b"<x/>",
        b"<a>" * 50,
    ],
)
async def test_xml_with_tricks_is_refused(program: Program, body: bytes) -> None:
    assert (await program.ask("PROPFIND", "/", body, Depth="0")).status == 400


async def test_a_large_question_is_refused_before_it_is_read(program: Program) -> None:
    body = b"<a>" + b" " * 70_000 + b"</a>"
    assert (await program.ask("PROPFIND", "/", body, Depth="0")).status == 413


async def test_a_lock_keeps_others_out_until_it_ends(program: Program) -> None:
    await program.ask("PUT", "/a.txt", b"words")
    status, token = await program.lock("/a.txt")
    assert (status, token[:10]) == (200, "<urn:uuid:")
    assert (await program.ask("PUT", "/a.txt", b"others")).status == 423
    assert (await program.ask("DELETE", "/a.txt")).status == 423
    assert (await program.lock("/a.txt"))[0] == 423
    assert (await program.ask("PUT", "/a.txt", b"mine", If=f"({token})")).status == 204
    assert (await program.ask("UNLOCK", "/a.txt", None, Lock_Token=token)).status == 204
    assert (await program.ask("PUT", "/a.txt", b"others")).status == 204


async def test_a_lock_on_a_free_name_takes_it_with_an_empty_file(program: Program) -> None:
    status, token = await program.lock("/new.txt")
    assert status == 201
    assert (await program.ask("GET", "/new.txt")).body == b""
    assert (await program.ask("PUT", "/new.txt", b"words", If=f"({token})")).status == 204


async def test_properties_that_programs_keep_go_along(program: Program) -> None:
    await program.ask("PUT", "/a.txt", b"words")
    body = (
        b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:o">%s</x></D:prop></D:set></D:propertyupdate>'
    )
    assert b"200 OK" in (await program.ask("PROPPATCH", "/a.txt", body % b"note")).body
    await program.ask("MOVE", "/a.txt", Destination="/dav/b.txt")
    found = (await program.ask("PROPFIND", "/b.txt", Depth="0")).xml
    assert found.findtext(".//{urn:o}x") == "note"
    assert b"507" in (await program.ask("PROPPATCH", "/b.txt", body % (b"x" * 20_000))).body
    taken = body.replace(b"urn:o", b"DAV:").replace(b"<x ", b"<getetag ").replace(b"</x>", b"</getetag>")
    assert b"403 Forbidden" in (await program.ask("PROPPATCH", "/b.txt", taken % b"x")).body


async def test_only_an_application_password_for_the_disk_opens_the_door(program: Program, city: City) -> None:
    refused = await program.ask("GET", "/", None, Authorization="Basic bm9ib2R5Og==")
    assert (refused.status, refused.headers["WWW-Authenticate"][:6]) == (401, "Basic ")
    for header in ("", "Bearer x", "Basic ???", "Basic " + "A" * 500, "Basic bm9jb2xvbg=="):
        assert (await program.ask("PROPFIND", "/", None, Authorization=header)).status == 401
    account = await city.store.get(Account, program.actor.id)
    assert account is not None
    mail = make(account, "mail", [Scope.IMAP], city.clock.now())
    await city.store.commit(Changes(inserts=[mail.record]))
    program.login = (account.login, mail.password)
    assert (await program.ask("PROPFIND", "/", Depth="0")).status == 401


async def test_the_log_in_of_a_browser_opens_nothing_here(program: Program) -> None:
    await program.browser.get("/dav/")
    assert program.browser.status == 401


async def test_a_page_of_another_site_is_turned_away(program: Program) -> None:
    assert (await program.ask("DELETE", "/a.txt", None, Origin="http://elsewhere.example")).status == 403


async def test_an_open_line_is_not_taken(program: Program, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_is_here", lambda address: False)
    refused = await program.ask("PROPFIND", "/", Depth="0")
    assert refused.status == 403
    assert "https" in refused.body.decode()


@pytest.mark.parametrize(("forwarded", "status"), [("https", 207), ("http", 403), ("https, http", 403), ("", 403)])
async def test_behind_a_proxy_its_word_counts(program: Program, city: City, forwarded: str, status: int) -> None:
    settings = structs.replace(city.services.settings, behind_proxy=True)
    async with serve(create_app(replace(city.services, settings=settings))) as base:
        program.browser.base = base
        answer = await program.ask("PROPFIND", "/", None, Depth="0", X_Forwarded_Proto=forwarded)
    assert answer.status == status


async def test_two_programs_at_once_lose_nothing(program: Program, city: City) -> None:
    both = await asyncio.gather(*(program.ask("PUT", f"/{number}.txt", b"words") for number in range(10)))
    assert {answer.status for answer in both} == {201}
    assert len(await names(program, city)) == 10
