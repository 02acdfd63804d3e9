"""What every page and every door of the web has: headers, limits, tokens, languages, error pages."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from msgspec.structs import replace as with_fields
from support.web import PASSWORD, Browser, City, open_browser, serve

from minxin.core import errors
from minxin.core.errors import MinxinError, UnavailableError
from minxin.core.health import Condition
from minxin.deploy.logs import JsonLines
from minxin.webui.app import create_app
from minxin.webui.forms import FormLimits, form_limits, form_of
from minxin.webui.guards import safe_next
from minxin.webui.i18n import Language, sentences, translations
from minxin.webui.middleware.headers import CONTENT_SECURITY_POLICY

WEBUI = Path(__file__).parents[2] / "webui"
PHONE = "13812345678"


@pytest.fixture
async def workshop(city: City) -> AsyncIterator[str]:
    """The application with a few doors that misbehave, and short patience."""
    settings = with_fields(city.services.settings, body_deadline=timedelta(seconds=0.3))
    application = create_app(replace(city.services, settings=settings))

    async def explode(request: web.Request) -> web.Response:
        raise RuntimeError("secret 110105 in the message")

    async def unavailable(request: web.Request) -> web.Response:
        raise UnavailableError

    @form_limits(FormLimits(body_bytes=200_000, files=2, file_bytes=1000))
    async def files(request: web.Request) -> web.Response:
        form = form_of(request)
        return web.json_response(
            {"files": [len(file.data) for file in form.files], "errors": [error.reason for error in form.errors]}
        )

    application.router.add_get("/explode", explode)
    application.router.add_get("/api/v1/explode", explode)
    application.router.add_get("/unavailable", unavailable)
    application.router.add_post("/files", files)
    async with serve(application) as base:
        yield base


def _paths(application: web.Application) -> list[tuple[str, str]]:
    found = []
    for route in application.router.routes():
        assert route.resource is not None
        found.append((route.method, route.resource.canonical.replace("{id}", "x").replace("{digest}/{name}", "0/x")))
    return found


async def test_every_route_answers_with_the_safety_headers(browser: Browser, city: City) -> None:
    for method, path in _paths(create_app(city.services)):
        if method == "GET":
            await browser.get(path)
        elif method == "POST":
            await browser.post(path)
        else:
            continue
        assert browser.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
        assert browser.headers["X-Content-Type-Options"] == "nosniff", path
        assert browser.headers["Referrer-Policy"] == "same-origin", path
        assert "max-age=31536000" in browser.headers["Strict-Transport-Security"], path
        assert browser.headers["Cache-Control"] == "no-store", path
        assert "Permissions-Policy" in browser.headers, path


async def test_every_unsafe_route_refuses_a_form_without_token_and_a_foreign_one(
    browser: Browser, other_browser: Browser, city: City
) -> None:
    await browser.get("/login")
    await other_browser.get("/login")
    others_token = other_browser.hidden("/login")["csrf_token"]
    own_token = browser.hidden("/login")["csrf_token"]
    for method, path in _paths(create_app(city.services)):
        if method in ("GET", "HEAD") or path.startswith("/api/"):
            continue
        await browser.post(path)
        assert browser.status == 403, path
        await browser.post(path, {"csrf_token": others_token})
        assert browser.status == 403, path
        await browser.post(path, {"csrf_token": own_token}, Origin="https://evil.example")
        assert browser.status == 403, path
        await browser.post(path, {"csrf_token": own_token}, Sec_Fetch_Site="cross-site")
        assert browser.status == 403, path


async def test_forged_guest_cookie_gives_no_token(browser: Browser) -> None:
    await browser.get("/login")
    token = browser.hidden("/login")["csrf_token"]
    browser.cookies["__Host-minxin-guest"] = "mine" + browser.cookies["__Host-minxin-guest"]
    await browser.post("/login", {"csrf_token": token, "identifier": "x", "password": "y"})
    assert browser.status == 403


async def test_cookies_are_bound_to_the_host_and_hidden_from_scripts(site: str) -> None:
    async with ClientSession() as session, session.get(f"{site}/login?lang=en&text=large") as response:
        set_cookies = response.headers.getall("Set-Cookie")
    assert len(set_cookies) == 3
    for cookie in set_cookies:
        assert cookie.startswith("__Host-minxin")
        for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert attribute in cookie


async def test_announced_size_is_refused_before_the_body_is_read(site: str) -> None:
    host = site.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = (
        f"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        "Content-Length: 26214401\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"Connection: close" in answer


async def test_body_without_length_is_refused(site: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"a=b"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with ClientSession() as session, session.post(f"{site}/login", data=endless(), headers=headers) as response:
        assert response.status == 411


async def test_compressed_body_is_refused(site: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    async with ClientSession() as session, session.post(f"{site}/login", data=b"\x1f\x8b", headers=headers) as response:
        assert response.status in (400, 415)


async def test_body_that_drips_is_cut_off_at_the_deadline(workshop: str) -> None:
    host = workshop.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = (
        f"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 100\r\n\r\na"
    )
    writer.write(head.encode())
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408")


async def test_too_many_or_too_large_files_are_told_and_the_rest_is_kept(workshop: str) -> None:
    async with open_browser(workshop) as browser:
        await browser.get("/login")
        token = browser.hidden("/login")["csrf_token"]
        body = _multipart({"csrf_token": token}, [b"a" * 10, b"b" * 1001, b"c" * 20, b"d"])
        async with ClientSession() as session:
            cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
            headers = {"Content-Type": "multipart/form-data; boundary=edge", "Cookie": cookie}
            async with session.post(f"{workshop}/files", data=body, headers=headers) as response:
                answer = await response.json()
    assert answer == {"files": [10, 20], "errors": ["form.file_too_large", "form.too_many_files"]}


def _multipart(fields: dict[str, str], files: list[bytes]) -> bytes:
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts += [
        f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{place}.txt"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for place, data in enumerate(files)
    ]
    return b"".join(parts) + b"--edge--\r\n"


async def test_unknown_error_shows_its_id_and_nothing_else(workshop: str, caplog: pytest.LogCaptureFixture) -> None:
    async with open_browser(workshop) as browser:
        await browser.get("/explode")
        assert browser.status == 500
        assert "secret" not in browser.text
        assert "RuntimeError" not in browser.text
        assert browser.headers["X-Request-Id"] in browser.text
        assert browser.headers["X-Request-Id"] in caplog.text


async def test_program_gets_a_problem_document(workshop: str) -> None:
    async with open_browser(workshop) as browser:
        problem = json.loads(await browser.get("/api/v1/explode"))
        assert browser.headers["Content-Type"].startswith("application/problem+json")
        assert (problem["status"], problem["key"]) == (500, "error.unknown")
        assert json.loads(await browser.get("/api/v1/nothing"))["key"] == "error.not_found"


async def test_unavailable_store_is_503_with_a_time_to_come_back(workshop: str) -> None:
    async with open_browser(workshop) as browser:
        await browser.get("/unavailable")
        assert (browser.status, browser.headers["Retry-After"]) == (503, "5")
        assert "没有收到您的回执" in browser.text


async def test_unknown_page_and_wrong_method_say_what_to_do(browser: Browser) -> None:
    await browser.get("/no/such/page")
    assert browser.status == 404
    assert "请核对网址" in browser.text
    await browser.get("/logout")
    assert (browser.status, browser.headers["Allow"]) == (405, "POST")


async def test_language_and_large_print_are_remembered(browser: Browser) -> None:
    assert 'lang="zh-CN"' in await browser.get("/login")
    assert "Log in" in await browser.get("/login?lang=en")
    assert "Log in" in await browser.get("/register")
    assert 'class="large-print"' in await browser.get("/login?text=large")
    assert 'class="large-print"' in await browser.get("/register")
    assert 'class="large-print"' not in await browser.get("/login?text=normal&lang=zh")
    assert "登录" in await browser.get("/login?lang=klingon")


async def test_static_files_are_kept_by_their_hash_only(browser: Browser) -> None:
    await browser.get("/login")
    address = browser.text.split('href="/static/')[1].split('"')[0]
    await browser.get(f"/static/{address}")
    assert browser.status == 200
    assert "immutable" in browser.headers["Cache-Control"]
    await browser.get(f"/static/0000/{address.partition('/')[2]}")
    assert (browser.status, browser.headers["Cache-Control"]) == (200, "no-cache")
    await browser.get("/static/0000/..%2fapp.py")
    assert browser.status == 404


async def test_health_endpoints_answer(browser: Browser) -> None:
    assert await browser.get("/healthz") == "ok"
    told = json.loads(await browser.get("/readyz"))
    assert browser.status == 200
    assert told["parts"]["store"] == "ok"
    assert set(told["parts"].values()) <= set(Condition)


async def test_access_log_has_no_query_no_token_and_no_person(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "minxin.webui.access"):
        await browser.log_in(PHONE, PASSWORD)
        await browser.get("/desk/verifications/secret-id?token=secret")
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "minxin.webui.access"]
    assert [json.loads(line)["event"] for line in lines] == ["http.request"] * len(lines)
    assert json.loads(lines[-2])["route"] == "/desk/verifications/{id}"
    for secret in (PHONE, PASSWORD, "secret", "127.0.0.1"):
        assert not any(secret in line for line in lines)


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb", "/\t/x", ""]
)
def test_only_own_paths_are_gone_on_to(path: str) -> None:
    assert safe_next(path) == "/"


def test_own_path_with_query_is_gone_on_to() -> None:
    assert safe_next("/letters/x?after=y") == "/letters/x?after=y"


def _texts() -> list[str | tuple[str, ...]]:
    extracted = extract_from_dir(
        str(WEBUI),
        method_map=[("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")],
        options_map={
            "templates/**.html": {
                "trim_blocks": "true",
                "lstrip_blocks": "true",
                "silent": "false",
                "extensions": "jinja2.ext.do",
            }
        },
    )
    return [message for _, _, message, _, _ in extracted]


def test_every_text_of_the_pages_is_there_in_chinese() -> None:
    chinese = translations(Language.ZH)
    found = _texts()
    missing = []
    for text in found:
        one = text if isinstance(text, str) else text[0]
        translated = chinese.gettext(text) if isinstance(text, str) else chinese.ngettext(*text[:2], 1)
        if translated == one:
            missing.append(one)
    assert len(found) > 100
    assert missing == []


def test_no_chinese_catalogue_holds_a_text_that_no_page_has() -> None:
    used = {text if isinstance(text, str) else text[0] for text in _texts()}
    unused = []
    for path in sorted((WEBUI / "locales" / "zh_CN" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale="zh_CN"):
                one = message.id if isinstance(message.id, str) else message.id[0]
                if one and one not in used:
                    unused.append(f"{path.name}: {one}")
    assert unused == []


def test_translations_keep_the_placeholders() -> None:
    for path in sorted((WEBUI / "locales" / "zh_CN" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale="zh_CN"):
                if isinstance(message.id, str) and message.id:
                    assert _placeholders(str(message.string)) == _placeholders(message.id), message.id


def _placeholders(text: str) -> list[str]:
    return sorted(part.split(")s")[0] for part in text.split("%(")[1:])


def test_templates_hold_no_script_no_style_and_no_unsafe_text() -> None:
    for path in (WEBUI / "templates").rglob("*.html"):
        text = path.read_text()
        for forbidden in ("|safe", "| safe", "autoescape false", "style=", " onclick", "<style", "http://", "https://"):
            assert forbidden not in text, f"{path.name}: {forbidden}"
        assert text.count("<script") == text.count('<script src="{{ static_url(')


def test_every_post_form_has_a_token() -> None:
    for path in (WEBUI / "templates").rglob("*.html"):
        for form in path.read_text().split("<form")[1:]:
            if 'method="post"' in form.split(">")[0]:
                assert "ui.csrf()" in form.split("</form>")[0], path.name


def test_pages_and_middleware_never_touch_a_store() -> None:
    for path in WEBUI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not node.module.startswith(("minxin.store", "minxin.core.store")), path.name
            if isinstance(node, ast.Attribute):
                assert node.attr != "store", path.name


def _error_keys(kind: type[MinxinError]) -> set[str]:
    return {kind.key}.union(*(_error_keys(child) for child in kind.__subclasses__()))


def test_every_error_has_a_sentence_in_both_languages() -> None:
    assert errors.MinxinError in MinxinError.__mro__
    for key in _error_keys(MinxinError):
        for language in Language:
            assert key in sentences(), key
            assert sentences().sentence(key, language, retry_after_s=3)


def test_every_key_that_a_page_names_has_a_sentence() -> None:
    for path in (WEBUI / "pages").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("notice."):
                stem = node.value  # of an f-string only its beginning is there
                assert stem in sentences() or (
                    stem[-1] == "." and any(key.startswith(stem) for key, _ in sentences().items())
                ), stem
