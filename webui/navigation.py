"""The main navigation (栏目): which of its entries a page belongs to."""

from __future__ import annotations

from typing import Final

HOME: Final = "/"
# As in templates/navigation.html; an entry inside of another comes first.
ENTRIES: Final = (
    "/ask",
    "/write",
    "/letters",
    "/box",
    "/disk",
    "/query",
    "/matters",
    "/offices",
    "/published",
    "/desk/verifications",
    "/desk/chats",
    "/desk/gaps",
    "/desk/knowledge",
    "/desk/notices",
    "/desk/official",
    "/desk",
    "/counter",
    "/held-mail",
    "/manage/hot",
    "/manage/gaps",
    "/manage",
    "/office/figures",
    "/admin",
    "/audit",
    "/demo/phone",
)


def entry_of(path: str) -> str:
    """Return the entry that leads to the page at the path, or nothing when none does."""
    if path == HOME:
        return HOME
    return next((entry for entry in ENTRIES if path == entry or path.startswith(f"{entry}/")), "")
