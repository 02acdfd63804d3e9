"""The rates of the assistant as a picture (自助解决率走势): drawn on the server, without scripts."""

from __future__ import annotations

from functools import lru_cache

import pygal

from minxin.consult.assistant.rates import RateWeek
from minxin.webui.charts import HEIGHT, STYLE, WIDTH, accessible


@lru_cache(maxsize=16)
def draw_rates(weeks: tuple[RateWeek, ...], title: str, description: str, names: tuple[str, str]) -> bytes:
    """Return the picture of deflection and solved rate by week, in per cent; a week without a rate is a gap.

    Takes tens of milliseconds: call it off the event loop.
    """
    chart = pygal.Line(
        style=STYLE,
        width=WIDTH,
        height=HEIGHT,
        js=[],
        explicit_size=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_legend=-1,
        truncate_label=-1,
        dots_size=3,
        range=(0, 100),
        value_formatter=lambda value: f"{value:.0f}%",
        margin=12,
        show_y_guides=True,
        no_data_text=title,
    )
    chart.y_labels = [0, 20, 40, 60, 80, 100]
    chart.x_labels = [f"{week.monday.month}-{week.monday.day:02d}" for week in weeks]
    chart.add(names[0], [_percent(week.deflection) for week in weeks], stroke_style={"width": 2})
    chart.add(names[1], [_percent(week.solved_rate) for week in weeks], stroke_style={"width": 2, "dasharray": "7, 4"})
    return accessible(chart.render_tree(), title, description)


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)
