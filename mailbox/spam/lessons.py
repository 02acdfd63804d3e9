"""What the reader of a box taught about senders (垃圾邮件学习): pure. His word counts more than any rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from minxin.mailbox.mail.settings import BoxSettings

MOST_SENDERS: Final = 500


class Taught(StrEnum):
    """What the reader said of a sender."""

    JUNK = "junk"
    WANTED = "wanted"


def taught(settings: BoxSettings, senders: Iterable[str], *, junk: bool) -> BoxSettings:
    """Return the settings with one more word on these senders (lower-case addresses); the latest word counts."""
    new = tuple(dict.fromkeys(one for one in senders if one))
    bad, good = _without(settings.junk, new), _without(settings.wanted, new)
    if junk:
        return replace(settings, junk=(*bad, *new)[-MOST_SENDERS:], wanted=good)
    return replace(settings, junk=bad, wanted=(*good, *new)[-MOST_SENDERS:])


def word_on(settings: BoxSettings | None, sender: str) -> Taught | None:
    """Return what the reader said of the sender, None when nothing."""
    if settings is None:
        return None
    if sender in settings.junk:
        return Taught.JUNK
    return Taught.WANTED if sender in settings.wanted else None


def _without(senders: tuple[str, ...], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(one for one in senders if one not in gone)
