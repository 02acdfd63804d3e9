"""Which entry of the navigation a page belongs to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import minxin.webui.navigation
from minxin.webui.navigation import ENTRIES, HOME, entry_of

NAVIGATION = Path(minxin.webui.navigation.__file__).parent / "templates" / "navigation.html"


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", "/"),
        ("/letters", "/letters"),
        ("/letters/abc/receipt", "/letters"),
        ("/lettersandmore", ""),
        ("/desk/orders/abc", "/desk"),
        ("/desk/verifications", "/desk/verifications"),
        ("/desk/verifications/abc", "/desk/verifications"),
        ("/office/figures/figure", "/office/figures"),
        ("/account", ""),
    ],
)
def test_a_page_belongs_to_the_innermost_entry_around_it(path: str, entry: str) -> None:
    assert entry_of(path) == entry


def test_every_entry_of_the_navigation_is_known() -> None:
    entries = re.findall(r'entry\("([^"]+)"', NAVIGATION.read_text(encoding="utf-8"))
    assert sorted(entries) == sorted([HOME, *ENTRIES])
