"""What people take home (打印件): a page of facts and tables, the same on screen, on paper and as PDF."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

PDF_TYPE: Final = "application/pdf"


class Block(Struct, frozen=True):
    """A table with its title, its columns' ``shares`` of the width, and its rows' height (0: as their text needs)."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[int, ...]
    row_mm: float = 0.0


class Handout(Struct, frozen=True):
    """One page to print: its title, facts as pairs of words, tables, and a closing line."""

    title: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    foot: str


async def pdf_of(handout: Handout) -> bytes:
    """Return the handout as PDF, on one A4 page where it fits; takes tens of milliseconds beside the event loop."""
    return await asyncio.to_thread(_draw, handout)


def _draw(handout: Handout) -> bytes:
    # Imported where it is used: 17 MiB that a service of which nobody prints does without.
    from minxin.webui.drawing import draw

    return draw(handout)
