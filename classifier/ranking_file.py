"""A ranking in a file: how its voices are joined, and what it needs so as not to read all letters again."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from msgspec import Struct

from minxin.classifier.calibration import Calibration
from minxin.classifier.durable import write_durably
from minxin.classifier.learning.topics import Topics
from minxin.classifier.learning.vectors import Background
from minxin.classifier.linear import Record
from minxin.classifier.ranking import Fit, Ranking, Scores
from minxin.core.errors import DamagedError

_FILE = "ranking.npz"
_DIGEST_BYTES = 32


class KeptRanking(Struct, frozen=True):
    """What was kept of a ranking; its lessons are read anew, from where they are kept."""

    background: Background
    unseen: dict[str, Scores]
    fit: Fit


def keep_ranking(folder: Path, ranking: Ranking) -> None:
    """Write what :func:`kept_ranking` reads; a crash leaves the file before it, or none."""
    fit, unseen = ranking.fit, ranking.unseen
    arrays = io.BytesIO()
    np.savez(
        arrays,
        idf=ranking.background.idf,
        topic_columns=ranking.background.topics.columns,
        topics=ranking.background.topics.directions,
        ids=np.array(list(unseen), dtype=np.str_),
        rows=np.array(list(unseen.values()), dtype=np.float64),
        joined=np.array([fit.trained_weight, fit.about_weight, *fit.scales, fit.calibration.temperature]),
        slopes=fit.calibration.slopes,
        offsets=fit.calibration.offsets,
        judged=np.array(fit.judged, dtype=np.str_),
        confidence=fit.record.confidence,
        right=fit.record.right,
    )
    content = arrays.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    write_durably(folder / _FILE, hashlib.sha256(content).digest() + content)


def kept_ranking(folder: Path) -> KeptRanking:
    """Read what :func:`keep_ranking` wrote; raises :class:`DamagedError` when it is missing or has been changed."""
    try:
        read = (folder / _FILE).read_bytes()
    except OSError as error:
        raise DamagedError("classifier.model.unreadable") from error
    digest, content = read[:_DIGEST_BYTES], read[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise DamagedError("classifier.model.checksum")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _assemble(arrays)
    except (BadZipFile, KeyError, ValueError) as error:
        raise DamagedError("classifier.model.unreadable") from error


def _assemble(arrays: Any) -> KeptRanking:
    weight, about, trained_scale, learnt_scale, temperature = arrays["joined"].tolist()
    fit = Fit(
        weight,
        about,
        (trained_scale, learnt_scale),
        Calibration(arrays["slopes"], arrays["offsets"], temperature),
        tuple(arrays["judged"].tolist()),
        Record(arrays["confidence"], arrays["right"]),
    )
    unseen = dict(zip(arrays["ids"].tolist(), arrays["rows"], strict=True))
    background = Background(arrays["idf"], Topics(arrays["topic_columns"], arrays["topics"]))
    return KeptRanking(background, unseen, fit)
