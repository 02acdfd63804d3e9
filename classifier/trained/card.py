"""The card of a trained model (模型卡): what it was trained on, how it did, and the checksums of its files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.classifier.trained.choosing import Proof
from minxin.classifier.version_card import CARD, signature
from minxin.core.errors import DamagedError

FORMAT = 1


class Data(Struct, frozen=True):
    """The letters; ``sha256`` is of their folded texts and labels, in order."""

    source: str
    letters: int
    of_label: dict[str, int]
    duties: int  # clauses of the labels' duties that were learnt, too
    sha256: str


class Method(Struct, frozen=True):
    """How it was trained and tried; ``base`` names the encoder that was tuned, empty where none was."""

    folds: int
    judged_folds: int  # on how many of them the encoder was tried
    base: str
    epochs: int
    frozen_layers: int
    most_tokens: int


class Card(Struct, frozen=True):
    """What is known of a trained model without opening it.

    ``names`` has what people call each label. ``thresholds`` are those of labels with one of their own, None for what
    nothing can keep; ``sha256`` is of the card without its version and itself.
    """

    format: int
    made_at: datetime
    chosen: str
    weight: float
    labels: tuple[str, ...]
    names: dict[str, str]
    routable: bool  # every label is an office that letters are routed to
    precision: float
    pooled_threshold: float | None
    thresholds: dict[str, float | None]
    data: Data
    method: Method
    proofs: tuple[Proof, ...]
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    temperature: float
    files: dict[str, str]
    version: str = ""
    sha256: str = ""

    @property
    def best(self) -> Proof:
        """How the candidate that was chosen did."""
        return next(proof for proof in self.proofs if proof.name == self.chosen)


_decoder = msgspec.json.Decoder(Card)


def signed(card: Card) -> Card:
    """Return the card with its checksum, and a version that tells the day, the kind and the content."""
    return replace(card, **signature(card, card.made_at, card.chosen))


def encoded(card: Card) -> bytes:
    """Return the file's content."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2)


def read_card(folder: Path) -> Card:
    """Read the card of a folder; raises :class:`DamagedError` when it is missing, changed, or of another format."""
    try:
        card = _decoder.decode((folder / CARD).read_bytes())
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise DamagedError("classifier.trained.unreadable") from error
    if card.format != FORMAT:
        raise DamagedError("classifier.trained.format", format=card.format)
    if signed(card) != card or card.version != folder.name:
        raise DamagedError("classifier.trained.checksum")
    return card
