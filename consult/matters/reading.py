"""Reads a file of matters; it is taken as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from minxin.consult.matters.checks import Fault, faults_of
from minxin.consult.matters.entries import MatterEntry
from minxin.consult.matters.records import Matter


class MattersRead(Struct, frozen=True):
    """What a file holds; with any fault nothing of it is to be taken."""

    entries: tuple[MatterEntry, ...] = ()
    faults: tuple[Fault, ...] = ()


class MattersFile(Struct, forbid_unknown_fields=True):
    """The file as it lies on the disk."""

    matters: list[Any]


_file: Final = msgspec.json.Decoder(MattersFile)


def read_matters(data: bytes, offices: Iterable[str], kept: Sequence[Matter] = ()) -> MattersRead:
    """Read a file; ``offices`` are the ids that there are, ``kept`` the matters that there are already.

    An entry takes the place of the kept matter with its code.
    """
    try:
        raw = _file.decode(data).matters
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return MattersRead(faults=(Fault(0, "", "", "matters.file", {"fault": str(error)}),))
    entries: list[MatterEntry] = []
    faults: list[Fault] = []
    for row, one in enumerate(raw, start=1):
        try:
            entries.append(msgspec.convert(one, MatterEntry))
        except msgspec.ValidationError as error:
            faults.append(_misshapen(row, one, str(error)))
    if not faults:
        faults = faults_of(entries, frozenset(offices), kept)
    return MattersRead(tuple(entries), tuple(faults))


def _misshapen(row: int, one: Any, message: str) -> Fault:
    """Turn msgspec's words into a fault: ``Expected `int`, got `str` - at `$.papers[2].copies```."""
    what, _, place = message.partition(" - at `$")
    code = str(one.get("code", "")) if isinstance(one, dict) else ""
    return Fault(row, code, place.strip("`."), "matters.shape", {"fault": what})
