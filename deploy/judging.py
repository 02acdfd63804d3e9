"""The judge of this installation: trained on the city's sample letters and duty texts at the first start, then kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from minxin import __version__
from minxin.classifier.judge import Judge, Sample, load_judge, train_judge
from minxin.core.errors import DamagedError
from minxin.deploy.city import City

SEED: Final = 1


def load_kept(city: City, models: Path, precision: float, progress: Callable[[str], None]) -> Judge | None:
    """Return the judge kept below ``models`` for this city's letters and duties, or None when one must be trained.

    A damaged model is as good as none: it holds nothing that the city's files do not.
    """
    folder = models / _fingerprint(city.folder)
    if folder.is_dir():
        try:
            return load_judge(folder, precision=precision)
        except DamagedError:
            progress("模型文件已损坏，重新训练 / the kept model is damaged and is trained again")
    return None


def train_and_keep(city: City, models: Path, precision: float, progress: Callable[[str], None]) -> Judge:
    """Train a judge (takes seconds) and keep it below ``models``."""
    progress("首次启动：训练分类模型 / first start: training the classifier")
    judge = train(city, precision)
    judge.save(models / _fingerprint(city.folder))
    return judge


def train(city: City, precision: float) -> Judge:
    """Train a judge on the city's sample letters and the duties of its offices.

    A letter that denounces an office teaches that, and no office: it is never routed by its matter.
    """
    routable = {office.id: office for office in city.offices if office.routable}
    samples = [
        Sample(
            sample.subject,
            sample.body,
            sample.office if sample.office in routable else None,
            sample.kind,
            sample.urgent,
            sample.denounces,
        )
        for sample in city.samples()
    ]
    duties = {office.id: "\n".join((office.name, *office.duties)) for office in routable.values()}
    return train_judge(samples, duties, seed=SEED, precision=precision)


def _fingerprint(folder: Path) -> str:
    """Return a name for what a judge is trained on and by: other letters, duties or code need another judge."""
    digest = hashlib.sha256(f"{SEED} {__version__}".encode())
    for name in ("offices.json", "samples.jsonl"):
        path = folder / name
        digest.update(msgspec.json.encode((name, path.read_bytes() if path.exists() else b"")))
    return digest.hexdigest()[:16]
