"""Which level handles which matter (事权规则): rules as data of a city, and the one that a letter's words tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from minxin.core.errors import ConfigError
from minxin.core.places import Level


class Matter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A matter (事项) and the level that handles it.

    ``cues`` are patterns over the folded text, none of ``unless`` may be found with them. The topic's offices that it
    is often mistaken for are ``taken_from``, and ``weight`` (0 to 1) says how much of their probability it takes. A
    matter of the level "city" names its ``office``; at the other levels the place tells it. ``basis`` is the law or
    decree.
    """

    id: str
    zh: str
    en: str
    level: Level
    cues: tuple[str, ...]
    taken_from: tuple[str, ...]
    weight: float
    basis: str
    unless: tuple[str, ...] = ()
    office: str = ""


class MatterFound(Struct, frozen=True):
    """The matter of a letter and where its words stand in the folded text."""

    matter: Matter
    spans: tuple[tuple[int, int], ...]


class Matters:
    """The rules of a city, in the order in which they are asked."""

    def __init__(self, matters: Sequence[Matter]) -> None:
        """Raises ``ConfigError`` for a pattern that is none."""
        self.matters = tuple(matters)
        self._patterns = [(_joined(one, one.cues), _joined(one, one.unless)) for one in matters]

    def found(self, folded: str) -> MatterFound | None:
        """Return the first matter whose words the text holds, or None."""
        for matter, (cues, unless) in zip(self.matters, self._patterns, strict=True):
            spans = tuple(found.span() for found in cues.finditer(folded)) if cues else ()
            if spans and not (unless and unless.search(folded)):
                return MatterFound(matter, spans)
        return None


_decoder = msgspec.json.Decoder(tuple[Matter, ...])


def load_matters(path: Path) -> Matters:
    """Read a city's rules; a city without the file has none. Raises ``ConfigError`` that names the file."""
    try:
        return Matters(_decoder.decode(path.read_bytes()))
    except FileNotFoundError:
        return Matters(())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error.reason}") from error


def _joined(matter: Matter, patterns: Sequence[str]) -> re.Pattern[str] | None:
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
    except re.error as error:
        raise ConfigError(f"matter {matter.id!r}: {error}") from error
