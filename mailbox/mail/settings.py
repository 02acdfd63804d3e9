"""What the holder of a box sets for it (邮箱设置): signature, vacation notice, senders who are turned away.

A box without a record has the defaults of :class:`BoxSettings`. Everything here is pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.changes import Record
from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mime.address import parse_addresses

SIGNATURE_CHARS: Final = 500
SUBJECT_CHARS: Final = 100
VACATION_CHARS: Final = 2_000
MOST_BLOCKED: Final = 500


class Vacation(Struct, frozen=True, kw_only=True):
    """A vacation notice (自动回复): what is answered, from ``begins`` until ``ends``; None is no limit on that side."""

    subject: str
    text: str
    begins: datetime | None = None
    ends: datetime | None = None


class BoxSettings(Record, frozen=True, kw_only=True):
    """What is set for the box of the same id.

    ``blocked`` holds lower-case addresses, and whole domains as "@domain". ``junk`` and ``wanted`` are the senders
    whose mail its reader called junk, and called none, the latest last (``spam/lessons.py``).
    """

    signature: str = ""
    vacation: Vacation | None = None
    blocked: tuple[str, ...] = ()
    junk: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()


def settings_or_default(box_id: str, found: BoxSettings | None) -> BoxSettings:
    """Return what is set for the box, the defaults when nothing ever was."""
    return found if found is not None else BoxSettings(id=box_id)


def is_blocked(settings: BoxSettings | None, address: str) -> bool:
    """Say whether mail from the address goes to the junk folder: the address or its whole domain is blocked."""
    if settings is None or not settings.blocked:
        return False
    sender = address.strip().lower()
    return sender in settings.blocked or f"@{sender.rpartition('@')[2]}" in settings.blocked


def is_away(vacation: Vacation | None, now: datetime) -> bool:
    """Say whether the notice is answered with at this moment."""
    if vacation is None:
        return False
    begun = vacation.begins is None or vacation.begins <= now
    return begun and (vacation.ends is None or now < vacation.ends)


def between(subject: str, text: str, first: date | None, last: date | None) -> Vacation:
    """Return the notice that is answered with from the first day to the last one, both whole days in Shanghai."""
    begins = _midnight(first) if first is not None else None
    ends = _midnight(last + timedelta(days=1)) if last is not None else None
    return Vacation(subject=subject, text=text, begins=begins, ends=ends)


def days_of(vacation: Vacation) -> tuple[date | None, date | None]:
    """Return the first and the last day of a notice in Shanghai."""
    begins, ends = vacation.begins, vacation.ends
    first = begins.astimezone(SHANGHAI).date() if begins is not None else None
    last = (ends - timedelta(microseconds=1)).astimezone(SHANGHAI).date() if ends is not None else None
    return first, last


def with_signature(settings: BoxSettings, text: str) -> BoxSettings:
    """Return the settings with another signature; raises ``InvalidInputError`` for one that is too long."""
    tidy = _tidy(text)
    if len(tidy) > SIGNATURE_CHARS:
        raise InvalidInputError("box.signature.long", field="signature", most=SIGNATURE_CHARS)
    return replace(settings, signature=tidy)


def with_vacation(settings: BoxSettings, vacation: Vacation | None) -> BoxSettings:
    """Return the settings with another vacation notice, None for none.

    Raises ``InvalidFormError`` for one without words, with too many, or one that ends before it begins.
    """
    if vacation is None:
        return replace(settings, vacation=None)
    tidy = replace(vacation, subject=" ".join(vacation.subject.split()), text=_tidy(vacation.text))
    errors = []
    if not 0 < len(tidy.subject) <= SUBJECT_CHARS:
        errors.append(InvalidInputError("box.vacation.subject", field="subject", most=SUBJECT_CHARS))
    if not 0 < len(tidy.text) <= VACATION_CHARS:
        errors.append(InvalidInputError("box.vacation.text", field="text", most=VACATION_CHARS))
    if tidy.begins is not None and tidy.ends is not None and tidy.ends <= tidy.begins:
        errors.append(InvalidInputError("box.vacation.dates", field="ends"))
    if errors:
        raise InvalidFormError(errors)
    return replace(settings, vacation=tidy)


def with_blocked(settings: BoxSettings, typed: str, domains: Domains) -> BoxSettings:
    """Return the settings with one more blocked sender: an address, or a domain as "@domain" or alone.

    Raises ``InvalidInputError`` for what is neither, for an office's address and the house's own domains as a whole
    (what the administration writes may set a limit, so it reaches everybody), and after :data:`MOST_BLOCKED`.
    """
    wanted = sender_pattern(typed)
    domain = wanted.rpartition("@")[2]
    if domain == domains.staff or (wanted.startswith("@") and domains.has(domain)):
        raise InvalidInputError("box.blocked.house", field="sender")
    if wanted in settings.blocked:
        return settings
    if len(settings.blocked) >= MOST_BLOCKED:
        raise InvalidInputError("box.blocked.too_many", field="sender", most=MOST_BLOCKED)
    return replace(settings, blocked=tuple(sorted((*settings.blocked, wanted))))


def without_blocked(settings: BoxSettings, pattern: str) -> BoxSettings:
    """Return the settings without this blocked sender; nothing happens when he was not."""
    gone = pattern.strip().lower()
    return replace(settings, blocked=tuple(one for one in settings.blocked if one != gone))


def sender_pattern(typed: str) -> str:
    """Return an address in lower case, or "@domain"; raises ``InvalidInputError`` for what is neither."""
    tidy = typed.strip().lower()
    whole_domain = tidy.startswith("@") or "@" not in tidy
    found = parse_addresses(f"any{tidy}" if tidy.startswith("@") else f"any@{tidy}" if whole_domain else tidy)
    domain = found[0].address.rpartition("@")[2] if len(found) == 1 else ""
    if "." not in domain.strip("."):
        raise InvalidInputError("box.blocked.form", field="sender")
    return f"@{domain}" if whole_domain else found[0].address


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _tidy(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")
