"""Charsets, header words, parameters, file names and addresses, one table each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minxin.mailbox.mime.address import Address, parse_addresses
from minxin.mailbox.mime.charset import decode_text
from minxin.mailbox.mime.filename import MAX_NAME_BYTES, safe_filename
from minxin.mailbox.mime.headers import field_text, parse_parameters


@pytest.mark.parametrize(
    ("data", "label", "text", "problem"),
    [
        ("镕堃喆珺㐂𠮷䶮".encode("gb18030"), "gb2312", "镕堃喆珺㐂𠮷䶮", ""),
        ("联通".encode("gbk"), "gb2312", "联通", ""),
        ("你好世界".encode(), "gb2312", "你好世界", "charset.wrong_label"),
        ("市民的来信".encode("gbk"), "utf-8", "市民的来信", "charset.wrong_label"),
        ("市民的来信".encode("gbk"), "latin1", "市民的来信", "charset.wrong_label"),
        ("市民的来信".encode("gbk"), "x-unknown", "市民的来信", "charset.unknown"),
        ("市民的来信，请处理一下".encode()[:-1], "utf-8", "市民的来信，请处理一\ufffd", "charset.replaced"),
        ("市民的来信".encode("gbk")[:-1], "gbk", "市民的来\ufffd", "charset.replaced"),
        (b"+ADw-script+AD4-", "utf-7", "+ADw-script+AD4-", "charset.unknown"),
        ("é".encode("latin-1"), "iso-8859-1", "é", ""),
        (b"\xef\xbb\xbfhi", "utf-8", "hi", ""),
        (b"plain", "", "plain", ""),
    ],
)
def test_bytes_are_decoded_whatever_the_label_says(data: bytes, label: str, text: str, problem: str) -> None:
    decoded = decode_text(data, label)
    assert (decoded.text, decoded.problem) == (text, problem)


@given(
    st.binary(max_size=300), st.sampled_from(["", "gbk", "big5", "utf-8", "utf-16", "hz", "iso-2022-jp", "latin1", "?"])
)
def test_decoding_never_raises_and_leaves_no_surrogates(data: bytes, label: str) -> None:
    decode_text(data, label).text.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a =?utf-8?q?b_c?= d", "a b c d"),
        ("=?utf-8?B?5L2g?=\n =?utf-8?B?5aW9?=", "你好"),
        ("=?utf-8?B?5L0=?= =?utf-8?B?oA==?=", "你"),
        ("=?gb2312?B?1dQ=?= =?utf-8?B?5aW9?=", "赵好"),
        ("x\r\nBcc: evil@x", "x Bcc: evil@x"),
        ("a\u2028b\u202ec", "a b c"),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("=?utf-8*zh?q?=E4=BD=A0?=", "你"),
    ],
)
def test_a_field_becomes_one_clean_line(value: str, text: str) -> None:
    assert field_text(value) == text


@given(st.text(max_size=200))
@settings(max_examples=500)
def test_no_field_text_can_start_a_new_line(value: str) -> None:
    text = field_text(value.encode("utf-8", "replace").decode("ascii", "surrogateescape"))
    assert len(text.splitlines()) <= 1
    assert text.isprintable() or "\u00ad" in text or not text.isascii()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('attachment; filename="O\'Brien.pdf"', "O'Brien.pdf"),
        ("attachment; filename*=utf-8'zh'%E7%85%A7%E7%89%87.jpg", "照片.jpg"),
        ("attachment; filename*=gb2312''%D5%D5%C6%AC.jpg; filename=x.jpg", "照片.jpg"),
        ("attachment; filename*0*=utf-8''%E7%85; filename*1*=%A7; filename*2=.jpg", "照.jpg"),
        ('attachment; filename="=?gbk?B?1dXGrC5qcGc=?="', "照片.jpg"),
        ('attachment; filename="a\\"b;c.txt"', 'a"b;c.txt'),
        ("attachment; filename=a b.txt", "a b.txt"),
        ("attachment;;;; filename=a.txt;;", "a.txt"),
    ],
)
def test_file_name_parameter_is_found(value: str, expected: str) -> None:
    assert parse_parameters(value)[1]["filename"] == expected


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\照片.jpg", "照片.jpg"),
        ("a\x00b.txt", "a b.txt"),
        ("a\r\nX: y.txt", "a X_ y.txt"),
        ("photo\u202egpj.exe", "photo gpj.exe"),
        ("O'Brien.pdf", "O'Brien.pdf"),
        ("㐂𠮷䶮.docx", "㐂𠮷䶮.docx"),
        ("con.txt", "_con.txt"),
        ("...", "attachment"),
        ("", "attachment"),
        ("/", "attachment"),
        (".htaccess", "htaccess"),
        ("\ud800.pdf", "_.pdf"),
    ],
)
def test_file_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@given(st.text(max_size=400))
def test_every_safe_name_is_short_and_plain(name: str) -> None:
    safe = safe_filename(name)
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\\x00\r\n"<>')


def test_a_long_name_keeps_its_ending() -> None:
    safe = safe_filename("长" * 300 + ".pdf")
    assert safe.endswith("长.pdf")
    assert len(safe.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.cn", [("", "a@b.cn")]),
        ("Zhao <A@B.CN>", [("Zhao", "A@b.cn")]),
        ('"Li, Wei" <l@x.cn>, b@y.cn', [("Li, Wei", "l@x.cn"), ("", "b@y.cn")]),
        ("friends: a@b.c, d@e.f;", [("", "a@b.c"), ("", "d@e.f")]),
        ("a@b.c (Wang (old) Wu)", [("Wang  old  Wu", "a@b.c")]),
        ("=?utf-8?q?=E8=B5=B5,x?= <a@b.c>", [("赵,x", "a@b.c")]),
        ("<@relay:a@b.c>", [("", "a@b.c")]),
        ("x <a b@c>", [("x", "")]),
        ("<>", []),
        ("((((", []),
    ],
)
def test_addresses_are_found(value: str, expected: list[tuple[str, str]]) -> None:
    found = [(" ".join(one.name.split()), one.address) for one in parse_addresses(value)]
    assert found == [(" ".join(name.split()), address) for name, address in expected]


def test_a_crowd_of_addresses_is_cut() -> None:
    assert len(parse_addresses(", ".join(f"a{n}@b.cn" for n in range(5_000)))) == 200
    assert parse_addresses("a@b.cn")[0] == Address("", "a@b.cn")
