"""What people type into forms and tables for an entry: days, other ways to ask, conditions; and the same as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, TypeVar

from minxin.consult.sentences import SENTENCES, sentence
from minxin.core.errors import InvalidInputError
from minxin.core.passages import Condition, Facet

T = TypeVar("T")
NO_CONDITIONS: Final[tuple[Condition, ...]] = ()
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EQUALS: Final = re.compile(r"[=＝:：]")
_LANGUAGES: Final = ("zh", "en")


class Reading:
    """Reads what was typed field by field, and remembers every error instead of stopping at the first."""

    def __init__(self) -> None:
        self.errors: list[InvalidInputError] = []

    def take(self, read: Callable[[], T], default: T) -> T:
        """Return what ``read`` returns, or the default when it raises ``InvalidInputError``."""
        try:
            return read()
        except InvalidInputError as error:
            self.errors.append(error)
            return default


def typed_day(text: str, field: str) -> date | None:
    """Return the day of ``2026-03-02``, ``2026/3/2``, ``2026年3月2日`` or ``20260302``, None for nothing.

    Raises ``InvalidInputError`` ``knowledge.date`` on the field.
    """
    written = text.strip()
    if not written:
        return None
    found = _DAY.fullmatch(written) or _COMPACT.fullmatch(written)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise InvalidInputError("knowledge.date", field=field)


def typed_ways(text: str) -> tuple[str, ...]:
    """Return the ways to ask, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def typed_conditions(text: str) -> tuple[Condition, ...]:
    """Return the conditions, one ``facet=value`` a line; a facet goes by its name in either language or its code.

    Raises ``InvalidInputError`` ``knowledge.condition`` with the first line that is none.
    """
    return tuple(_condition(line.strip()) for line in text.splitlines() if line.strip())


def conditions_text(conditions: Iterable[Condition], language: str) -> str:
    """Return the conditions as :func:`typed_conditions` reads them, facets in the language."""
    return "\n".join(f"{sentence(f'facet.{one.facet}', language)}={one.value}" for one in conditions)


def _condition(line: str) -> Condition:
    facet, value = [*_EQUALS.split(line, maxsplit=1), ""][:2]
    known = _facets().get(facet.strip().lower())
    if known is None or not value.strip():
        raise InvalidInputError("knowledge.condition", field="conditions", line=line[:60])
    return Condition(known, value.strip())


def _facets() -> dict[str, Facet]:
    names = {SENTENCES.texts[f"facet.{facet}"][language].lower(): facet for facet in Facet for language in _LANGUAGES}
    return {**names, **{facet.value: facet for facet in Facet}}
