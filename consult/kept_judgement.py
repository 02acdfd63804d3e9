"""A judgement as a letter keeps it: written down once, and read only where it is shown."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw

from minxin.core.errors import DamagedError
from minxin.core.judgement import Judgement

NOT_JUDGED: Final = Raw(b"null")
_READ: Final = 128  # judgements of some 8 kB; the page of a letter asks for one again and again
_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(Judgement).decode


def as_kept(judgement: Judgement) -> Raw:
    """Return the judgement as a letter keeps it."""
    return Raw(_encode(judgement))


def as_read(kept: Raw) -> Judgement | None:
    """Return the judgement that a letter keeps, None before there is one; raises ``DamagedError``."""
    return None if kept == NOT_JUDGED else _read(bytes(kept))


@lru_cache(maxsize=_READ)
def _read(kept: bytes) -> Judgement:
    try:
        return _decode(kept)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedError("a stored judgement can't be read") from error
