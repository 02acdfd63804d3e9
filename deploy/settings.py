"""Settings (配置): one frozen object from a TOML file and the environment, read once, checked with clear words.

Every setting can be given in the file, or as ``MINXIN_`` and its name in capitals, which wins. Secrets are never
settings: the master key is a file that only the service can read.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from minxin.core.errors import ConfigError

PREFIX: Final = "MINXIN_"
LARGEST_DISK_MB: Final = 10_240
BUILTIN_CITY: Final = Path(__file__).with_name("cities") / "binhai"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this installation is set; all paths are relative to where the service is started.

    ``precision`` is the wished precision of automatic routing (0 to 1). ``secure_cookies`` is switched off only to
    show the service over plain HTTP to another machine. ``verifier_url`` is the city's service for checking names.

    With ``smtp_certificate`` and ``smtp_key`` (PEM) the SMTP and IMAP doors offer STARTTLS, and IMAP over TLS opens on
    ``imaps_port``; without them mail programs get in from this machine only. ``imap_connections`` is how many one
    network may hold open. ``smtp_connections`` is how many
    one network may hold open, ``smtp_loopback_connections`` how many a relay on this machine. ``smtp_trusted_relay`` is
    the name under which the city's relay proves senders (RFC 8601); it must remove such fields from mail that comes in.
    ``citizen_mail_mb`` and its like are how many MiB of mail a box of the kind may hold, ``citizen_disk_mb`` and
    ``staff_disk_mb`` how many MiB lie on a network disk.
    ``mail_relay`` (``host:port``) takes the mail that goes out; without it mail is written into the folder ``mail``.

    ``sms_gateway`` is the file that describes the provider of short messages (``docs/decisions/0040``); without it they
    are written into the folder ``sms``. ``sms_rate`` is how many leave in a second, 0 for as many as there are.
    ``sms_quiet`` are the hours in which nobody is told of anything but codes, empty for none.
    """

    data: Path = Path("var")
    city: Path = BUILTIN_CITY
    key: Path | None = None
    calendar: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8025
    smtp_certificate: Path | None = None
    smtp_key: Path | None = None
    smtp_connections: int = 10
    smtp_loopback_connections: int = 50
    smtp_trusted_relay: str = ""
    imap_host: str = "127.0.0.1"
    imap_port: int = 8143
    imaps_port: int = 8993
    imap_connections: int = 30
    mail_relay: str = ""
    site: str = ""
    precision: float = 0.95
    citizen_mail_mb: int = 10
    staff_mail_mb: int = 100
    company_mail_mb: int = 100
    office_mail_mb: int = 1024
    citizen_disk_mb: int = 10
    staff_disk_mb: int = 10
    secure_cookies: bool = True
    behind_proxy: bool = False
    staff_second_factor: bool = True
    verifier_url: str = ""
    sms_gateway: Path | None = None
    sms_rate: float = 20.0
    sms_quiet: str = "21:00-08:00"
    demo: bool = False

    @property
    def key_file(self) -> Path:
        """The file of the master key."""
        return self.key or self.data / "master.key"

    @property
    def address(self) -> str:
        """The address of the site, as written into mail."""
        return self.site or f"http://{self.host}:{self.port}"

    def shown(self) -> tuple[tuple[str, str], ...]:
        """Return each setting by name as people may see it: no user, password or query of an address."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        values["verifier_url"] = _without_secrets(self.verifier_url)
        return tuple((name, "" if value is None else str(value)) for name, value in values.items())


def load_settings(path: Path | None = None, environment: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Return the settings: what is ``given`` (not None) wins over the environment, and that over the file.

    Raises ``ConfigError`` that names the file or variable, the setting and the value.
    """
    values = _from_file(path) if path else {}
    for name in Settings.__struct_fields__:
        raw = environment.get(PREFIX + name.upper())
        if raw is not None:
            values[name] = _typed(name, raw)
    values |= {name: value for name, value in given.items() if value is not None}
    settings = _settings(values, str(path or "settings"))
    _check(settings)
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _without_secrets(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))


def _typed(name: str, raw: str) -> Any:
    try:
        return getattr(msgspec.convert({name: raw}, Settings, strict=False, dec_hook=_path), name)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{PREFIX}{name.upper()}={raw!r}: {error}") from error


def _settings(values: dict[str, Any], where: str) -> Settings:
    try:
        return msgspec.convert(values, Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from error


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)


def _check_disks(settings: Settings) -> None:
    for name in ("citizen_disk_mb", "staff_disk_mb"):
        if not 1 <= getattr(settings, name) <= LARGEST_DISK_MB:
            raise ConfigError(f"{name} = {getattr(settings, name)} is not between 1 and {LARGEST_DISK_MB}")


def _check(settings: Settings) -> None:
    if not 0.5 <= settings.precision < 1:
        raise ConfigError(f"precision = {settings.precision} is not between 0.5 and 1")
    for kind in ("citizen", "staff", "company", "office"):
        if getattr(settings, f"{kind}_mail_mb") < 1:
            raise ConfigError(f"{kind}_mail_mb = {getattr(settings, f'{kind}_mail_mb')} is less than 1")
    _check_disks(settings)
    if settings.mail_relay and not re.fullmatch(r"[^\s:]+(:\d{1,5})?", settings.mail_relay):
        raise ConfigError(f"mail_relay = {settings.mail_relay!r} is no host:port")
    for name in ("port", "smtp_port", "imap_port", "imaps_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise ConfigError(f"{name} = {getattr(settings, name)} is no port number")
    if settings.sms_rate and not 1 <= settings.sms_rate <= 10_000:
        raise ConfigError(f"sms_rate = {settings.sms_rate} is neither 0 nor between 1 and 10000")
    if settings.verifier_url and not settings.verifier_url.startswith(("https://", "http://")):
        raise ConfigError(f"verifier_url = {settings.verifier_url!r} is no address of http or https")
