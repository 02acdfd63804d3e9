"""The description of the interface as it is served, held against the routes that there are."""

from __future__ import annotations

from aiohttp import ClientSession
from support.api import API, Program
from support.web import Browser, City

from minxin.webui.api.table import OPERATIONS
from minxin.webui.app import create_app


async def test_every_route_is_in_the_document_and_vice_versa(city: City, site: str) -> None:
    async with ClientSession() as session:
        document = (await Program(session, site).get("/openapi.json")).body
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    served = set()
    for route in create_app(city.services).router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if path.startswith("/api/") and route.method != "HEAD":
            served.add((route.method, path))
    assert served - described == {("GET", f"{API}/openapi.json"), ("GET", f"{API}/")}
    assert described - served == set()


async def test_reference_page_shows_every_operation_without_log_in(browser: Browser) -> None:
    await browser.get(f"{API}/?lang=en")
    assert browser.status == 200
    for operation in OPERATIONS:
        assert f"{operation.method} {operation.address}" in browser.text
    assert "Write a letter" in browser.text
    assert "写信" in await browser.get(f"{API}/?lang=zh")


async def test_every_operation_but_the_open_ones_wants_a_log_in(site: str) -> None:
    async with ClientSession() as session:
        nobody = Program(session, site)
        for operation in OPERATIONS:
            answer = await nobody.call(operation.method, operation.path.replace("{", "").replace("}", ""))
            assert (answer.status == 401) != operation.is_open, operation.name
