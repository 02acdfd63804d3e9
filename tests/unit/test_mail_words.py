"""Words of a mail on its pages: links that are safe, and marks where a search found its words."""

from __future__ import annotations

import pytest

from minxin.mailbox.mail.folded import search_words
from minxin.webui.views.mail_text import excerpt, linked, marked


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("见 https://www.example.cn/a?b=1。", "https://www.example.cn/a?b=1"),
        ("（https://www.example.cn/）", "https://www.example.cn/"),
        ("see http://x.example/a, or not", "http://x.example/a"),
        ("https://x.example/a)", "https://x.example/a"),
    ],
)
def test_an_address_is_a_link_without_what_stands_behind_it(text: str, address: str) -> None:
    shown = str(linked(text))
    assert f'href="{address}"' in shown
    assert 'rel="noopener noreferrer nofollow"' in shown


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "data:text/html,<b>x</b>",
        "https://",
    ],
)
def test_nothing_else_becomes_an_element(text: str) -> None:
    shown = str(linked(text))
    assert "<a" not in shown
    assert "<script" not in shown
    assert "<img" not in shown


def test_what_a_link_says_is_where_it_goes_and_is_escaped() -> None:
    assert str(linked("https://x.example/?a=1&b='2")) == (
        '<a href="https://x.example/?a=1&amp;b=" target="_blank" rel="noopener noreferrer nofollow">'
        "https://x.example/?a=1&amp;b=</a>&#39;2"
    )


def test_words_are_marked_whatever_keyboard_wrote_them() -> None:
    assert marked("楼下的路灯坏了 ＡＢＣ", search_words("路燈 abc")) == (
        ("楼下的", False),
        ("路灯", True),
        ("坏了 ", False),
        ("ＡＢＣ", True),
    )
    assert marked("路灯", ()) == (("路灯", False),)
    assert marked("", ("x",)) == ()


def test_an_excerpt_shows_the_text_around_the_first_hit() -> None:
    text = "前面。\n" * 100 + "这里的水管坏了" + "后面。" * 100
    found = excerpt(text, ("水管",))
    assert ("水管", True) in found
    assert found[0][0].startswith("…")
    assert found[-1][0].endswith("…")
    assert excerpt(text, ("路灯",)) == ()
