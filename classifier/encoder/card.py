"""The card (模型卡) of an encoder's folder: what the graph is for, and the checksum of every file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.core.errors import DamagedError

FORMAT = 1
CARD, GRAPH, TOKENIZER = "encoder.json", "encoder.onnx", "tokenizer.json"


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


def read_files(folder: Path) -> tuple[Card, dict[str, bytes]]:
    """Return the card and the content of every file that it names.

    Raises :class:`DamagedError` when one is missing, of another format, or does not have its checksum.
    """
    try:
        card = _card.decode((folder / CARD).read_bytes())
        contents = {name: (folder / name).read_bytes() for name in (GRAPH, TOKENIZER)}
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise DamagedError("classifier.encoder.unreadable") from error
    if card.format != FORMAT:
        raise DamagedError("classifier.encoder.format", format=card.format)
    if signed(card) != card or any(checksum(content) != card.files.get(name) for name, content in contents.items()):
        raise DamagedError("classifier.encoder.checksum")
    return card, contents
