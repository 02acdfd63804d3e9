"""The parts of a mail as IMAP names them, and the sections and searches that name them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from minxin.mailbox.imap.describe import write_envelope, write_structure
from minxin.mailbox.imap.fetching import read_wanted, section_bytes
from minxin.mailbox.imap.searching import BadCharsetError, Candidate, SearchReader
from minxin.mailbox.imap.structure import DEPTH_MAX, PARTS_MAX, Part, find_parts, header_end
from minxin.mailbox.imap.words import BadCommandError, Words
from minxin.mailbox.mail.records import MailItem, Person

INNER = (
    b"From: i@j.k\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=cc\r\n\r\n"
    b"--cc\r\n\r\none\r\n--cc\r\nContent-Type: text/html\r\n\r\n<b>two</b>\r\n--cc--\r\n"
)
HEADER = (
    b'From: =?utf-8?b?5byg5LiJ?= <a@b.c>\r\nTo: x@y.z, "Q, R" <q@r.s>\r\nSubject: hi\r\n there\r\n'
    b'Message-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary="bb"\r\n\r\n'
)
MAIL = (
    HEADER + b"before\r\n--bb\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b'body\r\nx\r\n--bb\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename="a.eml"\r\n\r\n'
    + INNER
    + b"\r\n--bb\r\nContent-Type: image/png; name=x.png\r\nContent-ID: <im@g>\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--bb--\r\nafter\r\n"
)


def test_envelope_names_people_by_parts_and_keeps_encoded_words() -> None:
    people = b'(("=?utf-8?b?5byg5LiJ?=" NIL "a" "b.c"))'
    receivers = b'((NIL NIL "x" "y.z")("Q, R" NIL "q" "r.s"))'
    expected = b'(NIL "hi there" ' + b" ".join([people] * 3) + b" " + receivers + b' NIL NIL NIL "<1@x>")'
    assert write_envelope(HEADER) == expected


def test_structure_names_every_part_of_nested_messages() -> None:
    # The expected words are those of Dovecot 2.3 for the same mail.
    text = b'("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 7 1 NIL NIL NIL NIL)'
    ascii_text = b'("charset" "us-ascii") NIL NIL "7bit"'
    sender = b'((NIL NIL "i" "j.k"))'
    inner = b'(NIL "inner" ' + b" ".join([sender] * 3) + b" NIL NIL NIL NIL NIL)"
    halves = b'(("text" "plain" ' + ascii_text + b' 3 0 NIL NIL NIL NIL)("text" "html" ' + ascii_text
    halves += b' 10 0 NIL NIL NIL NIL) "alternative" ("boundary" "cc") NIL NIL NIL)'
    message = b'("message" "rfc822" NIL NIL NIL "7bit" 147 ' + inner + b" " + halves
    message += b' 12 NIL ("attachment" ("filename" "a.eml")) NIL NIL)'
    picture = b'("image" "png" ("name" "x.png") "<im@g>" NIL "base64" 4 NIL NIL NIL NIL)'
    whole = b"(" + text + message + picture + b' "mixed" ("boundary" "bb") NIL NIL NIL)'
    assert write_structure(find_parts(MAIL), MAIL, extended=True) == whole


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", MAIL),
        ("HEADER", HEADER),
        ("TEXT", MAIL[len(HEADER) :]),
        ("1", b"body\r\nx"),
        ("1.MIME", b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"),
        ("2", INNER),
        ("2.HEADER", INNER[: header_end(INNER)]),
        ("2.TEXT", INNER[header_end(INNER) :]),
        ("2.2", b"<b>two</b>"),
        ("3", b"AAAA"),
        ("4", None),
        ("1.1", None),
        ("1.TEXT", None),
        ("HEADER.FIELDS (Subject)", b"Subject: hi\r\n there\r\n\r\n"),
        ("2.HEADER.FIELDS (SUBJECT)", b"Subject: inner\r\n\r\n"),
        (
            "HEADER.FIELDS.NOT (From To Content-Type)",
            b"Subject: hi\r\n there\r\nMessage-ID: <1@x>\r\n\r\n",
        ),
    ],
)
def test_section_is_the_very_bytes(spec: str, expected: bytes | None) -> None:
    wanted = read_wanted(Words([f"BODY.PEEK[{spec}]".encode()]))
    assert section_bytes(wanted.sections[0], MAIL, find_parts(MAIL)) == expected


def test_part_of_a_section_is_cut_out_and_named_by_its_start() -> None:
    (section,) = read_wanted(Words([b"(BODY[TEXT]<2.5>)"])).sections
    assert (section.label, section.peek) == (b"BODY[TEXT]<2>", False)
    assert section_bytes(section, MAIL, None) == MAIL[len(HEADER) :][2:7]


def test_mail_of_one_part_has_part_one() -> None:
    plain = b"Subject: x\n\nbody\n"
    (section,) = read_wanted(Words([b"BODY[1]"])).sections
    assert section_bytes(section, plain, find_parts(plain)) == b"body\n"


@pytest.mark.parametrize(
    "wrong", [b"BODY[MIME]", b"BODY[0]", b"BODY[1.]", b"BODY[X]", b"BODY[]<1>", b"()", b"NONSENSE", b"(FLAGS ALL)"]
)
def test_nonsense_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadCommandError):
        words = Words([wrong])
        read_wanted(words)
        words.end()


HOSTILE = {
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(2000)
    ),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 20_000,
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "parts without an end": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nA: b\r\n" * 50_000,
    "one field": b"A:" + b"\r\n x" * 100_000,
    "no header": b"\xff\0" * 50_000,
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_has_a_structure_within_bounds(name: str) -> None:
    raw = HOSTILE[name]
    root = find_parts(raw)
    assert _depth(root) <= DEPTH_MAX
    assert _count(root) <= PARTS_MAX
    assert write_structure(root, raw, extended=True).startswith(b"(")
    assert write_envelope(raw[: header_end(raw)]).startswith(b"(")


def _depth(part: Part) -> int:
    return 1 + max((_depth(child) for child in part.children), default=0)


def _count(part: Part) -> int:
    return 1 + sum(map(_count, part.children))


def _candidate(number: int, **fields: Any) -> Candidate:
    given: dict[str, Any] = {
        "id": str(number),
        "seq": number * 10,
        "box_id": "b",
        "folder_id": "f",
        "content_id": "c",
        "received_at": datetime(2026, 2, 12, 20, 0, tzinfo=UTC),  # the 13th in Shanghai
        "size_bytes": 1000,
        "thread_id": "t",
        "flags": ("$Forwarded", "\\Seen"),
        "sender": Person("张三", "zhang@example.cn"),
        "subject": "路灯 Broken",
    }
    item = MailItem(**(given | fields))
    return Candidate(number=number, item=item, header=b"X-Kind: Test\r\nTo: li@example.cn\r\n\r\n", text="street lamp")


@pytest.mark.parametrize(
    ("search", "holds"),
    [
        ("ALL", True),
        ("SEEN", True),
        ("UNSEEN", False),
        ("NOT SEEN", False),
        ("OR UNSEEN SUBJECT broken", True),
        ("(SEEN KEYWORD $forwarded)", True),
        ("UNKEYWORD $Forwarded", False),
        ("FROM 张三", True),
        ("FROM zhang@", True),
        ("TO li@EXAMPLE", True),
        ("HEADER X-Kind test", True),
        ('HEADER X-Kind ""', True),
        ('HEADER X-Other ""', False),
        ("BODY LAMP", True),
        ("TEXT example.cn", True),
        ("TEXT nowhere", False),
        ("SINCE 13-Feb-2026", True),
        ("BEFORE 13-Feb-2026", False),
        ("ON 13-Feb-2026", True),
        ("SENTON 13-Feb-2026", False),
        ("LARGER 999 SMALLER 1001", True),
        ("UID 20", True),
        ("2", True),
        ("3", False),
        ("MODSEQ 5", True),
        ("CHARSET UTF-8 SUBJECT 路灯", True),
        ("CHARSET US-ASCII NEW", False),
    ],
)
def test_search_key(search: str, holds: bool) -> None:
    candidate = _candidate(2)
    candidate.item = _candidate(2, stamp=7).item
    words = Words(_pieces(search))
    wanted = SearchReader(words, [1, 2, 3], [10, 20, 30]).read()
    assert all(key.holds(candidate) for key in wanted.keys) is holds


def _pieces(search: str) -> list[bytes]:
    """Put what is not ASCII into a literal, as a client does."""
    plain, _, last = search.rpartition(" ")
    return [search.encode()] if last.isascii() else [f"{plain} ".encode(), last.encode(), b""]


def test_search_that_is_too_deep_or_long_or_in_an_unknown_charset_is_refused() -> None:
    for text in (b"(" * 30 + b"ALL" + b")" * 30, b"NOT " * 30 + b"ALL", b"ALL " * 600 + b"ALL", b"SOMETHING 1", b""):
        with pytest.raises(BadCommandError):
            SearchReader(Words([text]), [], []).read()
    with pytest.raises(BadCharsetError):
        SearchReader(Words([b"CHARSET X-NONE SUBJECT a"]), [], []).read()
