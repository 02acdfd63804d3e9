"""Runs the measures and puts their figures into one table, as Markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from msgspec import Struct

from minxin.core.errors import MinxinError
from minxin.deploy.evaluation.measure import Data, Figure, Measure, tell

_HEAD = ("measure", "goal", "plain baseline", "figure", "reached", "n", "seconds")
_NONE = "–"


class Result(Struct, frozen=True):
    """What became of one measure: its figures, or why there are none."""

    measure: str
    about: str
    figures: tuple[Figure, ...]
    seconds: float
    left_out: str = ""


def run_all(measures: Sequence[Measure], data: Data) -> list[Result]:
    """Run those whose data is there, one after another, and say of the others what is missing."""
    return [_run(measure, data) for measure in measures]


def _run(measure: Measure, data: Data) -> Result:
    missing = measure.missing(data.folder)
    if missing:
        return Result(measure.name, measure.about, (), 0.0, f"not there: {', '.join(missing)}")
    tell(f"… {measure.name}: {measure.about}")
    start = perf_counter()
    try:
        figures = tuple(measure.run(data))
    except (MinxinError, KeyError, ValueError) as error:
        # One file with other columns must not cost the figures of all others.
        return Result(measure.name, measure.about, (), perf_counter() - start, f"can't be used: {error!r}")
    return Result(measure.name, measure.about, figures, perf_counter() - start)


def markdown(results: Sequence[Result]) -> str:
    """Return the table; what was left out stands below it."""
    rows = [_row(figure, result, first) for result in results for first, figure in _numbered(result)]
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD), *rows]
    left_out = [f"- {result.about} ({result.measure}): {result.left_out}" for result in results if result.left_out]
    return "\n".join([*lines, *(["", "Not measured:", "", *left_out] if left_out else [])])


def as_json(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return the table with every figure in full."""
    return [
        {
            "measure": result.measure,
            "about": result.about,
            "seconds": round(result.seconds, 2),
            "left_out": result.left_out,
            "figures": [
                {**{name: getattr(figure, name) for name in figure.__struct_fields__}, "reached": figure.reached}
                for figure in result.figures
            ],
        }
        for result in results
    ]


def _numbered(result: Result) -> list[tuple[bool, Figure]]:
    return [(place == 0, figure) for place, figure in enumerate(result.figures)]


def _row(figure: Figure, result: Result, first: bool) -> str:
    name = f"{result.about}: {figure.name}" + (f" ({figure.note})" if figure.note else "")
    sign = "≤ " if figure.at_most else ""
    reached = {True: "yes", False: "**no**", None: _NONE}[figure.reached]
    cells = (
        name,
        _NONE if figure.goal is None else sign + _number(figure.goal, figure.unit),
        _NONE if figure.baseline is None else _number(figure.baseline, figure.unit),
        _number(figure.value, figure.unit),
        reached,
        f"{figure.n:,}",
        f"{result.seconds:.1f}" if first else "",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}" if unit else f"{value:.3f}"
