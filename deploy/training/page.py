"""The readable side of a model card (模型卡): a page and two pictures in the model's folder, for people."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader

from minxin.classifier.durable import write_durably
from minxin.classifier.evaluation import Confusion
from minxin.classifier.trained.card import Card
from minxin.core.clock import SHANGHAI
from minxin.deploy.training.pictures import NAMES, calibration_plot, coverage_plot

_TEMPLATES: Final = Path(__file__).parent
_SHOWN_CONFUSIONS: Final = 3


def write_page(card: Card, folder: Path) -> None:
    """Write ``card.html`` with its pictures."""
    pages = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True)
    page = pages.get_template("card.html").render(
        card=card,
        names=NAMES,
        made=f"{card.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        percent=percent,
        threshold=lambda label: _threshold(card, label),
        confused=_confused(card),
    )
    write_durably(folder / "calibration.svg", calibration_plot(card.best))
    write_durably(folder / "coverage.svg", coverage_plot(card.proofs))
    write_durably(folder / "card.html", page.encode())


def percent(share: float | None) -> str:
    """Return a share as people read it."""
    return "–" if share is None else f"{share:.1%}"


def _threshold(card: Card, label: str) -> str:
    value = card.thresholds.get(label, card.pooled_threshold)
    return "–" if value is None else f"{value:.3f}"


def _confused(card: Card) -> dict[str, list[Confusion]]:
    found: dict[str, list[Confusion]] = defaultdict(list)
    for one in card.best.report.confusion:
        if one.truth != one.judged and len(found[one.truth]) < _SHOWN_CONFUSIONS:
            found[one.truth].append(one)
    return found
