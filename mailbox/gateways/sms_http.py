"""The SMS gateway that asks a provider over HTTP with JSON; what it asks stands in its profile."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from minxin.core.clock import Clock
from minxin.core.errors import UnavailableError
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.gateways.http_profile import (
    HttpProfile,
    entries_of,
    filled,
    message_values,
    signature_of,
    template_of,
    text_at,
)
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.ports import DeliveryReport

log = logging.getLogger(__name__)
MAX_ANSWER_BYTES: Final = 1_048_576


class HttpSms:
    """Sends by one POST for each message (``texting.ports.SmsGateway``).

    The client session belongs to the caller. Neither phone, words nor secret stand in a log or a URL, and redirects are
    not followed: they would carry them to a host that nobody chose.
    """

    def __init__(self, session: aiohttp.ClientSession, profile: HttpProfile, secret: bytes, clock: Clock) -> None:
        self._session = session
        self._profile = profile
        self._secret = secret
        self._clock = clock

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        """Ask the provider to send; raises as the port says."""
        profile = self._profile
        values = message_values(template_of(profile, message), phone, message, key)
        body = await self._ask(profile.url, profile.body, values)
        entries = entries_of(profile.answer, body)
        code = text_at(entries[0], profile.answer.code) if entries else ""
        if code in profile.answer.success:
            return text_at(entries[0], profile.answer.reference)
        if code in profile.answer.permanent:
            raise SmsRefusedError(code)
        log.warning("the SMS provider answered with code %r", code, extra={"event": "sms_provider"})
        raise UnavailableError("sms.gateway")

    async def reports(self) -> Sequence[DeliveryReport]:
        """Fetch the reports that wait at the provider."""
        reports = self._profile.reports
        if reports is None:
            return ()
        answer = reports.answer
        found = []
        for entry in entries_of(answer, await self._ask(reports.url, reports.body, {})):
            code = text_at(entry, answer.code)
            if code in answer.success or code in answer.permanent:
                delivered = code in answer.success
                reference = text_at(entry, answer.reference)
                found.append(DeliveryReport(reference, delivered, "" if delivered else code))
        return found

    async def _ask(self, url: str, body: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
        content, headers = self._request(url, body, values)
        timeout = aiohttp.ClientTimeout(total=self._profile.timeout_s)
        try:
            async with self._session.post(
                url, data=content, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                raw = await _limited(answer)
                return self._body(answer.status, raw)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("the SMS provider failed: %s", type(error).__name__, extra={"event": "sms_provider"})
            raise UnavailableError("sms.gateway") from error

    def _request(self, url: str, body: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        now = self._clock.now()
        common = {
            "app_key": self._profile.app_key,
            "timestamp": str(int(now.timestamp())),
            "iso_time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "nonce": secrets.token_hex(16),
            "method": "POST",
            "path": urlsplit(url).path or "/",
        }
        known = {**values, **common}
        content = msgspec.json.encode(filled(body, known))
        signed = known | {"body": content.decode(), "body_sha256": hashlib.sha256(content).hexdigest()}
        signed["hmac"] = signature_of(self._profile, self._secret, signed)
        headers = {name: str(filled(value, signed)) for name, value in self._profile.headers.items()}
        return content, {"Content-Type": "application/json; charset=utf-8", **headers}

    def _body(self, status: int, raw: bytes) -> Any:
        """Return the answer's JSON; 429 and 5xx, and what is no JSON, are troubles that pass."""
        if status < 500 and status != 429:
            try:
                return msgspec.json.decode(raw)
            except msgspec.DecodeError:
                pass
        log.warning("the SMS provider answered with status %d", status, extra={"event": "sms_provider"})
        raise UnavailableError("sms.gateway")


async def _limited(answer: aiohttp.ClientResponse) -> bytes:
    """Read the answer up to its limit: what is longer is cut, and then no JSON any more."""
    raw = b""
    async for chunk in answer.content.iter_any():
        raw += chunk
        if len(raw) > MAX_ANSWER_BYTES:
            break
    return raw
