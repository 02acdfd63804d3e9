"""Lots: one row of the file holds many entries of a chain, one after the other (链段).

A lot has the hash before its first entry, and of each entry four bytes of its hash, the check. Whoever reads a lot
computes each hash from the one before, and holds it against the check: the first that does not fit was changed. Its
hash, and those behind it in its lot, are lost then; in their place stands the check alone, which fits no chain. An
entry that came with another hash than its content gives has that hash beside it: a copy shows what its source shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, Generic

import msgspec
from msgspec import Struct

from minxin.core.audit import GENESIS, digest_of_body
from minxin.core.errors import DamagedError
from minxin.store.sqlite.chain_entries import ACTOR, AT, MISREAD, WHOLE, Fields, Form, T, hexed, unhexed, unreadable
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.packing import pack, unpack

Row = tuple[bytes | str | None, bytes, bytes]  # the hash before, the checks, the packed entries

CHECK_BYTES: Final = 4
_NO_CHECK: Final = bytes(CHECK_BYTES)  # of an entry that has its hash beside it
_GENESIS_HASH: Final = GENESIS.hash
_decoder: Final = msgspec.msgpack.Decoder(list[Any])


class Size(Struct, frozen=True):
    """How many entries a lot has at most, and how many bytes; an entry that is longer by itself has its own lot."""

    entries: int
    many_bytes: int


class Entry(Struct, frozen=True):
    """An entry that is to be written; ``own`` says that its hash is not the one that its content gives."""

    seq: int
    prev: str
    hash: str
    fields: Fields
    own: bool = False


class Filled(Struct, frozen=True):
    """A lot that is to be written: a ``longer`` one in the place of what there is, else a new one."""

    first: int
    row: Row
    longer: bool


class Kept(Struct, Generic[T], frozen=True):
    """An entry as it lies in its lot.

    ``own`` says that the hash is not what its content gives; ``body`` is what was hashed, ``error`` why there is none
    that can be read.
    """

    seq: int
    prev: str
    hash: str
    fields: Fields
    own: bool
    actor: str | None
    body: Any
    content: T | None
    error: DamagedError | None = None

    def said(self) -> T:
        """Return the entry; raises ``DamagedError``."""
        if self.content is None:
            raise self.error or unreadable("store", self.seq)
        return self.content


class Lot:
    """Entries that follow each other: their fields, column by column, instants each from the one before."""

    def __init__(self, first: int, before: Any, checks: bytes, columns: list[list[Any]], own: dict[int, Any]) -> None:
        self.first = first
        self.before = before
        self.checks = checks
        self.columns = columns
        self.own = own

    @property
    def end(self) -> int:
        """The number of the last entry."""
        return self.first + len(self.columns[WHOLE]) - 1

    def with_more(self, entries: Sequence[Entry]) -> Lot:
        """Return a lot with these entries behind those that are in it."""
        columns = [list(column) for column in self.columns]
        own, checks = dict(self.own), [self.checks]
        at = sum(columns[AT])
        for entry in entries:
            if entry.own:
                own[len(columns[WHOLE])] = unhexed(entry.hash)
            checks.append(_NO_CHECK if entry.own else bytes.fromhex(entry.hash[: 2 * CHECK_BYTES]))
            for column, field in zip(columns, entry.fields, strict=True):
                column.append(field)
            instant = entry.fields[AT]
            columns[AT][-1] = 0 if instant is None else instant - at
            at = at if instant is None else instant
        return Lot(self.first, self.before, b"".join(checks), columns, own)

    def continues(self, entry: Entry) -> bool:
        """Say whether the entry follows the last one; where that can't be told it begins a lot of its own."""
        check = self.checks[-CHECK_BYTES:]
        return entry.seq == self.end + 1 and check != _NO_CHECK and check.hex() == entry.prev[: 2 * CHECK_BYTES]

    def row(self) -> Row:
        """Return ``before``, ``checks`` and ``body`` as the file keeps them."""
        body = [*self.columns, self.own] if self.own else self.columns
        return self.before, self.checks, pack(msgspec.msgpack.encode(body))


