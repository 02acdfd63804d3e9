"""The field ``Authentication-Results`` (RFC 8601) that we write on top of a mail."""

from __future__ import annotations

from minxin.mailbox.authenticity.records import NONE, Authenticity


def results_field(server: str, found: Authenticity, sender: str) -> bytes:
    """Return the field with its line ends; ``server`` is the name under which we say it.

    "none" alone says that nothing was checked (section 2.2).
    """
    if not found.checked:
        return _lines(server, ["none"])
    results = [f"spf={found.spf} smtp.mailfrom={_value(sender or '<>')}"]
    results += [
        f"dkim={one.result} header.d={_value(one.domain)} header.s={_value(one.selector)}" for one in found.signatures
    ]
    if not found.signatures:
        results.append(f"dkim={NONE}")
    results.append(f"dmarc={found.dmarc} (p={found.wish}) header.from={_value(found.from_domain)}")
    return _lines(server, results)


def _lines(server: str, results: list[str]) -> bytes:
    return ("Authentication-Results: " + ";\r\n\t".join([server, *results]) + "\r\n").encode("utf-8", "replace")


def _value(text: str) -> str:
    """Return what may stand as a value: nothing of a hostile name ends the line or begins another result."""
    return "".join(sign for sign in text if sign.isalnum() or sign in "@.-_+=<>/")[:253] or '""'
