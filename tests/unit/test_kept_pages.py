"""Pages that are kept."""

from __future__ import annotations

from minxin.webui.kept import KeptPages

PAGE_BYTES = 5_000


def _page(number: int) -> bytes:
    return f"{number} 市长信箱<b>&".encode().ljust(PAGE_BYTES)


def test_what_was_kept_comes_back_as_it_was() -> None:
    pages = KeptPages()
    pages.keep("one", _page(1))
    pages.keep("one", b"another page under the same key is none")

    assert pages.get("one") == _page(1)
    assert pages.get("two") is None


def test_what_nobody_asked_for_the_longest_goes_first() -> None:
    pages = KeptPages(most_bytes=3 * (PAGE_BYTES + 700))
    for number in range(3):
        pages.keep(number, _page(number))
        pages.get(0)
    pages.keep(3, _page(3))

    assert [pages.get(number) is not None for number in range(4)] == [True, False, True, True]


def test_one_page_too_many_for_all_is_not_kept() -> None:
    pages = KeptPages(most_bytes=100)
    pages.keep("one", _page(1))
    assert pages.get("one") is None
