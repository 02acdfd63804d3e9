"""Contacts as vCards: what phones and programs write is read, and what is written can be read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.mailbox.contacts.rules import Card
from minxin.mailbox.contacts.vcard import MOST_READ, VERSIONS, read_cards, write_cards

LONG = "滨海市海晏区鼓楼街道翠湖社区居民委员会" * 5


def card(*lines: str) -> bytes:
    return "\r\n".join(("BEGIN:VCARD", *lines, "END:VCARD", "")).encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_is_read_again(version: str) -> None:
    cards = [
        Card(name="王小明", addresses=("wxm@far.example", "m@home.example"), note="邻居;\n二楼, 左手\\右手"),
        Card(name=LONG[:100], addresses=("a@far.example",)),
    ]
    written = write_cards(cards, version)

    assert read_cards(written) == cards
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


def test_version_4_is_what_the_standard_says() -> None:
    written = write_cards([Card(name="Li, Si", addresses=("li@far.example",))], "4.0")

    assert written == (
        b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Li\\, Si\r\nN:Li\\, Si;;;;\r\nEMAIL:li@far.example\r\nEND:VCARD\r\n"
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("FN:张伟", "EMAIL:z@far.example"), ("张伟", ("z@far.example",))),
        (("N:张;伟;;;", "EMAIL;TYPE=WORK:z@far.example"), ("张伟", ("z@far.example",))),
        (("N:Public;John;;;", "EMAIL:z@far.example"), ("John Public", ("z@far.example",))),
        (("ORG:滨海一中;教务处", "EMAIL:z@far.example"), ("滨海一中;教务处", ("z@far.example",))),
        (("item1.EMAIL;TYPE=INTERNET:z@far.example", "FN:Z"), ("Z", ("z@far.example",))),
        (("FN:Z", "EMAIL:mailto:z@far.example"), ("Z", ("z@far.example",))),
        (("EMAIL:z@far.example",), ("z@far.example", ("z@far.example",))),
        (("FN:A", "EMAIL:z@far.", " example"), ("A", ("z@far.example",))),
        (("FN:A", "EMAIL:nobody", "EMAIL:z@far.example"), ("A", ("z@far.example",))),
        (
            ("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=", "=E4=BC=9F", "EMAIL:z@far.example"),
            ("张伟", ("z@far.example",)),
        ),
    ],
)
def test_the_forms_of_phones_and_programs_are_read(lines: tuple[str, ...], expected: tuple[str, object]) -> None:
    (found,) = read_cards(card(*lines))
    assert (found.name, found.addresses) == expected


def test_a_name_in_gbk_is_read() -> None:
    (found,) = read_cards(b"BEGIN:VCARD\nFN:" + "张堃".encode("gbk") + b"\nEMAIL:z@far.example\nEND:VCARD\n")
    assert found.name == "张堃"


def test_who_has_no_address_and_what_is_no_card_is_left_out() -> None:
    assert read_cards(card("FN:x", "TEL:1")) == []
    assert read_cards(b"hello") == []
    assert read_cards(b"BEGIN:VCARD\nFN:x\nEMAIL:x@far.example\n") == []


def test_a_card_in_a_card_is_part_of_the_outer_one() -> None:
    raw = b"BEGIN:VCARD\nFN:x\nBEGIN:VCARD\nFN:y\nEND:VCARD\nEMAIL:x@far.example\nEND:VCARD\n"
    assert [one.name for one in read_cards(raw)] == ["x"]


@pytest.mark.parametrize(
    "raw",
    [
        b"BEGIN:VCARD\n" * 80_000,
        b"\n " * 400_000,
        b"BEGIN:VCARD\nNOTE:" + b"\\" * 900_000 + b"\nEMAIL:a@b.example\nEND:VCARD\n",
        b"BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:" + b"=\n" * 400_000 + b"\nEND:VCARD\n",
        card("FN:x", "EMAIL:x@far.example") * (MOST_READ + 1_000),
    ],
)
def test_a_file_made_to_be_slow_is_read_to_its_end(raw: bytes) -> None:
    assert len(read_cards(raw[: 1 << 20])) <= MOST_READ


@given(st.binary(max_size=400))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    assert read_cards(b"BEGIN:VCARD\n" + raw + b"\nEND:VCARD\n") is not None


@given(st.text(max_size=60), st.text(max_size=200))
def test_no_name_or_note_breaks_a_card(name: str, note: str) -> None:
    (found,) = read_cards(write_cards([Card(name=name, addresses=("a@far.example",), note=note)], "4.0"))
    assert found.addresses == ("a@far.example",)
