"""Settings (配置): one frozen object from a TOML file and the environment, read once, checked with clear words.

Every setting can be given in the file, or as ``MINXIN_`` and its name in capitals, which wins; with ``_FILE`` behind
it, that variable names a file that holds the value. Secrets are never settings: the master key is a file that only the
service can read.
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
EMBEDDED: Final = "embedded"
BUILTIN_CITY: Final = Path(__file__).with_name("cities") / "binhai"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this installation is set; all paths are relative to where the service is started.

    ``store`` is the address of a MongoDB replica set (``mongodb://…/database``), empty for one file in ``data``;
    ``store_driver`` is the library that speaks to it: pymongo, or motor (``docs/decisions/0048``).

    ``search`` is the engine that letters are searched by: embedded, or the address of an Elasticsearch, which gets the
    API key in the file ``search_key`` and proves itself by the certificates in ``search_authority`` (PEM) when those
    are given. What it keeps for this city begins with ``search_prefix``.

    ``precision`` is the wished precision of automatic routing (0 to 1). ``secure_cookies`` is switched off only to
    show the service over plain HTTP to another machine. ``verifier_url`` is the city's service for checking names.

    With ``smtp_certificate`` and ``smtp_key`` (PEM) the SMTP and IMAP doors offer STARTTLS, and IMAP over TLS opens on
    ``imaps_port``; without them mail programs get in from this machine only. ``imap_connections`` is how many one
    network may hold open. ``smtp_connections`` is how many
    one network may hold open, ``smtp_loopback_connections`` how many a relay on this machine. ``smtp_trusted_relay`` is
    the name under which the city's relay proves senders (RFC 8601); it must remove such fields from mail that comes in.
    ``citizen_mail_mb`` and its like are how many MiB of mail a box of the kind may hold, ``citizen_disk_mb`` and
    ``staff_disk_mb`` how many MiB lie on a network disk. A closed box can be opened again for ``closed_box_days``; mail
    for who left an office goes to its shared box with ``former_to_office``, and is refused without.
    ``mail_relay`` (``host:port``) takes the mail that goes out. Without it mail goes straight to the recipients' own
    servers with ``mail_direct``, else into the folder ``mail``. ``mail_tls`` is whether it is encrypted on the way:
    off, opportunistic, required, or implicit for a relay that speaks TLS from the first byte on; ``mail_relay_ca``
    (PEM) holds the certificates by which a relay is known, the system's without it. A relay that asks who we are is
    told ``mail_relay_user`` and what stands in the file ``mail_relay_secret``.
    With ``dkim_key`` (a file that ``minxin dkim-key`` makes) mail is signed, under the
    name ``dkim_selector``. ``citizen_sends`` and its like are to how many recipients a box of the kind writes in a day.
    Mail programs hand mail in on ``submission_port``, and over TLS on ``submissions_port``.

    ``mail_check`` is whether SPF, DKIM and DMARC of mail from outside are checked (``docs/decisions/0041``): off, on,
    or auto for as soon as a resolver works; ``mail_check_s`` is how long one mail may wait for it, ``dns_server`` the
    resolver ("address" or "address:port"), empty for the system's. ``government_domains`` (parted by spaces) are those
    whose proven mail is shown as an office's. ``smtp_tarpit_s`` holds refusals back, ``smtp_greylist`` lets unknown
    servers come twice.

    ``sms_gateway`` is the file that describes the provider of short messages (``docs/decisions/0040``); without it they
    are written into the folder ``sms``. ``sms_rate`` is how many leave in a second, 0 for as many as there are.
    ``sms_quiet`` are the hours in which nobody is told of anything but codes, empty for none. ``official_rate`` is how
    many boxes get official mail in a second, 0 for as many as can.

    With ``metrics_port`` health and metrics are told on ``metrics_host`` (``docs/decisions/0052``); ``metrics_token``
    is the file of what Prometheus must say, needed on any other address than loopback. ``log_format`` is json, text, or
    auto for text on a terminal.

    ``backup_for`` are public keys of age, parted by blanks, that backups are sealed for.
    """

    data: Path = Path("var")
    store: str = ""
    store_driver: str = "pymongo"
    search: str = EMBEDDED
    search_key: Path | None = None
    search_authority: Path | None = None
    search_prefix: str = "minxin"
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
    submission_host: str = "127.0.0.1"
    submission_port: int = 8587
    submissions_port: int = 8465
    mail_relay: str = ""
    mail_relay_user: str = ""
    mail_relay_secret: Path | None = None
    mail_relay_ca: Path | None = None
    mail_direct: bool = False
    mail_tls: str = "opportunistic"
    dkim_key: Path | None = None
    dkim_selector: str = "minxin"
    citizen_sends: int = 300
    staff_sends: int = 1000
    company_sends: int = 1000
    office_sends: int = 3000
    mail_check: str = "auto"
    mail_check_s: float = 5.0
    dns_server: str = ""
    government_domains: str = ""
    smtp_tarpit_s: float = 0.0
    smtp_greylist: bool = False
    site: str = ""
    precision: float = 0.95
    citizen_mail_mb: int = 10
    staff_mail_mb: int = 100
    company_mail_mb: int = 100
    office_mail_mb: int = 1024
    closed_box_days: int = 30
    former_to_office: bool = False
    citizen_disk_mb: int = 10
    staff_disk_mb: int = 10
    secure_cookies: bool = True
    behind_proxy: bool = False
    staff_second_factor: bool = True
    verifier_url: str = ""
    sms_gateway: Path | None = None
    sms_rate: float = 20.0
    sms_quiet: str = "21:00-08:00"
    official_rate: float = 50.0
    backup_for: str = ""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    metrics_token: Path | None = None
    log_format: str = "auto"
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
        values["store"] = _without_secrets(self.store)
        values["search"] = self.search if self.search == EMBEDDED else _without_secrets(self.search)
        return tuple((name, "" if value is None else str(value)) for name, value in values.items())


