"""A trained model in service: the plain model, a tuned encoder where that pays, one calibration over both.

The encoder needs the packages ``onnxruntime`` and ``tokenizers``, and nothing of what trained it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from msgspec import Struct

from minxin.classifier.calibration import Calibration, Scores, joined
from minxin.classifier.linear import Model, Record, load_model
from minxin.classifier.text import fold
from minxin.classifier.thresholds import Thresholds, thresholds
from minxin.classifier.trained.card import Card, read_card
from minxin.classifier.trained.choosing import blended, log_odds
from minxin.classifier.version_card import check_files
from minxin.core.errors import DamagedError, UnavailableError

# Imported for real where it is used: a model without an encoder runs without these packages.
if TYPE_CHECKING:
    from minxin.classifier.encoder.encoder import Encoder

LINEAR_FOLDER, ENCODER_FOLDER, UNSEEN_FILE = "linear", "encoder", "unseen.npz"


class Unseen(Struct, frozen=True):
    """What models like this one said of the letters that it was trained on, before they had seen them.

    ``row_of`` finds a letter's row by :func:`letter_key`; ``judged`` names the label of each proven letter.
    """

    row_of: Mapping[str, int]
    scores: Scores
    judged: tuple[str, ...]
    record: Record


class TrainedModel:
    """Scores any text: log-odds of each label on its own, or calibrated probabilities.

    ``linear`` has the same labels in the same order, and explains by words (:mod:`minxin.classifier.evidence`).
    """

    def __init__(self, card: Card, linear: Model, encoder: Encoder | None, unseen: Unseen) -> None:
        self.card = card
        self.version = card.version
        self.labels = card.labels
        self.linear = linear
        self._encoder = encoder
        self._unseen = unseen
        self._calibration = Calibration(np.array(card.slopes), np.array(card.offsets), card.temperature)

    @property
    def proof(self) -> Unseen:
        """What was said of the letters that it was trained on, unseen."""
        return self._unseen

    @property
    def record(self) -> Record:
        """How sure it was of letters that it had not seen, and whether it was right."""
        return self._unseen.record

    def scores(self, text: str) -> Scores:
        """Return the log-odds of each label on its own; ``text`` is as written (``judged_text``)."""
        folded = fold(text).text
        linear = self.linear.scores(self.linear.features(folded))[None, :]
        encoder = log_odds(self._encoder.logits([folded]).astype(np.float64)) if self._encoder else None
        result: Scores = self._calibration.lines(blended(linear, encoder, self.card.weight))[0]
        return result

    def probabilities(self, text: str) -> Scores:
        """Return the calibrated probability of each label."""
        result: Scores = joined(self.scores(text)[None, :], self._calibration.temperature)[0]
        return result

    def thresholds(self, precision: float) -> Thresholds:
        """Choose thresholds for the wished precision from letters that the model had not seen."""
        confidence = self._unseen.record.confidence.astype(np.float64)
        return thresholds(self._unseen.judged, confidence, self._unseen.record.right, precision)

    def unseen(self, text: str) -> Scores | None:
        """Return the scores of a letter that it was trained on as if it had not been, or None for any other text."""
        row = self._unseen.row_of.get(letter_key(fold(text).text))
        return None if row is None else self._unseen.scores[row]


def letter_key(folded: str) -> str:
    """Return what a folded text is known by: half of its SHA-256."""
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def load_trained(folder: Path) -> TrainedModel:
    """Read a version's folder; nothing in the files is ever executed.

    Raises :class:`DamagedError` when a file is missing, changed, or of another format, and :class:`UnavailableError`
    when the packages that run its encoder are not installed.
    """
    card = read_card(folder)
    check_files(folder, card.files)
    encoder = _load_encoder(folder / ENCODER_FOLDER) if card.weight else None
    return TrainedModel(card, load_model(folder / LINEAR_FOLDER), encoder, _load_unseen(folder / UNSEEN_FILE, card))


def _load_encoder(folder: Path) -> Encoder:
    try:
        from minxin.classifier.encoder.encoder import load_encoder
    except ImportError as error:
        raise UnavailableError("classifier.trained.no_vectors") from error
    return load_encoder(folder)


def _load_unseen(file: Path, card: Card) -> Unseen:
    try:
        with np.load(file, allow_pickle=False) as found:
            return Unseen(
                row_of={key: row for row, key in enumerate(found["keys"].tolist())},
                scores=found["scores"].astype(np.float64),
                judged=tuple(card.labels[column] for column in found["judged"].tolist()),
                record=Record(found["confidence"], found["right"]),
            )
    except (OSError, KeyError, ValueError, BadZipFile, IndexError) as error:
        raise DamagedError("classifier.trained.unreadable", file=UNSEEN_FILE) from error
