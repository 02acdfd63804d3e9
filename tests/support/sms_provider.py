"""A provider of short messages on the loopback address, as strict as real ones, and the profile that asks it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from minxin.mailbox.gateways.http_profile import Answer, HttpProfile, Reports, Template

SECRET = b"the secret that only we two know"
REFUSED, BUSY = "13900000404", "13900000429"


class Provider:
    """Takes signed requests; refuses one number for good and is busy for another."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.status = 200
        self.hangs = False
        self.base = ""

    async def send(self, request: web.Request) -> web.Response:
        body = await self._checked(request)
        if self.hangs:
            await asyncio.sleep(30)
        if self.status != 200:
            return web.Response(status=self.status, text="out of order")
        phone = body["numbers"][0]["phone"]
        code = {REFUSED: "InvalidNumber", BUSY: "Busy"}.get(phone, "Ok")
        if code == "Ok":
            self.sent.append(body)
        return web.json_response({"Response": {"Set": [{"Serial": f"ref-{len(self.sent)}", "Code": code}]}})

    async def pull(self, request: web.Request) -> web.Response:
        await self._checked(request)
        waiting, self.reports = self.reports, []
        return web.json_response({"list": waiting})

    async def _checked(self, request: web.Request) -> Any:
        raw = await request.read()
        self.urls.append(str(request.url))
        text = "\n".join(("POST", request.path, request.headers["X-Time"], hashlib.sha256(raw).hexdigest()))
        expected = hmac.new(SECRET, text.encode(), "sha256").hexdigest()
        if request.headers["Authorization"] != f"HMAC key-1:{expected}":
            raise web.HTTPForbidden
        return json.loads(raw)

    def profile(self) -> HttpProfile:
        """Return how this provider is asked."""
        return HttpProfile(
            url=f"{self.base}/send",
            app_key="key-1",
            templates={
                "code.apply": Template("T100", ("code", "minutes")),
                "wrote": Template("T200", ("who", "time")),
                "wrote:en": Template("T201", ("who", "time")),
            },
            body={
                "numbers": [{"phone": "{phone}"}],
                "template": "{template}",
                "sign": "{signature}",
                "params": "{param_list}",
                "named": "{params_json}",
                "session": "{key}",
            },
            headers={"X-Time": "{timestamp}", "Authorization": "HMAC {app_key}:{hmac}"},
            signed="{method}\n{path}\n{timestamp}\n{body_sha256}",
            answer=Answer(
                entries="Response.Set",
                code="Code",
                reference="Serial",
                success=("Ok",),
                permanent=("InvalidNumber",),
            ),
            timeout_s=2.0,
            reports=Reports(
                url=f"{self.base}/reports",
                answer=Answer(
                    entries="list", code="stat", reference="serial", success=("DELIVRD",), permanent=("UNDELIV",)
                ),
            ),
        )


@asynccontextmanager
async def open_provider() -> AsyncIterator[Provider]:
    """Open the provider."""
    provider = Provider()
    application = web.Application()
    application.router.add_post("/send", provider.send)
    application.router.add_post("/reports", provider.pull)
    server = TestServer(application)
    await server.start_server()
    provider.base = str(server.make_url("")).rstrip("/")
    try:
        yield provider
    finally:
        await server.close()
