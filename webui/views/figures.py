"""Figures as people read them: cells with the values side by side, and the same rows for files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from urllib.parse import quote, urlencode

from msgspec import Struct

from minxin.consult.figures import SMALL, Figure, Figures, OfficeFigures, Reason
from minxin.consult.formulas import FormulaId, Unit, formulas
from minxin.consult.openings import Part, size_of
from minxin.consult.table import Table
from minxin.webui.exports import Cell, Rate, Rows, Sheet
from minxin.webui.i18n import Language, translations

NOTHING = "—"
ALL_OFFICES = ""
NO_OFFICE = "-"


class FigureCell(Struct, frozen=True):
    """One figure of one row in words; ``links`` opens its parts, those that hold anything."""

    formula: FormulaId
    label: str
    value: str
    notes: tuple[str, ...]
    sizes: dict[str, int]
    excluded: str
    apart: str
    small: bool
    links: dict[str, str]


class FigureRow(Struct, frozen=True):
    """One office's row; ``key`` is how addresses name it."""

    key: str
    name: str
    cells: tuple[FigureCell, ...]


class _Words(Struct, frozen=True):
    """The words of cells in one language, looked up once and not for each of hundreds of cells."""

    labels: dict[FormulaId, str]
    hours: str
    mean: str
    raw: str
    excluded: str
    apart: str


@cache
def _words(language: Language) -> _Words:
    _ = translations(language).gettext
    return _Words(
        labels={formula.id: formula.name(language) for formula in formulas().values()},
        hours=_("%(hours)s h"),
        mean=_("mean %(hours)s"),
        raw=_("raw %(value)s"),
        excluded=_("left out: %(count)s"),
        apart=_("extended: %(count)s"),
    )


def opening(base: str, query: Mapping[str, str]) -> str:
    """Return the beginning of the addresses that open figures of the period in the query."""
    return f"{base}?{urlencode(query)}"


def figure_rows(table: Table, names: Mapping[str, str], language: Language, opens: str) -> list[FigureRow]:
    """Return the row of all offices and then each office's; ``opens`` is :func:`opening`.

    A table of one office has its own row only.
    """
    return [figure_row(row, names, language, opens) for row in _rows(table)]


def figure_row(row: OfficeFigures, names: Mapping[str, str], language: Language, opens: str) -> FigureRow:
    """Return one row in words."""
    key = _key(row)
    where = f"{opens}&office={quote(key, safe='')}"
    words = _words(language)
    cells = tuple(_cell(figure, words, where) for figure in row.figures.values())
    return FigureRow(key, _row_name(key, names, language), cells)


def row_named(table: Table, key: str) -> OfficeFigures | None:
    """Return the row that an address names by an office's id, :data:`ALL_OFFICES` or :data:`NO_OFFICE`."""
    if key == ALL_OFFICES:
        return table.total
    return table.row(None if key == NO_OFFICE else key)


def reason_text(reason: Reason, language: Language) -> str:
    """Return why an item was left out."""
    _ = translations(language).gettext
    return {
        Reason.CANCELLED: _("Withdrawn, refused or joined"),
        Reason.NOT_DUE: _("Limit still ahead"),
        Reason.RETURNED: _("Given back before the limit"),
        Reason.IN_FOLLOW_UP: _("Still in follow-up"),
    }[reason]


def part_names(language: Language) -> dict[Part, str]:
    """Return the names of a figure's parts."""
    _ = translations(language).gettext
    return {
        Part.MET: _("Counted for it"),
        Part.MISSED: _("Not counted for it"),
        Part.EXCLUDED: _("Left out"),
        Part.APART: _("Met with an extension"),
    }


def sheets(table: Table, names: Mapping[str, str], language: Language) -> list[Sheet]:
    """Return the table's rows as numbers, and the formulas with their versions, for files."""
    _ = translations(language).gettext
    return [
        Sheet(_("Figures"), _number_rows(table, names, language, _)),
        Sheet(_("Formulas"), _formula_rows(table, language, _)),
    ]


def _rows(table: Table) -> list[OfficeFigures]:
    """Return the row of all offices and then each office's; a table of one office has its own row only."""
    return list(table.offices) if table.of_one_office else [table.total, *table.offices]


