"""Ids for the log (日志标识): which request, job or letter everything belongs to that is logged while it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_IDS: Final = ContextVar[Mapping[str, str]]("log_ids", default=_NONE)


@contextmanager
def log_ids(**ids: str) -> Iterator[None]:
    """Have everything logged within carry these ids too, empty ones left out; they are random and tell of nobody."""
    token = _IDS.set({**_IDS.get(), **{name: value for name, value in ids.items() if value}})
    try:
        yield
    finally:
        _IDS.reset(token)


def ids_of_now() -> Mapping[str, str]:
    """Return the ids of what is being done."""
    return _IDS.get()


def note_ids(**ids: str) -> None:
    """Have what is logged from here on carry these ids too, to the end of the :func:`log_ids` that stands around it."""
    if _IDS.get() is not _NONE:
        _IDS.set({**_IDS.get(), **ids})
