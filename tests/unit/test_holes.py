"""A mail whose files were cut out comes back to the byte, whatever it was."""

from __future__ import annotations

import base64
import random
from email.message import EmailMessage

import pytest
from corpus.odd_mails import OddMail, odd_mails
from hypothesis import given
from hypothesis import strategies as st

from minxin.core.changes import blob_of
from minxin.core.errors import DamagedError
from minxin.mailbox.mail.holes import LEAST_BYTES, MOST_HOLES, Parts, assemble, split

FILE = random.Random(7).randbytes(20_000)
HEAD = b"From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\n"
PART = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def whole(parts: Parts) -> bytes:
    return assemble(parts.skeleton, parts.holes, {blob.id: blob.data for blob in parts.blobs})


def encoded(data: bytes, line: int = 76, ending: bytes = b"\r\n") -> bytes:
    text = base64.b64encode(data)
    return ending.join(text[start : start + line] for start in range(0, len(text), line))


def mail(*bodies: bytes, end: bytes = b"\r\n--x--\r\n") -> bytes:
    return HEAD + b"\r\n--x\r\n".join(PART + body for body in bodies) + end


@pytest.mark.parametrize("odd", odd_mails(), ids=lambda odd: str(odd.name))
def test_every_odd_mail_comes_back_to_the_byte(odd: OddMail) -> None:
    assert whole(split(odd.raw)) == odd.raw


@given(st.binary(max_size=30_000))
def test_any_bytes_come_back(raw: bytes) -> None:
    assert whole(split(raw)) == raw


ODD_LINES = st.sampled_from(
    [b"", b"--x", b"--x--", b"QUJD", b"QUJD" * 19, b"QUJD" * 2000, b"QUI=", b"Q=JD", b"text.", b"\x00\xff", b" QUJD"]
)


@given(st.lists(st.tuples(ODD_LINES, st.sampled_from([b"\r\n", b"\n", b"\r", b""]), st.integers(1, 120)), max_size=40))
def test_any_mixture_of_lines_comes_back(lines: list[tuple[bytes, bytes, int]]) -> None:
    raw = b"".join((line + ending) * times for line, ending, times in lines)
    assert whole(split(raw)) == raw


@given(
    data=st.binary(min_size=0, max_size=200).map(lambda seed: (seed or b"x") * (9_000 // max(len(seed), 1))),
    line=st.sampled_from([4, 60, 64, 72, 76, 100, 10_000_000]),
    ending=st.sampled_from([b"\r\n", b"\n"]),
    end=st.sampled_from(
        [b"", b"\r\n", b"\n", b"\r\n\r\n", b"\r\n--x--\r\n", b"\n\n\nfooter\n", b"\r\n--x\r\n\r\nmore"]
    ),
)
def test_a_regular_body_is_cut_out_and_put_back(data: bytes, line: int, ending: bytes, end: bytes) -> None:
    raw = mail(encoded(data, line, ending), end=end)
    parts = split(raw)

    assert [blob.data for blob in parts.blobs] == [data]
    assert len(parts.skeleton) < 400
    assert whole(parts) == raw


def test_the_same_file_is_the_same_blob_however_it_was_wrapped() -> None:
    found = {split(mail(encoded(FILE, line, ending))).blobs for line in (60, 72, 76) for ending in (b"\n", b"\r\n")}

    assert found == {(blob_of(FILE),)}


def test_what_a_usual_program_attaches_is_cut_out() -> None:
    message = EmailMessage()
    message.set_content("您好")
    message.add_attachment(FILE, maintype="application", subtype="pdf", filename="证明.pdf")
    message.add_attachment(FILE[::-1], maintype="image", subtype="png", filename="照片.png")
    raw = message.as_bytes()

    assert [blob.data for blob in split(raw).blobs] == [FILE, FILE[::-1]]
    assert whole(split(raw)) == raw


@pytest.mark.parametrize(
    "body",
    [
        encoded(FILE[: LEAST_BYTES - 1]),
        encoded(FILE).replace(b"\r\n", b"\n", 1),
        encoded(FILE).replace(b"\r\n", b" \r\n", 1),
        encoded(FILE)[:-1],
        encoded(FILE, 75),
        b"=" + encoded(FILE),
        encoded(FILE) + b"====",
        encoded(FILE[:-1])[:-1] + b"9=",
        encoded(FILE).replace(b"\r\n", b"\r\n\r\n", 1)[:3000],
    ],
    ids=["short", "mixed ends", "blanks", "cut", "odd lines", "first", "padded", "loose bits", "broken"],
)
def test_what_could_not_be_put_back_exactly_stays_where_it_is(body: bytes) -> None:
    parts = split(mail(body))

    assert parts.blobs == ()
    assert parts.skeleton == mail(body)


def test_a_mail_has_no_more_holes_than_it_may() -> None:
    raw = mail(*[encoded(FILE[:LEAST_BYTES])] * (MOST_HOLES + 3))
    parts = split(raw)

    assert len(parts.holes) == MOST_HOLES
    assert whole(parts) == raw


def test_a_mail_whose_file_is_gone_is_damaged() -> None:
    parts = split(mail(encoded(FILE)))

    with pytest.raises(DamagedError):
        assemble(parts.skeleton, parts.holes, {})
