"""A seeded generator of odd mails: each is a name, the bytes, and what must come out of them."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

SENTENCE = "楼下烧烤店油烟大，㐂𠮷䶮三位邻居都睡不好，请市长过问。"


class OddMail(NamedTuple):
    """``expected`` maps attributes of ``ParsedMail`` to values; a callable is asked."""

    name: str
    raw: bytes
    expected: dict[str, Any]


def _mail(headers: str, body: bytes, end: bytes = b"\r\n") -> bytes:
    head = headers.strip().replace("\n", end.decode()).encode("utf-8", "surrogateescape")
    return head + end + end + body


def _charsets() -> Iterator[OddMail]:
    chinese = "请问陶喆、李堃、朱镕和王珺住的小区为什么停水，请市长过问一下。"
    traditional = "請問這個社區為什麼停水，請市長過問一下，謝謝。"
    table = [
        ("gb2312", "gb18030", SENTENCE),
        ("GBK", "gb18030", SENTENCE),
        ("gb18030", "gb18030", SENTENCE),
        ("gb2312", "gbk", chinese),
        ("utf-8", "utf-8", SENTENCE),
        ("UTF8", "utf-8", SENTENCE),
        ("gb2312", "utf-8", SENTENCE),
        ("utf-8", "gb18030", chinese),
        ("iso-8859-1", "gbk", chinese),
        ("us-ascii", "utf-8", SENTENCE),
        ("x-klingon", "utf-8", SENTENCE),
        ("x-klingon", "gbk", chinese),
        ("", "gbk", chinese),
        ("", "big5", traditional),
        ("big5", "big5", traditional),
        ("utf-7", "utf-8", SENTENCE),
        ("zlib", "utf-8", SENTENCE),
        ("unicode_escape", "utf-8", SENTENCE),
        ("iso-2022-jp", "iso-2022-jp", "こんにちは"),
        ("hz-gb-2312", "hz", "停水三天"),
        ("utf-16", "utf-16", SENTENCE),
        ("euc-kr", "euc-kr", "안녕하세요"),
        ("shift_jis", "cp932", "こんにちは"),
        ("iso-8859-1", "latin-1", "Grüße aus Köln"),
    ]
    for number, (label, codec, text) in enumerate(table):
        for encoding in ("8bit", "base64", "quoted-printable"):
            data = text.encode(codec)
            if encoding == "base64":
                data = base64.encodebytes(data)
            elif encoding == "quoted-printable":
                data = b"".join(b"=%02X" % byte for byte in data)
            head = (
                f"From: a@example.cn\nContent-Type: text/plain; charset={label}\nContent-Transfer-Encoding: {encoding}"
            )
            yield OddMail(f"charset-{number}-{label}-{codec}-{encoding}", _mail(head, data), {"text": text})


def _words() -> Iterator[OddMail]:
    for codec in ("utf-8", "gb18030", "gb2312"):
        data = SENTENCE.encode("gb18030" if codec.startswith("gb") else codec)
        for cut in range(1, 12):
            words = [data[at : at + cut] for at in range(0, len(data), cut)]
            b_words = "\n ".join(f"=?{codec}?B?{base64.b64encode(word).decode()}?=" for word in words)
            q_words = "\n ".join(f"=?{codec}?q?{''.join(f'={byte:02X}' for byte in word)}?=" for word in words)
            for kind, text in (("b", b_words), ("q", q_words)):
                yield OddMail(
                    f"words-{codec}-{cut}-{kind}",
                    _mail(f"Subject: {text}\nFrom: {text} <a@b.cn>", b"x"),
                    {"subject": SENTENCE, "from_name": SENTENCE, "from_address": "a@b.cn"},
                )


def _headers() -> Iterator[OddMail]:
    odd = [
        "From: ((((" + "(" * 500,
        "From: <<<<",
        "From: " + "<" * 900,
        'From: "' * 50,
        "From: @@@",
        "From:",
        "From: ;;;,,,",
        "To: ((((" + "(" * 500,
        "Message-ID: <<<<",
        "Message-ID: <" + "x" * 2000 + ">",
        "Date: not a date",
        "Date: 0",
        "Date: Mon, 99 Foo 99999 99:99:99 +9999",
        "Date: Mon, 1 Jan 0001 00:00:00 +2359",
        "Subject: =?utf-8?b?====?=",
        "Subject: =?utf-8?q?=ZZ=4?=",
        "Subject: =?x?x?x?=",
        "Subject: \x00\x01\x02",
        "Content-Type: ;;;;",
        "Content-Type: /",
        "Content-Type: text",
        "Content-Type: multipart/mixed",
        "Content-Type: multipart/mixed; boundary=",
        'Content-Type: multipart/mixed; boundary=""',
        "Content-Type: message/rfc822",
        "Content-Type: message/partial",
        "Content-Type: text/plain; charset*0=ut; charset*1=f-8",
        "Content-Transfer-Encoding: klingon",
        "Content-Transfer-Encoding: x-uuencode",
        "Content-Disposition: attachment" + ";" * 5000,
        "Content-Type: text/plain; a" * 300,
        "no colon at all",
        ": empty name",
        " leading space",
        "\x80\xff: raw",
    ]
    for number, head in enumerate(odd):
        for end in (b"\r\n", b"\n", b"\r"):
            yield OddMail(f"header-{number}-{end!r}", _mail(head, b"body of it", end), {})


def _random_damage(seed: int) -> Iterator[OddMail]:
    """Honest mails with bytes flipped, cut out and doubled."""
    random_source = random.Random(seed)
    part = "--b\nContent-Type: text/html; charset=gbk\n\n<p>x\n--b\nContent-Disposition: attachment; filename=a.pdf\n"
    honest = _mail("From: a@b.cn\nContent-Type: multipart/mixed; boundary=b", f"{part}\nYWJj\n--b--\n".encode())
    for number in range(60):
        raw = bytearray(honest)
        for _ in range(random_source.randint(1, 12)):
            at = random_source.randrange(len(raw))
            match random_source.randrange(3):
                case 0:
                    raw[at] = random_source.randrange(256)
                case 1:
                    del raw[at : at + random_source.randint(1, 9)]
                case _:
                    raw[at:at] = raw[at : at + random_source.randint(1, 60)]
        yield OddMail(f"damage-{number}", bytes(raw), {})
    for cut in range(0, len(honest), 9):
        yield OddMail(f"cut-{cut}", honest[:cut], {})


def odd_mails(seed: int = 20260212) -> list[OddMail]:
    """All of them; the same seed gives the same bytes."""
    return [*_charsets(), *_words(), *_headers(), *_random_damage(seed)]
