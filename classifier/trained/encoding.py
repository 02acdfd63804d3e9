"""The encoder's part in a training (编码器微调): which base is tuned how, and what each fold's encoder says.

Letters are judged by the 8-bit graph that would serve, so that what the quantisation costs is in the figures.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace

from minxin.classifier.calibration import Numbers, Scores
from minxin.classifier.encoder.encoder import load_encoder
from minxin.classifier.encoder.export import E5_PREFIXES, export
from minxin.classifier.encoder.folder import read_folder
from minxin.classifier.encoder.weights import Weights, bundled_file, read_bundled
from minxin.classifier.trained.tuning import Tuner, Tuning
from minxin.classifier.trained.work import Work
from minxin.core.errors import UnavailableError

OnProgress = Callable[[str, int, int], None]
Taught = tuple[list[str], Numbers]
_NO_PREFIXES = {"query": "", "passage": ""}


class TuningPlan:
    """Tunes encoders from one base. ``judged_folds`` is on how many folds the tuned encoder is tried.

    One more is tuned on all letters, when the encoder is chosen.
    """

    def __init__(
        self, name: str, base: Weights, prefixes: Mapping[str, str], tuning: Tuning, judged_folds: int
    ) -> None:
        self.name = name
        self.tuning = tuning
        self.judged_folds = judged_folds
        self._base = base
        self._prefixes = prefixes
        self._tuner: Tuner | None = None

    @property
    def fingerprint(self) -> str:
        """Return a name for what is tuned, and how."""
        digest = hashlib.sha256(msgspec.json.encode((self.name, self.tuning, self._prefixes)) + self._base.tokenizer)
        for name in sorted(self._base.arrays):
            digest.update(self._base.arrays[name].tobytes())
        return digest.hexdigest()

    def judge_fold(
        self,
        number: int,
        taught: Taught,
        others: Sequence[int],
        held_out: Sequence[int],
        labels: int,
        work: Work,
        tell: OnProgress,
    ) -> Scores:
        """Return what an encoder that was tuned on the ``others`` says of the texts that were held out."""
        folder = self._tuned(f"encoder-fold-{number}", taught, others, labels, work, tell)
        encoder = load_encoder(folder)
        rows = []
        for done, row in enumerate(held_out, start=1):
            rows.append(encoder.logits([taught[0][row]])[0])
            tell("encoder.judge", done, len(held_out))
        shutil.rmtree(folder)
        return np.array(rows, dtype=np.float64)

    def tune_all(self, taught: Taught, labels: int, work: Work, tell: OnProgress) -> Path:
        """Return the folder of an encoder that was tuned on everything."""
        return self._tuned("encoder-all", taught, range(len(taught[0])), labels, work, tell)

    def _tuned(self, name: str, taught: Taught, rows: Sequence[int], labels: int, work: Work, tell: OnProgress) -> Path:
        texts, columns = taught
        if self._tuner is None:
            self._tuner = Tuner(
                self._base,
                work.folder,
                texts,
                self.tuning,
                self._prefixes["query"],
                lambda done, of: tell("encoder.read", done, of),
            )
        checkpoint, folder = work.folder / f"{name}.ckpt", work.folder / name
        weights = self._tuner.fit(
            rows, columns[list(rows)].tolist(), labels, checkpoint, lambda done, of: tell("encoder.tune", done, of)
        )
        names = [str(column) for column in range(labels)]
        export(weights, folder, labels=names, most_tokens=self.tuning.most_tokens, prefixes=self._prefixes)
        return folder


def plan_for(base: Path | None, tuning: Tuning, judged_folds: int) -> TuningPlan:
    """Return the plan for a Hugging Face folder, or for the bundled encoder where ``base`` is None.

    Raises :class:`UnavailableError` where nothing is bundled, and :class:`DamagedError` or :class:`InvalidInputError`
    for a folder that can't be used.
    """
    if base is not None:
        weights = read_folder(base)
        # A base of few layers learns with at least half of them.
        frozen = min(tuning.frozen_layers, weights.shape.layers // 2)
        return TuningPlan(base.name, weights, _NO_PREFIXES, replace(tuning, frozen_layers=frozen), judged_folds)
    file = bundled_file()
    if file is None:
        raise UnavailableError("train.no_base")
    return TuningPlan("multilingual-e5-small", read_bundled(file), E5_PREFIXES, tuning, judged_folds)
