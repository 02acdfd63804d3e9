"""The plain judge: characters 1 to 3, TF-IDF, logistic regression, one temperature, and its own record of errors.

Prediction needs numpy alone; scikit-learn is only imported by :mod:`minxin.classifier.training`.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.ngrams import Features, Vocabulary
from minxin.core.errors import DamagedError

FORMAT = 1
_ARRAYS, _CARD = "model.npz", "model.json"


class Settings(Struct, frozen=True):
    """What was chosen by cross-validation on city letters; part of the model's version."""

    subject_weight: int = 2
    regularisation: float = 10.0  # liblinear's C: the cost of an error
    plenty_regularisation: float = 100.0
    tolerance: float = 0.1
    folds: int = 5
    duty_weight: float = 3.0
    plenty_from: int = 2_000  # texts; with tens of letters a label a block of the subject alone costs nine points
    rare_below: int = 2  # with plenty of texts, n-grams that occur in fewer are left out


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
    intercepts: NDArray[np.float32]
    temperature: float
    record: Record
    examples: int

    def features(self, folded: str) -> Features:
        """Return the vector of a folded text."""
        return self.vocabulary.features(folded)

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Return the calibrated probability of each label."""
        scores = features.values @ self.weights[features.columns] + self.intercepts
        result: NDArray[np.float64] = softmax(scores.astype(np.float64)[None, :] / self.temperature)[0]
        return result

    def save(self, folder: Path) -> None:
        """Write the model into ``folder``; the card, which holds the checksum of the arrays, is written last."""
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        np.savez(buffer, **self._arrays())
        arrays = buffer.getvalue()
        _replace(folder / _ARRAYS, arrays)
        card = _Card(
            format=FORMAT,
            version=self.version,
            labels=self.labels,
            subject_weight=self.vocabulary.subject_weight,
            subject_block=self.vocabulary.subject_block,
            temperature=self.temperature,
            examples=self.examples,
        )
        card.sha256 = _checksum(card, arrays)
        _replace(folder / _CARD, msgspec.json.format(msgspec.json.encode(card), indent=2))

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
    subject_block: bool
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


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row of scores into probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return result


def _checksum(card: _Card, arrays: bytes) -> str:
    unsigned = msgspec.structs.replace(card, sha256="")
    return hashlib.sha256(msgspec.json.encode(unsigned) + arrays).hexdigest()


def _assemble(card: _Card, arrays: Any) -> Model:
    return Model(
        version=card.version,
        labels=card.labels,
        vocabulary=Vocabulary(arrays["keys"], arrays["idf"], card.subject_weight, card.subject_block),
        weights=arrays["weights"],
        intercepts=arrays["intercepts"],
        temperature=card.temperature,
        record=Record(arrays["confidence"], arrays["right"]),
        examples=card.examples,
    )


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_suffix(path.suffix + ".part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