def load_settings(path: Path | None = None, environment: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Return the settings: what is ``given`` (not None) wins over the environment, and that over the file.

    Raises ``ConfigError`` that names the file or variable, the setting and the value.
    """
    values = _from_file(path) if path else {}
    for name in Settings.__struct_fields__:
        raw = _from_environment(PREFIX + name.upper(), environment)
        if raw is not None:
            values[name] = _typed(name, raw)
    values |= {name: value for name, value in given.items() if value is not None}
    settings = _settings(values, str(path or "settings"))
    _check(settings)
    return settings


def _from_environment(name: str, environment: Mapping[str, str]) -> str | None:
    """Return a variable, or what the file says that ``…_FILE`` names: a password must stand in no environment."""
    if name in environment or f"{name}_FILE" not in environment:
        return environment.get(name)
    path = environment[f"{name}_FILE"]
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE={path}: can't be read") from error


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


def _check_store(settings: Settings) -> None:
    if settings.store and not settings.store.startswith(("mongodb://", "mongodb+srv://")):
        raise ConfigError("store is no address of mongodb")
    if settings.store_driver not in ("pymongo", "motor"):
        raise ConfigError(f"store_driver = {settings.store_driver!r} is neither pymongo nor motor")


def _check_search(settings: Settings) -> None:
    if settings.search != EMBEDDED and not settings.search.startswith(("https://", "http://")):
        raise ConfigError("search is neither embedded nor an address of http or https")
    if not re.fullmatch(r"[a-z][a-z0-9]{0,30}", settings.search_prefix):
        raise ConfigError(f"search_prefix = {settings.search_prefix!r} is not of small letters and figures")


def _check_disks(settings: Settings) -> None:
    for name in ("citizen_disk_mb", "staff_disk_mb"):
        if not 1 <= getattr(settings, name) <= LARGEST_DISK_MB:
            raise ConfigError(f"{name} = {getattr(settings, name)} is not between 1 and {LARGEST_DISK_MB}")


def _check_rates(settings: Settings) -> None:
    for name in ("sms_rate", "official_rate"):
        if getattr(settings, name) and not 1 <= getattr(settings, name) <= 10_000:
            raise ConfigError(f"{name} = {getattr(settings, name)} is neither 0 nor between 1 and 10000")


def _check_senders(settings: Settings) -> None:
    if settings.mail_check not in ("off", "auto", "on"):
        raise ConfigError(f"mail_check = {settings.mail_check!r} is none of off, auto, on")
    if not 0 < settings.mail_check_s <= 60:
        raise ConfigError(f"mail_check_s = {settings.mail_check_s} is not between 0 and 60")
    if not 0 <= settings.smtp_tarpit_s <= 30:
        raise ConfigError(f"smtp_tarpit_s = {settings.smtp_tarpit_s} is not between 0 and 30")
    if settings.dns_server and not re.fullmatch(r"[0-9.]+(:\d{1,5})?|[0-9a-fA-F:]{3,}", settings.dns_server):
        raise ConfigError(f"dns_server = {settings.dns_server!r} is no address or address:port")


def _check_outgoing(settings: Settings) -> None:
    if settings.mail_relay and not re.fullmatch(r"[^\s:]+(:\d{1,5})?", settings.mail_relay):
        raise ConfigError(f"mail_relay = {settings.mail_relay!r} is no host:port")
    if settings.mail_tls not in ("off", "opportunistic", "required", "implicit"):
        raise ConfigError(f"mail_tls = {settings.mail_tls!r} is none of off, opportunistic, required, implicit")
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", settings.dkim_selector):
        raise ConfigError(f"dkim_selector = {settings.dkim_selector!r} is no label of the DNS")
    for kind in ("citizen", "staff", "company", "office"):
        if not 1 <= getattr(settings, f"{kind}_sends") <= 100_000:
            raise ConfigError(f"{kind}_sends = {getattr(settings, f'{kind}_sends')} is not between 1 and 100000")


def _check_relay(settings: Settings) -> None:
    sealed, host = settings.mail_tls in ("required", "implicit"), settings.mail_relay.partition(":")[0]
    if bool(settings.mail_relay_user) != (settings.mail_relay_secret is not None):
        raise ConfigError("mail_relay_user and mail_relay_secret belong together")
    for name in ("mail_relay_user", "mail_relay_ca"):
        if getattr(settings, name) and not settings.mail_relay:
            raise ConfigError(f"{name} is for a mail_relay, and there is none")
    if settings.mail_relay_user and not sealed and host not in ("localhost", "127.0.0.1"):
        raise ConfigError("mail_relay_user needs mail_tls = required or implicit: else others could read the password")
    if settings.mail_relay_ca and not sealed:
        raise ConfigError("mail_relay_ca needs mail_tls = required or implicit: else any certificate will do")
    if settings.mail_tls == "implicit" and not settings.mail_relay:
        raise ConfigError("mail_tls = implicit is for a mail_relay, and there is none")


def _check(settings: Settings) -> None:
    _check_senders(settings)
    _check_outgoing(settings)
    _check_relay(settings)
    if not 0.5 <= settings.precision < 1:
        raise ConfigError(f"precision = {settings.precision} is not between 0.5 and 1")
    if not 0 <= settings.closed_box_days <= 365:
        raise ConfigError(f"closed_box_days = {settings.closed_box_days} is not between 0 and 365")
    for kind in ("citizen", "staff", "company", "office"):
        if getattr(settings, f"{kind}_mail_mb") < 1:
            raise ConfigError(f"{kind}_mail_mb = {getattr(settings, f'{kind}_mail_mb')} is less than 1")
    _check_disks(settings)
    _check_store(settings)
    _check_search(settings)
    for name in ("port", "smtp_port", "imap_port", "imaps_port", "submission_port", "submissions_port", "metrics_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise ConfigError(f"{name} = {getattr(settings, name)} is no port number")
    _check_rates(settings)
    if settings.log_format not in ("auto", "json", "text"):
        raise ConfigError(f"log_format = {settings.log_format!r} is none of auto, json, text")
    if settings.verifier_url and not settings.verifier_url.startswith(("https://", "http://")):
        raise ConfigError(f"verifier_url = {settings.verifier_url!r} is no address of http or https")
