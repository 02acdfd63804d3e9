"""The words of IMAP: what a command says, and how names, sets and dates are written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from minxin.mailbox.imap.dates import read_day, read_instant, write_instant
from minxin.mailbox.imap.sets import LAST, Range, picked, read_set, write_set
from minxin.mailbox.imap.shelf import matches
from minxin.mailbox.imap.utf7 import decode_name, encode_name
from minxin.mailbox.imap.words import BadCommandError, Words, string


@pytest.mark.parametrize(
    ("name", "coded"),
    [
        ("INBOX", b"INBOX"),
        ("台北", b"&U,BTFw-"),
        ("A & B", b"A &- B"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("𠮷", b"&2ELftw-"),
    ],
)
def test_names_of_folders_are_in_modified_utf7_and_back(name: str, coded: bytes) -> None:
    assert encode_name(name) == coded
    assert decode_name(coded) == name


def test_name_in_utf8_is_taken_and_one_that_is_nothing_is_refused() -> None:
    assert decode_name("收件箱".encode()) == "收件箱"
    for wrong in (b"&!-", b"\xff", b"&2EI-"):
        with pytest.raises(BadCommandError):
            decode_name(wrong)


@pytest.mark.parametrize(
    ("text", "numbers", "found"),
    [
        (b"1:3,5", range(1, 7), [1, 2, 3, 5]),
        (b"3:1", range(1, 7), [1, 2, 3]),
        (b"*", [4, 9], [9]),
        (b"100:*", [4, 9], [9]),
        (b"*:5", [4, 9], [9]),
        (b"2:4,1:3,3", range(1, 7), [1, 2, 3, 4]),
        (b"7", [4, 9], []),
        (b"1:4294967295", [4, 9], [4, 9]),
        (b"1:*", [], []),
    ],
)
def test_set_picks_each_of_its_mails_once(text: bytes, numbers: range | list[int], found: list[int]) -> None:
    assert picked(read_set(Words([text])), numbers) == found


def test_set_with_a_number_that_cannot_be_is_refused() -> None:
    for wrong in (b"0", b"1:", b",1", b"4294967296", b"1::2"):
        with pytest.raises(BadCommandError):
            read_set(Words([wrong]))
    assert read_set(Words([b"2:*"])) == (Range(2, LAST),)
    assert write_set([1, 2, 3, 7, 9, 10]) == b"1:3,7,9:10"


def test_literals_and_strings_and_atoms_are_the_same_word() -> None:
    words = Words([b"a ", b"b c", b' "d\\"e" f'])
    read = [words.astring()]
    for _ in range(3):
        words.space()
        read.append(words.astring())
    words.end()
    assert read == [b"a", b"b c", b'd"e', b"f"]


def test_words_that_miss_or_follow_are_refused() -> None:
    for text in (b"", b'"open', b"(", b"a b"):
        words = Words([text])
        with pytest.raises(BadCommandError):
            words.astring()
            words.end()


def test_string_is_quoted_where_that_says_it_and_a_literal_elsewhere() -> None:
    assert string('a "b" \\') == b'"a \\"b\\" \\\\"'
    assert string("信") == b"{3}\r\n\xe4\xbf\xa1"
    assert string(b"a\r\nb\0") == b"{5}\r\na\r\nb "
    assert string(None) == b"NIL"
    assert string(b"") == b'""'


def test_dates_are_read_and_written_as_of_shanghai() -> None:
    assert read_day(b"1-Feb-2026") == date(2026, 2, 1)
    instant = read_instant(b" 1-Feb-2026 01:02:03 -0500")
    assert instant == datetime(2026, 2, 1, 6, 2, 3, tzinfo=UTC)
    assert write_instant(instant) == b'" 1-Feb-2026 14:02:03 +0800"'
    for wrong in (b"31-Feb-2026 00:00:00 +0000", b"1-Xyz-2026", b"x", b" 1-Feb-2026 25:00:00 +0000"):
        with pytest.raises(BadCommandError):
            read_instant(wrong)
        with pytest.raises(BadCommandError):
            read_day(wrong)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "a/b", True),
        ("%", "a", True),
        ("%", "a/b", False),
        ("a/%", "a/b", True),
        ("a*c", "a/b/c", True),
        ("a%c", "a/b/c", False),
        ("INBOX", "INBOX", True),
        ("", "", True),
        ("*%*", "收件/箱", True),
    ],
)
def test_pattern_of_a_list(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


def test_pattern_made_to_take_long_takes_no_time() -> None:
    assert not matches("*a" * 250, "a" * 200 + "b")
