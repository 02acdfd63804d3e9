"""DKIM (RFC 6376): which keys a mail's signatures name, and whether the signatures hold.

Finding the names is linear and done on the event loop. Checking runs in the process that can be killed: the package's
patterns take quadratic time over hostile spaces.
"""

from __future__ import annotations

import re
from typing import Final

from minxin.mailbox.authenticity.records import FAIL, NEUTRAL, PASS, PERMERROR, POLICY, TEMPERROR, Signature
from minxin.mailbox.mime.head import header_block, header_fields

MOST_SIGNATURES: Final = 4
_FIELD_MAX: Final = 4_000
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,250}[a-z0-9_])?")


def signatures_of(raw: bytes) -> tuple[Signature, ...]:
    """Return the first signatures of a mail, not yet checked: ``result`` is neutral, or why it can't be checked.

    A signature over a part of the body only, or with SHA-1, is none (RFC 6376 section 8.2, RFC 8301 section 3.1).
    """
    found: list[Signature] = []
    block, _, _ = header_block(raw)
    for name, value, _ in header_fields(block):
        if name == "dkim-signature":
            found.append(_named(value[:_FIELD_MAX].decode("ascii", "replace")))
            if len(found) == MOST_SIGNATURES:
                break
    return tuple(found)


def key_name(signature: Signature) -> str:
    """Return the DNS name of the signature's key."""
    return f"{signature.selector}._domainkey.{signature.domain}"


def check_signatures(raw: bytes, keys: dict[str, str]) -> list[Signature]:
    """Check the mail's signatures with the keys by their names; a key that is missing was not answered for."""
    import dkim  # loaded where hostile mail is read, and nowhere else

    checked = []
    for at, one in enumerate(signatures_of(raw)):
        if one.result != NEUTRAL:
            checked.append(one)
            continue
        result = TEMPERROR
        if key_name(one) in keys:
            try:
                holds = dkim.DKIM(raw).verify(idx=at, dnsfunc=lambda name, timeout=0: _key(keys, name))
                result = PASS if holds else FAIL
            except (dkim.DKIMException, ValueError, IndexError, KeyError):
                result = PERMERROR
        checked.append(Signature(one.domain, one.selector, result))
    return checked


def _key(keys: dict[str, str], name: bytes) -> bytes:
    return keys.get(name.decode("ascii", "replace").rstrip(".").lower(), "").encode()


def _named(value: str) -> Signature:
    pairs = (tag.partition("=") for tag in value.split(";"))
    tags = {name.strip().lower(): "".join(text.split()).lower() for name, _, text in pairs}
    domain, selector = tags.get("d", "").rstrip("."), tags.get("s", "")
    if not (_NAME.fullmatch(domain) and _NAME.fullmatch(selector)):
        return Signature("", "", PERMERROR)
    weak = "l" in tags or tags.get("a") == "rsa-sha1"
    return Signature(domain, selector, POLICY if weak else NEUTRAL)
