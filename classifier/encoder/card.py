"""The card (模型卡) of an encoder's folder: what the graph is for, and the checksum of every file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.core.errors import DamagedError

FORMAT = 1
CARD, GRAPH, WEIGHTS, TOKENIZER = "encoder.json", "encoder.onnx", "encoder.weights", "tokenizer.json"


class Card(Struct, frozen=True):
    """What is known of an encoder without opening it; ``sha256`` is of the card without it."""

    format: int
    labels: tuple[str, ...]
    most_tokens: int  # what is longer is cut
    prefixes: dict[str, str]  # kind of text → what is put before it
    files: dict[str, str]  # name → SHA-256
    sha256: str = ""

    @property
    def version(self) -> str:
        """The name of exactly these files."""
        return f"encoder-{self.sha256[:8]}"


_card = msgspec.json.Decoder(Card)


def checksum(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def signed(card: Card) -> Card:
    """Return the card with its own checksum."""
    return replace(card, sha256=checksum(msgspec.json.encode(replace(card, sha256=""), order="deterministic")))


def read_card(folder: Path) -> Card:
    """Return the card; raises :class:`DamagedError` when it is missing, of another format, or was changed."""
    try:
        card = _card.decode((folder / CARD).read_bytes())
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise DamagedError("classifier.encoder.unreadable") from error
    if card.format != FORMAT:
        raise DamagedError("classifier.encoder.format", format=card.format)
    if signed(card) != card or not {GRAPH, TOKENIZER} <= card.files.keys():
        raise DamagedError("classifier.encoder.checksum")
    return card


def check_files(folder: Path, card: Card) -> None:
    """Raise :class:`DamagedError` when a file that the card names is missing or does not have its checksum."""
    for name, expected in card.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DamagedError("classifier.encoder.unreadable") from error
        if found != expected:
            raise DamagedError("classifier.encoder.checksum")
