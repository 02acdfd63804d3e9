"""Skeletons (答复模板): neutral texts to begin an answer with; their blanks must be filled before it is submitted."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from minxin.consult.records import ReplyParts
from minxin.core.errors import InvalidInputError


class Skeleton(Struct, frozen=True, forbid_unknown_fields=True):
    """A text to begin with; ``name`` by language."""

    id: str
    name: dict[str, str]
    parts: ReplyParts


_decoder = msgspec.json.Decoder(tuple[Skeleton, ...])


@cache
def skeletons() -> tuple[Skeleton, ...]:
    """Return all skeletons in the order in which they are offered."""
    path = Path(__file__).with_name("skeletons.json")
    return _decoder.decode(path.read_bytes())


def filled_up(parts: ReplyParts, skeleton_id: str) -> ReplyParts:
    """Return the parts with the empty ones begun by the skeleton: nothing typed is lost.

    Raises ``InvalidInputError`` ``reply.skeleton.unknown``.
    """
    for skeleton in skeletons():
        if skeleton.id == skeleton_id:
            return ReplyParts(
                **{
                    field.name: getattr(parts, field.name).strip() or getattr(skeleton.parts, field.name)
                    for field in fields(parts)
                }
            )
    raise InvalidInputError("reply.skeleton.unknown", field="skeleton")
