"""The proxies' examples at work: nginx itself reads them, and the service behind it sees its visitors as they are."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientSession, TCPConnector, WSMsgType, web
from msgspec.structs import replace as with_fields
from support.certificates import certificates
from support.desk import log_in_staff
from support.live import HOST, free_port
from support.tools import OPS, needs
from support.web import Browser, City, serve

from minxin.core.actor import Role
from minxin.webui.app import create_app
from minxin.webui.context import origin

MIB = 1024 * 1024
pytestmark = needs("nginx")


def set_up(folder: Path, example: str, site: str, ports: tuple[int, int]) -> Path:
    """Write the example for this machine: its own names, ports, certificate and files, and nothing else changed."""
    plain, secure = ports
    text = (OPS / example).read_text(encoding="utf-8")
    text = text.replace("/etc/nginx/minxin-site.inc", str(OPS / "nginx" / "minxin-site.inc"))
    text = re.sub(r"(ssl_certificate(?:_key)?)\s+\S+;", rf"\1 {folder / 'certificate.pem'};", text)
    text = re.sub(r"error_log\s+\S+ crit;", f"error_log {folder / 'error.log'} crit;", text)
    # Addresses of a machine that this one need not have, and what nginx knows from 1.27.3 on.
    text = re.sub(r"^\s*(listen \[::\].*|resolver .*)$", "", text, flags=re.MULTILINE)
    text = re.sub(r"listen (80|8081);", f"listen {HOST}:{plain};", text)
    text = re.sub(r"listen (443|8443) ssl;", f"listen {HOST}:{secure} ssl;", text)
    text = re.sub(r"server (127\.0\.0\.1|web):8080( resolve)?", f"server {site}", text)
    main = folder / "nginx.conf"
    temporary = "\n".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "minxin.conf").write_text(text, encoding="utf-8")
    # Without root it has no other user to become; where nginx is only unpacked, its folder for logs is not there.
    user = "user root;\n" if os.geteuid() == 0 else ""
    main.write_text(
        f"{user}daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'};\nevents {{}}\n"
        f"http {{ {temporary} access_log {folder / 'access.log'}; include {folder / 'minxin.conf'}; }}\n",
        encoding="utf-8",
    )
    return main


async def checked(main: Path) -> str:
    """Let nginx read its configuration and return what it says."""
    process = await create_subprocess_exec(
        "nginx", "-t", "-c", str(main), "-p", str(main.parent), stdout=PIPE, stderr=STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


@pytest.mark.parametrize("example", ["nginx/minxin.conf", "compose/nginx.conf"])
async def test_nginx_takes_the_example(tmp_path: Path, example: str) -> None:
    certificates(tmp_path)
    told = await checked(set_up(tmp_path, example, f"{HOST}:1", (free_port(), free_port())))
    assert "test is successful" in told, told


@asynccontextmanager
async def proxied(folder: Path, site: str) -> AsyncIterator[str]:
    certificates(folder)
    ports = free_port(), free_port()
    main = set_up(folder, "nginx/minxin.conf", site, ports)
    process = await create_subprocess_exec("nginx", "-c", str(main), "-p", str(folder), stdout=DEVNULL, stderr=DEVNULL)
    base = f"https://{HOST}:{ports[1]}"
    try:
        async with asyncio.timeout(10), ClientSession(connector=TCPConnector(ssl=False)) as session:
            while process.returncode is None:
                try:
                    async with session.get(f"{base}/healthz"):
                        break
                except ClientConnectorError:
                    await asyncio.sleep(0.02)
        yield base
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def behind(city: City, tmp_path: Path) -> AsyncIterator[str]:
    settings = with_fields(city.services.settings, behind_proxy=True)
    application = create_app(replace(city.services, settings=settings))

    async def who(request: web.Request) -> web.Response:
        return web.Response(text=f"{origin(request)} {request.host} {request.headers['X-Forwarded-Proto']}")

    application.router.add_get("/who", who)
    async with serve(application) as site, proxied(tmp_path, site.removeprefix("http://")) as base:
        yield base


@asynccontextmanager
async def visitor(base: str) -> AsyncIterator[tuple[ClientSession, Browser]]:
    async with ClientSession(connector=TCPConnector(ssl=False)) as session:
        yield session, Browser(session, base)


async def test_people_log_in_through_the_proxy_and_are_pushed_what_is_new(behind: str, city: City) -> None:
    async with visitor(behind) as (session, browser):
        # Every form of it is compared with `Host` and `Origin`.
        await log_in_staff(browser, city, "clerk1", Role.CLERK, office_id="zhongxin")
        await browser.get("/desk/chats")
        await browser.submit("/desk/chats/duty", on="1", most="3")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        headers = {"Cookie": cookie, "Origin": behind}
        async with session.ws_connect(f"{behind}/desk/chats/live", headers=headers) as socket:
            told = await socket.receive(timeout=10)
    assert told.type is WSMsgType.TEXT


async def test_nobody_can_write_his_own_address(behind: str) -> None:
    async with visitor(behind) as (_, browser):
        assert await browser.get("/who", X_Forwarded_For="203.0.113.9") == f"{HOST} {behind[8:]} https"


async def test_what_is_too_large_stops_at_the_proxy_and_the_insides_are_not_shown(behind: str) -> None:
    async with visitor(behind) as (session, browser):
        for path in ("/healthz", "/readyz", "/metrics"):
            await browser.get(path)
            assert browser.status == 404, path
        async with session.post(f"{behind}/write", data=BytesIO(b"x" * (32 * MIB + 1))) as response:
            assert response.status == 413
        await browser.get("/dav/")
        assert browser.status == 401
        await browser.get("/login")
        assert len(browser.headers.getall("Strict-Transport-Security")) == 1
