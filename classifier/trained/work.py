"""What a training run has finished so far (断点续训), so that one that was killed goes on from there.

Everything is a folder's files, each whole or not there; what can't be read counts as not there.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.durable import write_durably

Arrays = dict[str, NDArray[Any]]


class Work:
    """A folder of finished pieces, each a few arrays under a name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def recall(self, name: str) -> Arrays | None:
        """Return the piece, or None when it is not finished."""
        try:
            content = io.BytesIO(self._path(name).read_bytes())
            with np.load(content, allow_pickle=False) as found:
                return dict(found)
        except (OSError, ValueError, EOFError, BadZipFile):
            return None

    def keep(self, name: str, **arrays: NDArray[Any]) -> None:
        """Keep a finished piece."""
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        write_durably(self._path(name), buffer.getvalue())

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"


class KeptFolds:
    """The folds of one voice that are finished (:class:`minxin.classifier.training.KeptFolds`)."""

    def __init__(self, work: Work, voice: str) -> None:
        self._work = work
        self._voice = voice

    def recall(self, fold: int) -> NDArray[np.float64] | None:
        """Return the scores of the letters that the fold held out, in order, or None."""
        found = self._work.recall(f"{self._voice}-{fold}")
        return found["scores"] if found else None

    def keep(self, fold: int, scores: NDArray[np.float64]) -> None:
        """Keep the scores of the letters that the fold held out."""
        self._work.keep(f"{self._voice}-{fold}", scores=scores)
