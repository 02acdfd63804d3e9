"""The trend as a picture (走势图): drawn on the server as SVG, without scripts, fonts or anything from another host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import cycle
from typing import Final
from xml.etree import ElementTree

import pygal
from pygal.style import Style

from minxin.consult.trend import TrendDay

WIDTH: Final = 1040
HEIGHT: Final = 320
LABELS: Final = 16
GUIDES: Final = 6
SVG: Final = "{http://www.w3.org/2000/svg}"
# The picture holds inline styles of its own and nothing else; it may load and run nothing.
CONTENT_SECURITY_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

STYLE: Final = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#1b2330",
    foreground_strong="#1b2330",
    foreground_subtle="#c9d1dc",
    opacity="1",
    opacity_hover="1",
    font_family="'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=15,
    guide_stroke_dasharray="2,4",
    major_guide_stroke_dasharray="2,4",
    colors=("#0b4a8f", "#c25700", "#4a5566"),
)


class Picture(StrEnum):
    """The pictures of a trend."""

    FLOW = "flow"  # 收到与答复
    OPEN = "open"  # 在办存量


@lru_cache(maxsize=32)
def draw(picture: Picture, days: tuple[TrendDay, ...], title: str, description: str, names: tuple[str, ...]) -> bytes:
    """Return the picture as SVG with its title and description for screen readers.

    ``names`` are the legends: received and answered for the flow, one for what is open. Takes tens of milliseconds:
    call it off the event loop.
    """
    series = _series(picture, days)
    scale = _scale(max((max(values, default=0) for values, _ in series), default=0))
    chart = pygal.Line(
        style=STYLE,
        width=WIDTH,
        height=HEIGHT,
        js=[],
        explicit_size=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series),
        show_minor_x_labels=False,
        truncate_legend=-1,
        dots_size=2.5,
        range=(0, scale[-1]),
        value_formatter=lambda value: f"{value:.0f}",
        margin=12,
        show_y_guides=True,
        truncate_label=-1,
        no_data_text=title,
    )
    chart.y_labels = scale
    labels = [f"{day.day.month}-{day.day.day:02d}" for day in days]
    chart.x_labels = labels
    chart.x_labels_major = labels[:: max(1, -(-len(labels) // LABELS))]
    for name, (values, stroke) in zip(names, series, strict=True):
        chart.add(name, list(values), stroke_style=stroke)
    return accessible(chart.render_tree(), title, description)


def _series(picture: Picture, days: Sequence[TrendDay]) -> list[tuple[list[int], Mapping[str, object]]]:
    """Return the values of each line with its stroke: told apart by dashes as well as by colour (WCAG 1.4.1)."""
    if picture is Picture.OPEN:
        return [([day.open for day in days], {"width": 2})]
    return [
        ([day.received for day in days], {"width": 2}),
        ([day.answered for day in days], {"width": 2, "dasharray": "7, 4"}),
    ]


def _scale(most: int) -> list[int]:
    """Return whole numbers in even steps of 1, 2 or 5 times a power of ten, up to ``most`` or just over it."""
    step = 1
    for factor in cycle((2, 2.5, 2)):
        if most <= step * GUIDES:
            break
        step = round(step * factor)
    return [step * count for count in range(max(1, -(-most // step)) + 1)]


def accessible(root: ElementTree.Element, title: str, description: str) -> bytes:
    """Take out pygal's scripts, comments and own title, and put the title and description in front."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in ("script", f"{SVG}script"):
                parent.remove(child)
    for tag in ("title", f"{SVG}title"):
        for child in root.findall(tag):
            root.remove(child)
    root.set("role", "img")
    root.set("aria-labelledby", "trend-title trend-description")
    for place, (tag, ident, text) in enumerate(
        (("title", "trend-title", title), ("desc", "trend-description", description))
    ):
        element = ElementTree.Element(tag, {"id": ident})
        element.text = text
        root.insert(place, element)
    drawn: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return drawn
