"""The finders of abuse that a city learnt (辱骂与威胁识别模型的版本): kept with a card on a shelf of their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.abuse.model import LearntAbuse, Proof, load_abuse
from minxin.classifier.version_card import VersionCard, files_in, read_card, read_whole, write_card

FORMAT: Final = 1
KIND: Final = "abuse"
_MODEL: Final = "model"


class AbuseData(Struct, frozen=True):
    """What was learnt from; ``sha256`` is of the posts with their labels and of the letters, in order."""

    source: str
    posts: int
    offending: int
    letters: int
    sha256: str


class AbuseCard(VersionCard, frozen=True, kw_only=True):
    """What is known of a finder without opening it."""

    data: AbuseData
    proof: Proof


_decoder = msgspec.json.Decoder(AbuseCard)


def write_version(folder: Path, model: LearntAbuse, proof: Proof, data: AbuseData, now: datetime) -> AbuseCard:
    """Write a version into an empty folder and return its card, whose ``version`` the folder must be called."""
    model.save(folder / _MODEL)
    card = AbuseCard(format=FORMAT, kind=KIND, made_at=now, files=files_in(folder), data=data, proof=proof)
    return write_card(folder, card)


def abuse_card(folder: Path) -> AbuseCard:
    """Return the card of a version; raises :class:`DamagedError` when it was changed or is missing."""
    return read_card(folder, _decoder, FORMAT)


def load_version(folder: Path) -> LearntAbuse:
    """Read a version; raises :class:`DamagedError` when any of its files is missing or was changed."""
    read_whole(folder, _decoder, FORMAT)
    return load_abuse(folder / _MODEL)
