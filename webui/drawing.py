"""Handouts as PDF (PDF 生成): A4, black on white, in a Chinese font that is not embedded.

``STSong-Light`` is one of the Chinese fonts that a PDF may name without holding it (ISO 32000-1, 9.7.5.2, Adobe-GB1):
viewers put their own Song typeface in its place, so the file stays small and ships nobody's font.
"""

from __future__ import annotations

import io
import threading
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from minxin.webui.handouts import Block, Handout

FONT: Final = "STSong-Light"
# From comfortable to just readable: the first at which all of it is on one page.
SIZES: Final = (9.0, 7.4)
MARGIN: Final = 14 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
_FACT_SHARE: Final = 0.16
# The library keeps fonts and styles in places of its own that threads would share.
_turn: Final = threading.Lock()


def draw(handout: Handout) -> bytes:
    """Return the PDF; on several pages when it can't be read on one."""
    with _turn:
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
        for size in SIZES:
            data, pages = _drawn(handout, size)
            if pages == 1:
                return data
        return _drawn(handout, SIZES[0])[0]


def _drawn(handout: Handout, size: float) -> tuple[bytes, int]:
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=handout.title,
    )
    story: list[Any] = [_text(handout.title, _style(size * 1.6)), Spacer(0, size * 0.6)]
    if handout.facts:
        story.append(_facts(handout.facts, size))
    for block in handout.blocks:
        story += [Spacer(0, size * 0.5), _text(block.title, _style(size * 1.15)), _table(block, size)]
    story += [Spacer(0, size * 0.7), _text(handout.foot, _style(size * 0.9))]
    document.build(story)
    return target.getvalue(), document.page


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph("<br/>".join(escape(line) for line in text.split("\n")), style)


def _style(size: float) -> ParagraphStyle:
    return ParagraphStyle(
        f"song-{size}", fontName=FONT, fontSize=size, leading=size * 1.4, wordWrap="CJK", spaceAfter=size * 0.2
    )


def _facts(facts: tuple[tuple[str, str], ...], size: float) -> Table:
    style = _style(size)
    rows = [[_text(one, style) for one in pair] for pair in facts]
    table = Table(rows, colWidths=[WIDTH * _FACT_SHARE, WIDTH * (1 - _FACT_SHARE)])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_PADDING]))
    return table


def _table(block: Block, size: float) -> Table:
    style = _style(size)
    rows = [[_text(cell, style) for cell in row] for row in (block.headings, *block.rows) if row]
    heights = [None if block.headings and not number else block.row_mm * mm or None for number in range(len(rows))]
    widths = [WIDTH * share / sum(block.shares) for share in block.shares]
    table = Table(rows, colWidths=widths, rowHeights=heights, repeatRows=1 if block.headings else 0)
    lines = [("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP"), *_PADDING]
    if block.headings:
        lines.append(("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke))
    table.setStyle(TableStyle(lines))
    return table


_PADDING: Final = (
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
)
