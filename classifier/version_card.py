"""What every kept version (模型版本) has: a card that names its files with their checksums, and has its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.classifier.durable import write_durably
from minxin.core.errors import DamagedError

CARD: Final = "card.json"


class VersionCard(Struct, frozen=True, kw_only=True):
    """What is known of a version without opening it.

    ``files`` has the SHA-256 of every other file of its folder; ``sha256`` is of the card without ``version`` and
    itself.
    """

    format: int
    kind: str
    made_at: datetime
    files: dict[str, str]
    version: str = ""
    sha256: str = ""


C = TypeVar("C", bound=VersionCard)


def checksum(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def signature(card: Struct, made_at: datetime, kind: str) -> dict[str, str]:
    """Return the ``version`` (it tells the day, the kind and the content) and the ``sha256`` of any card."""
    said = checksum(msgspec.json.encode(replace(card, version="", sha256=""), order="deterministic"))
    return {"version": f"{made_at:%Y%m%d}-{kind}-{said[:8]}", "sha256": said}


def files_in(folder: Path) -> dict[str, str]:
    """Return the checksum of every file below the folder, by its path from there."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): checksum(path.read_bytes()) for path in files}


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Raise :class:`DamagedError` when a file is missing or was changed."""
    for name, sha256 in files.items():
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise DamagedError("classifier.trained.unreadable", file=name) from error
        if checksum(content) != sha256:
            raise DamagedError("classifier.trained.checksum", file=name)


def write_card(folder: Path, card: C) -> C:
    """Sign the card, write it as the last file of its version's folder, and return it."""
    whole = replace(card, **signature(card, card.made_at, card.kind))
    write_durably(folder / CARD, msgspec.json.format(msgspec.json.encode(whole), indent=2))
    return whole


def read_whole(folder: Path, decoder: msgspec.json.Decoder[C], known: int) -> C:
    """Read the card of a version's folder, and check all of its files.

    Raises :class:`DamagedError` when one is missing or was changed, or the card is not of the format that is ``known``.
    """
    card = read_card(folder, decoder, known)
    check_files(folder, card.files)
    return card


def read_card(folder: Path, decoder: msgspec.json.Decoder[C], known: int) -> C:
    """Read the card alone; raises as :func:`read_whole` does."""
    try:
        card = decoder.decode((folder / CARD).read_bytes())
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise DamagedError("classifier.trained.unreadable") from error
    if card.format != known:
        raise DamagedError("classifier.trained.format", format=card.format)
    said = signature(card, card.made_at, card.kind)
    if (card.version, card.sha256) != (folder.name, said["sha256"]) or said["version"] != card.version:
        raise DamagedError("classifier.trained.checksum")
    return card
