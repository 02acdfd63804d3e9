"""Short messages of one house: the gateway that the settings choose, the three lanes, delivery reports."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec
from aiohttp import ClientSession
from msgspec import Struct

from minxin.core.clock import Clock
from minxin.core.errors import ConfigError
from minxin.core.privacy import Vault
from minxin.core.store import Queue
from minxin.deploy.settings import Settings
from minxin.deploy.storing import CityStore
from minxin.deploy.workers import Task, Worker
from minxin.mailbox.gateways.http_profile import HttpProfile
from minxin.mailbox.gateways.sms_folder import SentSms, SmsFolder
from minxin.mailbox.gateways.sms_http import HttpSms
from minxin.mailbox.sms import Lane
from minxin.mailbox.texting.bucket import Bucket
from minxin.mailbox.texting.ports import SmsGateway
from minxin.mailbox.texting.rules import NoticeRules
from minxin.mailbox.texting.sending import SmsSending

LastMessages = Callable[[int], Awaitable[list[SentSms]]]
T = TypeVar("T")
_QUIET: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


class GatewayFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that says how the provider is asked; the secret stands in a file of its own."""

    kind: Literal["http", "smpp"]
    secret_file: Path
    http: HttpProfile | None = None
    smpp: dict[str, Any] | None = None


@dataclass(frozen=True)
class TextGateway:
    """The gateway; only the folder shows what was sent last, masked and in full."""

    gateway: SmsGateway
    last_masked: LastMessages
    last: LastMessages


async def open_gateway(stack: AsyncExitStack, settings: Settings, clock: Clock) -> TextGateway:
    """Return the gateway of the settings, closed with the stack; raises ``ConfigError``."""
    if settings.sms_gateway is None:
        folder = SmsFolder(settings.data / "sms", clock)
        return TextGateway(folder, folder.last_masked, folder.last)
    file = _read(settings.sms_gateway)
    secret = _secret(settings.sms_gateway, file.secret_file)
    if file.kind == "http" and file.http is not None:
        session = await stack.enter_async_context(ClientSession())
        return TextGateway(HttpSms(session, file.http, secret.encode(), clock), _nothing, _nothing)
    if file.kind == "smpp" and file.smpp is not None:
        # Only who has a line to an SMSC loads the library.
        from minxin.mailbox.gateways.smpp_link import SmppProfile
        from minxin.mailbox.gateways.sms_smpp import SmppSms

        smpp = SmppSms(_converted(settings.sms_gateway, file.smpp, SmppProfile), secret)
        stack.push_async_callback(smpp.close)
        return TextGateway(smpp, _nothing, _nothing)
    raise ConfigError(f"{settings.sms_gateway}: has no table [{file.kind}]")


def notice_rules(settings: Settings) -> NoticeRules:
    """Return when people are left in peace; a demonstration has no night. Raises ``ConfigError``."""
    if not settings.sms_quiet or settings.demo:
        return NoticeRules(quiet_from=time(0), quiet_until=time(0))
    if not _QUIET.fullmatch(settings.sms_quiet):
        raise ConfigError(f"sms_quiet = {settings.sms_quiet!r} is no hh:mm-hh:mm")
    begins, ends = settings.sms_quiet.split("-")
    return NoticeRules(quiet_from=time.fromisoformat(begins), quiet_until=time.fromisoformat(ends))


def _read(path: Path) -> GatewayFile:
    try:
        return _converted(path, tomllib.loads(path.read_text(encoding="utf-8")), GatewayFile)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _converted(path: Path, values: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(values, kind, dec_hook=lambda _, value: Path(value))
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error


def _secret(path: Path, secret_file: Path) -> str:
    """Return the secret; its path is relative to the gateway's file."""
    try:
        secret = (path.parent / secret_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: secret_file {secret_file} can't be read") from error
    if not secret:
        raise ConfigError(f"{path}: secret_file {secret_file} is empty")
    return secret


async def _nothing(count: int) -> list[SentSms]:
    return []


class Lanes:
    """The outbox's three lanes of short messages: a worker each, so that none waits behind a longer one."""

    def __init__(
        self, texts: TextGateway, store: CityStore, vault: Vault, clock: Clock, rules: NoticeRules, rate: float
    ) -> None:
        self._store = store
        self._clock = clock
        self._sending = SmsSending(store, vault, clock, texts.gateway, Bucket(rate), rules)

    def workers(self, many: str, to_many: Task) -> tuple[Worker, ...]:
        """Return the workers; that of the slowest lane also does ``many``, what goes to many people."""
        tasks: tuple[dict[str, Task], ...] = (
            {Lane.URGENT: self._sending.urgent},
            {Lane.NOTICE: self._sending.notice},
            {Lane.BULK: self._sending.bulk, many: to_many},
        )
        return tuple(Worker(self._store, Queue.OUTBOX, self._clock, one) for one in tasks)
