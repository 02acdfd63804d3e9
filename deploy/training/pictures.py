"""The pictures of a model card (模型卡图): how far its confidence can be believed, and what it can route alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pygal

from minxin.classifier.trained.choosing import Proof
from minxin.webui.charts import STYLE, accessible

WIDTH: Final = 640
HEIGHT: Final = 420
NAMES: Final = {"linear": "字词模型 linear", "encoder": "向量模型 encoder", "blend": "两者合用 blend"}

_STROKES: Final = {
    "linear": {"width": 2},
    "encoder": {"width": 2, "dasharray": "7, 4"},
    "blend": {"width": 2, "dasharray": "2, 3"},
}


def calibration_plot(proof: Proof) -> bytes:
    """Return how often the model was right (y) where it was how sure (x); on the diagonal it means what it says."""
    chart = _chart("置信度 confidence", "正确比例 share right", (0.0, 1.0))
    chart.add("理想 ideal", [(0.0, 0.0), (1.0, 1.0)], show_dots=False, stroke_style={"width": 1, "dasharray": "2, 4"})
    chart.add(
        NAMES[proof.name],
        [{"value": (one.confidence, one.right), "label": f"{one.letters}"} for one in proof.bins],
        stroke_style={"width": 2},
    )
    said = "，".join(f"{one.confidence:.2f} → {one.right:.2f}（{one.letters}）" for one in proof.bins)
    return accessible(chart.render_tree(), "校准图 calibration plot", said)


def coverage_plot(proofs: Sequence[Proof]) -> bytes:
    """Return how many of the surest letters are right (y) when so many are routed alone (x), for each candidate."""
    lowest = min(point.precision for proof in proofs for point in proof.report.risk_coverage)
    chart = _chart("自动转办比例 routed alone", "正确比例 share right", (max(0.0, lowest - 0.02), 1.0))
    for proof in proofs:
        points = [(point.coverage, point.precision) for point in proof.report.risk_coverage]
        chart.add(NAMES[proof.name], points, stroke_style=_STROKES[proof.name])
    said = "；".join(
        f"{NAMES[proof.name]}: 95 % → {proof.report.coverage_at_95:.3f}, 98 % → {proof.report.coverage_at_98:.3f}"
        for proof in proofs
    )
    return accessible(chart.render_tree(), "风险—覆盖图 risk-coverage plot", said)


def _chart(across: str, upwards: str, scale: tuple[float, float]) -> Any:
    return pygal.XY(
        style=STYLE,
        width=WIDTH,
        height=HEIGHT,
        js=[],
        explicit_size=True,
        x_title=across,
        y_title=upwards,
        xrange=(0.0, 1.0),
        range=scale,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        truncate_legend=-1,
        dots_size=3,
        margin=12,
        margin_bottom=44,  # pygal leaves no room for a legend below the title of an axis
        show_x_guides=True,
        show_y_guides=True,
        value_formatter=lambda value: f"{value:.3f}",
        x_value_formatter=lambda value: f"{value:.1f}",
    )
