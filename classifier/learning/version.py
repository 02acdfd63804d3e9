"""What letters without labels taught, kept (自训练的版本): its lessons, with a card, on a shelf of their own.

The lessons are the letters' texts with the office that each was held to be for. They belong to the duties that judged
them: with other duties the letters must be read anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.durable import write_durably
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.version_card import VersionCard, files_in, read_card, read_whole, write_card
from minxin.core.errors import DamagedError

FORMAT: Final = 1
KIND: Final = "self"
_LESSONS: Final = "lessons.msgpack"


class SelfTaughtCard(VersionCard, frozen=True, kw_only=True):
    """What is known of a version without opening it.

    ``letters`` were read from ``source``, ``of_office`` counts those that taught; ``duties`` is their fingerprint.
    """

    source: str
    letters: int
    of_office: dict[str, int]
    agreement: float
    duties: str


class KeptTeaching(Struct, frozen=True):
    """A version that was loaded."""

    card: SelfTaughtCard
    lessons: tuple[Lesson, ...]


_card = msgspec.json.Decoder(SelfTaughtCard)
_lessons = msgspec.msgpack.Decoder(tuple[Lesson, ...])


def duties_fingerprint(duties: Mapping[str, Sequence[str]]) -> str:
    """Return a name for the offices and what they say that they do."""
    return hashlib.sha256(
        msgspec.json.encode(sorted((office, list(said)) for office, said in duties.items()))
    ).hexdigest()


def write_version(
    folder: Path,
    lessons: Sequence[Lesson],
    *,
    source: str,
    letters: int,
    agreement: float,
    duties: Mapping[str, Sequence[str]],
    now: datetime,
) -> SelfTaughtCard:
    """Write a version into an empty folder and return its card, whose ``version`` the folder must be called."""
    write_durably(folder / _LESSONS, msgspec.msgpack.encode(tuple(lessons)))
    card = SelfTaughtCard(
        format=FORMAT,
        kind=KIND,
        made_at=now,
        files=files_in(folder),
        source=source,
        letters=letters,
        of_office=dict(sorted(Counter(lesson.office or "" for lesson in lessons).items())),
        agreement=agreement,
        duties=duties_fingerprint(duties),
    )
    return write_card(folder, card)


def self_taught_card(folder: Path) -> SelfTaughtCard:
    """Return the card of a version; raises :class:`DamagedError` when it was changed or is missing."""
    return read_card(folder, _card, FORMAT)


def load_version(folder: Path, duties: Mapping[str, Sequence[str]]) -> KeptTeaching:
    """Read a version.

    Raises :class:`DamagedError` when a file is missing or was changed, or when it was taught by other ``duties``.
    """
    card = read_whole(folder, _card, FORMAT)
    if card.duties != duties_fingerprint(duties):
        raise DamagedError("classifier.selftaught.duties")
    try:
        return KeptTeaching(card, _lessons.decode((folder / _LESSONS).read_bytes()))
    except (OSError, msgspec.MsgspecError) as error:
        raise DamagedError("classifier.trained.unreadable", file=_LESSONS) from error
