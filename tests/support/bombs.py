"""Mails that are small to send and dear to read."""

from __future__ import annotations


def nested(depth: int) -> bytes:
    opened = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)]
    return ("".join(opened) + "\ntext").encode()


BOMBS = {
    "nest-100": nested(100),
    "nest-500": nested(500),
    "nest-3000": nested(3000),
    "parts-10k": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000,
    "parts-100k": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "rfc822-1000": b"Content-Type: message/rfc822\n\n" * 1_000,
    "words-5000": b"Subject: " + b"\n ".join([b"=?utf-8?q?=E4=BD=A0?="] * 5_000) + b"\n\nx",
    "addresses-5000": b"To: " + b",\n ".join([b"a <a@b.cn>"] * 5_000) + b"\n\nx",
    "brackets": b"To: ((((" + b"(" * 500 + b"\n\nx",
    "headers-200k": b"X-Header: value\n" * 200_000 + b"\nx",
    "parameters-5000": b"Content-Type: text/plain" + b"; a=b" * 5_000 + b"\n\nx",
    "semicolons-50k": b"Content-Disposition: attachment; " + b";" * 50_000 + b"\n\nx",
    "message-id": b"Message-ID: <<<<\n\nx",
    "status-blocks": b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 500_000,
    "newlines-25m": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n" * 25_000_000,
    "html": b"Content-Type: text/html\n\n" + b"<div>" * 100_000 + b"&#9" * 100_000,
}
