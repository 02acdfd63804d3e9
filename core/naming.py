"""Which bytes a record names (具名): read off its type, so that no kind of record can be forgotten.

A field names a blob when its type is :data:`~minxin.core.changes.BlobId`, in the record itself or in whatever it holds.
What is opaque to its owner (``Raw``, ``Any``) names nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import Struct, inspect

from minxin.core.changes import BlobId, Record

Find = Callable[[Any], Iterable[str]]

_MARK = inspect.type_info(BlobId)


def named_blobs(record: Record) -> frozenset[str]:
    """Return the ids of the blobs that the record names."""
    find = _finder(type(record))
    return frozenset(find(record)) if find is not None else frozenset()


def names_blobs(kind: type[Record]) -> bool:
    """Say whether records of this kind can name blobs."""
    return _finder(kind) is not None


@cache
def _finder(kind: type[Struct]) -> Find | None:
    """Return what finds the names in a struct of this type; raises ``TypeError`` for one that holds its own kind."""
    return _of(inspect.type_info(kind), ())


def _of(info: inspect.Type, within: tuple[type, ...]) -> Find | None:
    if info == _MARK:
        return _itself
    if isinstance(info, inspect.Metadata):
        return _of(info.type, within)
    if isinstance(info, inspect.StructType):
        return _of_struct(info, within)
    if isinstance(info, inspect.CollectionType):
        return _of_each(_of(info.item_type, within))
    if isinstance(info, inspect.TupleType):
        return _of_places([_of(item, within) for item in info.item_types])
    if isinstance(info, inspect.DictType):
        inner = _of_each(_of(info.value_type, within))
        return None if inner is None else lambda value: inner(value.values())
    if isinstance(info, inspect.UnionType):
        return _of_union(info, within)
    return None


def _itself(value: str) -> Iterable[str]:
    return (value,) if value else ()


def _of_struct(info: inspect.StructType, within: tuple[type, ...]) -> Find | None:
    if info.cls in within:
        raise TypeError(f"{info.cls.__name__} holds its own kind: what it names can't be read off its type")
    found = {one.name: _of(one.type, (*within, info.cls)) for one in info.fields}
    finders = [(name, find) for name, find in found.items() if find is not None]

    def find(value: Any) -> Iterator[str]:
        for name, inner in finders:
            yield from inner(getattr(value, name))

    return find if finders else None


def _of_each(inner: Find | None) -> Find | None:
    if inner is None:
        return None
    return lambda values: (name for value in values for name in inner(value))


def _of_places(places: list[Find | None]) -> Find | None:
    if not any(places):
        return None

    def find(values: Any) -> Iterator[str]:
        for inner, value in zip(places, values, strict=True):
            if inner is not None:
                yield from inner(value)

    return find


def _of_union(info: inspect.UnionType, within: tuple[type, ...]) -> Find | None:
    """Return what finds names in a value that may be of several types: at most one of them can have any."""
    finders = [(one, find) for one in info.types if (find := _of(one, within)) is not None]
    if not finders:
        return None
    if len(finders) > 1:
        raise TypeError("of the types that a field may have only one may name blobs")
    ((type_, find),) = finders
    belongs = _belongs(type_)
    return lambda value: find(value) if belongs(value) else ()


def _belongs(info: inspect.Type) -> Callable[[Any], bool]:
    kind = info.cls if isinstance(info, inspect.StructType) else None
    return (lambda value: isinstance(value, kind)) if kind is not None else (lambda value: value is not None)
