"""Addresses that somebody writes to (收件地址): in one normal form, or refused with a clear word."""

from __future__ import annotations

import re
from typing import Final

from minxin.core.errors import InvalidInputError

LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3, less the brackets
LONGEST_LOCAL: Final = 64
LONGEST_DOMAIN: Final = 253
# Quoted local parts and address literals are nobody's address any more, and have let many a parser down.
_LOCAL: Final = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x20\x7f-\x9f]+")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def recipient_address(typed: str) -> str:
    """Return the address with its domain in lower case and in the letters of the DNS; the local part as it is.

    Raises ``InvalidInputError`` (``mail.send.address``) for what no mail can go to.
    """
    local, at, domain = typed.strip().rpartition("@")
    wire = _wire_domain(domain)
    address = f"{local}@{wire}"
    well = at and wire and _LOCAL.fullmatch(local) and local.isprintable() and len(local.encode()) <= LONGEST_LOCAL
    if not well or len(address.encode()) > LONGEST:
        raise InvalidInputError("mail.send.address", field="to", address=_shown(typed))
    return address


def needs_utf8(address: str) -> bool:
    """Say whether servers on the way must know SMTPUTF8 (RFC 6531)."""
    return not address.isascii()


def _wire_domain(domain: str) -> str:
    try:
        wire = domain.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return ""
    labels = wire.split(".")
    well = len(labels) > 1 and len(wire) <= LONGEST_DOMAIN and all(_LABEL.fullmatch(one) for one in labels)
    return wire if well and not labels[-1].isdecimal() else ""


def _shown(typed: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in typed.strip())[:80]
