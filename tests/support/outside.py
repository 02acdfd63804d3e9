"""The world outside of a service: a provider of short messages and a mail server, which count what they are given."""

from __future__ import annotations

import email
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from email.policy import default
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from support.sending import HOST, World

TEMPLATES: Final = ("wrote", "alarm", "receipt", "new_device", "copied", "code.apply", "code.second_factor")
GATEWAY: Final = """\
kind = "http"
secret_file = "sms.secret"
[http]
url = "{url}"
body = {{ key = "{{key}}", template = "{{template}}" }}
answer = {{ code = "code", reference = "reference", success = ["OK"] }}
[http.templates]
"""


class Outside:
    """What left the house: requests to the provider by the key that they had, mails by subject."""

    def __init__(self, world: World) -> None:
        self.sms: Counter[str] = Counter()
        self.environment: dict[str, str] = {}
        self._world = world

    @property
    def mails(self) -> Counter[str]:
        """How often each mail came, by its subject, the Message-ID always being the same."""
        read = [email.message_from_bytes(raw, policy=default) for _, _, raw in self._world.mails]
        ids: dict[str, str] = {}
        for mail in read:
            subject, message_id = str(mail["Subject"]), str(mail["Message-ID"])
            assert ids.setdefault(subject, message_id) == message_id, "what was sent again has another Message-ID"
        return Counter(str(mail["Subject"]) for mail in read)

    async def take(self, request: web.Request) -> web.Response:
        """Take one short message, as a provider does that knows a key which it had before."""
        key = (await request.json())["key"]
        self.sms[key] += 1
        return web.json_response({"code": "OK", "reference": key})


@asynccontextmanager
async def open_outside(folder: Path) -> AsyncIterator[Outside]:
    """Open both, and write the file by which the service finds the provider."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(World().open())
        outside = Outside(world)
        application = web.Application()
        application.router.add_post("/send", outside.take)
        server = await stack.enter_async_context(TestServer(application))
        gateway, secret = folder / "gateway.toml", folder / "sms.secret"
        templates = "".join(f'"{name}" = {{ id = "{name}" }}\n' for name in TEMPLATES)
        gateway.write_text(GATEWAY.format(url=server.make_url("/send")) + templates, encoding="utf-8")
        secret.write_text("a secret that nobody asks for", encoding="utf-8")
        secret.chmod(0o600)
        outside.environment = {
            "MINXIN_SMS_GATEWAY": str(gateway),
            "MINXIN_SMS_RATE": "0",
            "MINXIN_MAIL_RELAY": f"{HOST}:{world.port}",
            "MINXIN_MAIL_TLS": "off",
        }
        yield outside
