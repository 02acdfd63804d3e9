"""Real-name verification by a service over HTTP (实名核验接口): one POST, a short wait, and no answer is no verdict."""

from __future__ import annotations

import logging

import aiohttp
import msgspec
from msgspec import Struct

log = logging.getLogger(__name__)
MAX_ANSWER_BYTES = 65_536


class _Verdict(Struct, frozen=True):
    match: bool | None = None


_verdict = msgspec.json.Decoder(_Verdict)


class HttpVerifier:
    """Asks ``url`` with ``{"name", "id_number", "phone"}`` and reads ``{"match": true | false | null}``.

    ``secret`` travels as a bearer token (RFC 6750). The client session belongs to the caller. Redirects are not
    followed: they would carry the ID number to a host that nobody chose.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, timeout_s: float = 5.0, secret: str = "") -> None:
        self._session = session
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    async def verify(self, name: str, id_number: str, phone: str) -> bool | None:
        """Return the service's verdict, or None when it has none, fails, or takes too long: then a clerk decides."""
        question = {"name": name, "id_number": id_number, "phone": phone}
        try:
            async with self._session.post(
                self._url, json=question, headers=self._headers, timeout=self._timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    log.warning("verifier answered with status %d", answer.status)
                    return None
                return _verdict.decode(await _body(answer)).match
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            log.warning("verifier failed: %s", type(error).__name__)
            return None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read the answer up to its limit: what is longer is cut, and then no JSON any more."""
    body = b""
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
    return body