def opened(form: Form[Any], chain: str, first: int, before: Any, checks: Any, body: Any) -> Lot:
    """Return the lot of a row; raises ``DamagedError``, which names the lot's first entry, when it can't be read."""
    try:
        columns = _decoder.decode(unpack(body))
        own = dict(columns.pop()) if len(columns) == form.width + 1 else {}
        many = {CHECK_BYTES * len(column) for column in columns}
        if len(columns) != form.width or many != {len(checks)} or not checks:
            raise ValueError("columns of different lengths")
        sum(columns[AT])
    except MISREAD as error:
        raise DamagedError("a stored lot can't be read", chain=chain, seq=first) from error
    return Lot(first, before, bytes(checks), columns, own)


def entries_of(form: Form[T], chain: str, lot: Lot, names: Mapping[int, str]) -> Iterator[Kept[T]]:
    """Yield the lot's entries, each with its hash computed from the one before."""
    digest = _before(lot, chain)
    sure = True
    absolute = [*lot.columns[:AT], accumulate(lot.columns[AT]), *lot.columns[AT + 1 :]]
    for place, fields in enumerate(zip(*absolute, strict=True)):
        seq, prev = lot.first + place, digest
        actor = names.get(fields[ACTOR])
        body, content, error = _read(form, chain, seq, fields, actor, names)
        own = lot.own.get(place)
        if own is not None:
            digest, sure = hexed(own), True
        else:
            check = lot.checks[CHECK_BYTES * place : CHECK_BYTES * (place + 1)].hex()
            digest = digest_of_body(prev, body, seq) if sure and isinstance(body, bytes) else ""
            sure = sure and digest.startswith(check)
            digest = digest if sure else check
        yield Kept(seq, prev, digest, fields, own is not None or not sure, actor, body, content, error)


def _read(
    form: Form[T], chain: str, seq: int, fields: Fields, actor: str | None, names: Mapping[int, str]
) -> tuple[Any, T | None, DamagedError | None]:
    """Return the body, the entry, or why there is none."""
    if fields[WHOLE] is None:
        try:
            return fields[-1], form.read_whole(chain, seq, actor, fields[-1]), None
        except DamagedError as error:
            return fields[-1], None, error
    try:
        content = form.content(chain, fields, names)
        return encode(content), content, None
    except MISREAD:
        return None, None, unreadable(chain, seq)


def _before(lot: Lot, chain: str) -> str:
    if lot.before is None:
        return _GENESIS_HASH
    if not isinstance(lot.before, bytes | str):
        raise DamagedError("a stored hash can't be read", chain=chain, seq=lot.first)
    return hexed(lot.before)


def numbers_of(form: Form[Any], lots: Iterable[Lot]) -> set[int]:
    """Return the numbers of names that the lots have."""
    return {number for lot in lots for place in form.named for number in lot.columns[place] if isinstance(number, int)}


def filled(form: Form[Any], size: Size, last: Lot | None, entries: Sequence[Entry]) -> Iterator[Filled]:
    """Yield lots with the entries, in order; the first is ``last`` with more in it, where that takes any."""
    for run in _runs(entries):
        lot = last if last is not None and last.continues(run[0]) else None
        while run:
            found = _most(size, lot or _empty(form, run[0]), run)
            if found is not None:
                more, row, taken = found
                yield Filled(more.first, row, longer=lot is not None)
                run = run[taken:]
            lot = None


def _runs(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Yield stretches of entries of which each follows the one before."""
    begin = 0
    for place, (one, more) in enumerate(pairwise(entries), start=1):
        if one.own or (more.seq, more.prev) != (one.seq + 1, one.hash):
            yield entries[begin:place]
            begin = place
    yield entries[begin:]


def _most(size: Size, lot: Lot, run: Sequence[Entry]) -> tuple[Lot, Row, int] | None:
    """Return the lot with as much of the run as it takes, its row, and how many entries that is; None for none."""
    has = len(lot.columns[WHOLE])
    many = min(len(run), size.entries - has)
    while many > 0:
        more = lot.with_more(run[:many])
        row = more.row()
        spent = len(row[1]) + len(row[2])
        if spent <= size.many_bytes or has + many == 1:
            return more, row, many
        fits = (has + many) * size.many_bytes // spent - has
        many = min(many - 1, max(fits, 0 if has else 1))
    return None


def _empty(form: Form[Any], entry: Entry) -> Lot:
    before = None if entry.prev == _GENESIS_HASH else unhexed(entry.prev)
    return Lot(entry.seq, before, b"", [[] for _ in range(form.width)], {})
