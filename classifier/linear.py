"""The plain judge: characters 1 to 3, TF-IDF, one line for each label, calibrated, and its own record of errors.

Prediction needs numpy alone; scikit-learn is only imported by :mod:`minxin.classifier.training`.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import joined
from minxin.classifier.durable import write_durably
from minxin.classifier.ngrams import Features, Vocabulary
from minxin.core.errors import DamagedError

FORMAT = 2
_ARRAYS, _CARD = "model.npz", "model.json"


class Fit(Struct, frozen=True):
    """How a label's line is fitted: a linear support vector machine over n-grams weighed by their log-count ratio.

    An n-gram that is as frequent among the label's letters as among the others says little; it is weighed by the ratio
    of the two frequencies (Wang & Manning 2012, "Baselines and bigrams") before the line is fitted.
    """

    cost: float  # liblinear's C: the cost of an error
    smoothing: float  # added to the weight of each n-gram on both sides before the ratio is taken
    ratio_power: float  # 1 takes the ratio as it is, 0 not at all
    rare_below: int  # n-grams that occur in fewer texts are left out
    blocks: bool  # subject and body speak in blocks of their own, too


class Settings(Struct, frozen=True):
    """What was chosen by cross-validation on city letters; part of the model's version."""

    subject_weight: int = 2
    few: Fit = Fit(cost=0.3, smoothing=0.3, ratio_power=0.3, rare_below=1, blocks=False)
    plenty: Fit = Fit(cost=0.5, smoothing=0.01, ratio_power=1.0, rare_below=5, blocks=True)
    plenty_from: int = 2_000  # texts; with tens of letters a label, blocks and rare n-grams left out cost nine points
    tolerance: float = 0.05
    folds: int = 5
    duty_weight: float = 3.0


class Record(Struct, frozen=True):
    """What the model said of letters that it had not seen in training: its confidence, and whether it was right."""

    confidence: NDArray[np.float32]
    right: NDArray[np.bool_]

    def threshold(self, precision: float) -> float:
        """Return the lowest confidence from which on at least ``precision`` of the letters are right, or infinity.

        One more error is counted than was seen, which makes the promise hold for the next letter (conformal risk
        control, Angelopoulos et al. 2022, theorem 1); twenty right letters are the least that 0.95 can rest on.
        """
        order = np.argsort(-self.confidence, kind="stable")
        wrong = np.cumsum(~self.right[order])
        taken = np.arange(1, len(order) + 1)
        enough = (wrong + 1) / (taken + 1) <= 1.0 - precision + 1e-9
        confidence = self.confidence[order]
        enough[:-1] &= confidence[:-1] != confidence[1:]
        last = np.flatnonzero(enough)
        return float(confidence[last[-1]]) if len(last) else float("inf")


class Model(Struct, frozen=True):
    """A trained model; the same input gives the same output before saving and after loading."""

    version: str
    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: NDArray[np.float32]  # one row for each n-gram, one column for each label
    intercepts: NDArray[np.float32]  # the scores are log-odds of each label on its own
    temperature: float
    record: Record
    examples: int

    def features(self, folded: str) -> Features:
        """Return the vector of a folded text."""
        return self.vocabulary.features(folded)

    def scores(self, features: Features) -> NDArray[np.float64]:
        """Return the log-odds of each label on its own."""
        result: NDArray[np.float64] = (features.values @ self.weights[features.columns] + self.intercepts).astype(
            np.float64
        )
        return result

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Return the calibrated probability of each label."""
        result: NDArray[np.float64] = joined(self.scores(features)[None, :], self.temperature)[0]
        return result

    def save(self, folder: Path) -> None:
        """Write the model into ``folder``; the card, which holds the checksum of the arrays, is written last."""
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        np.savez(buffer, **self._arrays())
        arrays = buffer.getvalue()
        write_durably(folder / _ARRAYS, arrays)
        card = _Card(
            format=FORMAT,
            version=self.version,
            labels=self.labels,
            subject_weight=self.vocabulary.subject_weight,
            blocks=self.vocabulary.blocks,
            temperature=self.temperature,
            examples=self.examples,
        )
        card.sha256 = _checksum(card, arrays)
        write_durably(folder / _CARD, msgspec.json.format(msgspec.json.encode(card), indent=2))

    def _arrays(self) -> dict[str, Any]:
        return {
            "keys": self.vocabulary.keys,
            "idf": self.vocabulary.idf,
            "weights": self.weights,
            "intercepts": self.intercepts,
            "confidence": self.record.confidence,
            "right": self.record.right,
        }


class _Card(Struct):
    format: int
    version: str
    labels: tuple[str, ...]
    subject_weight: int
    blocks: bool
    temperature: float
    examples: int
    sha256: str = ""


_card = msgspec.json.Decoder(_Card)


def load_model(folder: Path) -> Model:
    """Read what :meth:`Model.save` wrote; nothing in the files is ever executed.

    Raises :class:`DamagedError` when a file is missing, of another format, or does not have its checksum.
    """
    try:
        card = _card.decode((folder / _CARD).read_bytes())
        content = (folder / _ARRAYS).read_bytes()
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise DamagedError("classifier.model.unreadable") from error
    if card.format != FORMAT:
        raise DamagedError("classifier.model.format", format=card.format)
    if _checksum(card, content) != card.sha256:
        raise DamagedError("classifier.model.checksum")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _assemble(card, arrays)
    except (BadZipFile, KeyError, ValueError) as error:
        raise DamagedError("classifier.model.unreadable") from error


def _checksum(card: _Card, arrays: bytes) -> str:
    unsigned = msgspec.structs.replace(card, sha256="")
    return hashlib.sha256(msgspec.json.encode(unsigned) + arrays).hexdigest()


def _assemble(card: _Card, arrays: Any) -> Model:
    return Model(
        version=card.version,
        labels=card.labels,
        vocabulary=Vocabulary(arrays["keys"], arrays["idf"], card.subject_weight, card.blocks),
        weights=arrays["weights"],
        intercepts=arrays["intercepts"],
        temperature=card.temperature,
        record=Record(arrays["confidence"], arrays["right"]),
        examples=card.examples,
    )
