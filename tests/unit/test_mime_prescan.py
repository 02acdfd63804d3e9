"""The pre-scan names the limit that a bomb breaks and lets honest mail pass."""

from __future__ import annotations

import base64

import pytest

from minxin.mailbox.mime.prescan import prescan


def nested(depth: int, end: str = "\n") -> bytes:
    opened = [f"Content-Type: multipart/mixed; boundary=b{n}{end}{end}--b{n}{end}" for n in range(depth)]
    return ("".join(opened) + f"{end}text").encode()


def parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


HONEST = [
    b"",
    b"\r\n",
    b"just words",
    b"Subject: x\r\n\r\n-- \r\nsignature\r\n--- a\r\n",
    nested(20),
    nested(20, "\r\n"),
    parts(900),
    b"Content-Type: text/plain; note=boundary\n\n" + b"--x\n" * 60_000,
    b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: message/rfc822\n\nSubject: y\n\nz\n" * 50,
]
BROKEN = {
    "mail.depth": [
        nested(21),
        nested(500),
        nested(3000, "\r\n"),
        nested(100, "\r"),
        b"Content-Type: message/rfc822\n\n" * 25,
    ],
    "mail.parts": [parts(1_001), parts(100_000)],
    "mail.header": [b"Content-Disposition: attachment; " + b";" * 50_000 + b"\n\nx", b"To: a\n" + b" b\n" * 20_000],
    "mail.headers": [b"X: 1\n" * 1_001 + b"\nx", parts(1).removesuffix(b"--\n") + b"\n" + b"Y: 2\r\n" * 1_500 + b"\nx"],
    "mail.header_block": [b"X-Long: 1234567890\n" * 200_000],
    "mail.delimiters": [b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--x\n" * 50_001],
    "mail.boundary": [
        b"Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n",
        b"Content-Type: multipart/mixed; boundary=" + b"a" * 201 + b"\n\n",
    ],
    "mail.lines": [b"Subject: x\n\n" + b"\n" * 1_000_001, b"Subject: x\r\r" + b"\r" * 1_000_001],
    "mail.size": [b"x" * (40 * 1024 * 1024 + 1)],
}


@pytest.mark.parametrize("raw", HONEST, ids=range(len(HONEST)))
def test_honest_mail_passes(raw: bytes) -> None:
    assert prescan(raw).broken == ""


@pytest.mark.parametrize(("limit", "number"), [(limit, n) for limit, raws in BROKEN.items() for n in range(len(raws))])
def test_bomb_breaks_its_limit(limit: str, number: int) -> None:
    assert prescan(BROKEN[limit][number]).broken == limit


def test_depth_and_parts_are_counted() -> None:
    scan = prescan(nested(7) + b"\n--b6--\n--b3\n\nx")
    assert (scan.depth, scan.parts) == (7, 9)


def test_a_large_attachment_is_no_reason_to_refuse() -> None:
    body = base64.encodebytes(bytes(1_000_000))
    assert prescan(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + body + b"\n--b--\n").broken == ""