def _key(row: OfficeFigures) -> str:
    return ALL_OFFICES if row.of_all else row.office_id or NO_OFFICE


def _row_name(key: str, names: Mapping[str, str], language: Language) -> str:
    _ = translations(language).gettext
    return {ALL_OFFICES: _("All offices"), NO_OFFICE: _("Not assigned yet")}.get(key) or names.get(key, key)


def _cell(figure: Figure, words: _Words, where: str) -> FigureCell:
    sizes = {part: size_of(figure, part) for part in Part}
    return FigureCell(
        formula=figure.formula,
        label=words.labels[figure.formula],
        value=_value_text(figure, figure.value, words),
        notes=_notes(figure, words),
        sizes={part.value: size for part, size in sizes.items()},
        excluded=words.excluded % {"count": figure.left_out} if figure.excluded else "",
        apart=words.apart % {"count": figure.apart} if figure.apart else "",
        small=0 < figure.denominator < SMALL,
        links={part.value: f"{where}&formula={figure.formula}&part={part}" for part in Part if sizes[part]},
    )


def _notes(figure: Figure, words: _Words) -> tuple[str, ...]:
    """Return what stands under the value: how many of how many, and what it was before anything was left out."""
    counted = figure.denominator
    if figure.mean is not None:
        return (words.mean % {"hours": _value_text(figure, figure.mean, words)}, str(counted))
    if not counted and not figure.excluded:
        return ()
    raw = words.raw % {"value": _value_text(figure, figure.raw, words)}
    return (f"{figure.numerator}/{counted}", raw)


def _value_text(figure: Figure, value: float | None, words: _Words) -> str:
    """Return a value as a percentage or in hours; without a denominator there is none, and it says so."""
    if value is None:
        return NOTHING
    if figure.formula is FormulaId.HANDLING_HOURS:
        return words.hours % {"hours": f"{value:.1f}"}
    return f"{value:.1%}"


def _number_rows(table: Table, names: Mapping[str, str], language: Language, _: Callable[[str], str]) -> Rows:
    heads: list[Cell] = [_("Office")]
    for formula in formulas().values():
        name = formula.name(language)
        if formula.unit is Unit.HOURS:
            heads += [f"{name} · {part}" for part in (_("median, hours"), _("mean, hours"), _("counted"))]
            continue
        parts = (_("counted for it"), _("counted"), _("left out"), _("before leaving out"))
        heads += [name, *(f"{name} · {part}" for part in parts)]
        if formula.id is FormulaId.TIMELY_CLOSING:
            heads.append(f"{name} · {_('with an extension')}")
    rows: list[Sequence[Cell]] = [heads]
    rows += [[_row_name(_key(row), names, language), *_numbers(row.figures)] for row in _rows(table)]
    return rows


def _numbers(figures: Figures) -> list[Cell]:
    cells: list[Cell] = []
    for figure in figures.values():
        if formulas()[figure.formula].unit is Unit.HOURS:
            cells += [_plain(figure.value), _plain(figure.mean), figure.denominator]
            continue
        cells += [_rate(figure.value), figure.numerator, figure.denominator, figure.left_out]
        cells.append(_rate(figure.raw))
        if figure.formula is FormulaId.TIMELY_CLOSING:
            cells.append(figure.apart)
    return cells


def _rate(value: float | None) -> Cell:
    return NOTHING if value is None else Rate(value)


def _plain(value: float | None) -> Cell:
    return NOTHING if value is None else round(value, 1)


def _formula_rows(table: Table, language: Language, _: Callable[[str], str]) -> Rows:
    rows: list[Sequence[Cell]] = [[_("Figure"), _("Formula"), _("Version"), _("What it counts")]]
    rows += [[one.name(language), one.id.value, one.version, one.text(language)] for one in formulas().values()]
    span = f"{table.period.first.isoformat()} – {table.period.last.isoformat()}"
    rows += [[_("Period"), span, "", ""], [_("As of"), table.as_of.isoformat(timespec="seconds"), "", ""]]
    return rows
