"""The judge of this installation: trained on the city's sample letters and duty texts at the first start, then kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from minxin import __version__
from minxin.classifier.abuse.finding import AbuseFinder
from minxin.classifier.abuse.version import load_version as load_abuse
from minxin.classifier.encoder.kept import KeptEncoder, TextEncoder, kept_vectors
from minxin.classifier.judge import Judge, Sample, cold_start, load_judge, train_judge
from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.ear import heads
from minxin.classifier.learning.version import load_version as load_teaching
from minxin.classifier.shelf import ABUSE, SELF_TAUGHT, Shelf, chosen
from minxin.classifier.trained.shelf import current_trained
from minxin.core.errors import DamagedError, MinxinError
from minxin.core.judgement import judged_text
from minxin.deploy.city import City
from minxin.deploy.vectors import encoder_at, encoder_version

SEED: Final = 1
MOST_LETTERS_AN_OFFICE: Final = 100
MOST_READERS: Final = 4  # each takes ten MiB


class School:
    """Where a city's judge is trained, and kept below ``models``; ``progress`` is told of what takes a while.

    ``refused`` are the versions that were chosen and can't be used. ``hearing`` gives the encoder of a version to the
    judge that was kept; without it, and to train, there is one of our own.
    """

    def __init__(
        self,
        city: City,
        models: Path,
        precision: float,
        progress: Callable[[str], None],
        hearing: Callable[[str], TextEncoder] | None = None,
    ) -> None:
        self._samples = _samples(city)
        self.duties = duties_of(city)
        self.refused: list[str] = []
        self._precision = precision
        self._progress = progress
        # Vectors help while an office has tens of letters; with hundreds the characters know better.
        few = len(self._samples) < MOST_LETTERS_AN_OFFICE * len(self.duties)
        self._version = encoder_version(models, progress) if few else None
        self._hearing = hearing or self._own_encoder
        self._own: TextEncoder | None = None
        self._heard: KeptEncoder | None = None
        self._models = models
        self._folder = models / _fingerprint(city.folder, self._version or "")

    def kept(self) -> Judge | None:
        """Return the judge kept for this city's letters and duties, or None when one must be trained.

        A damaged model is as good as none: it holds nothing that the city's files do not.
        """
        if not self._folder.is_dir():
            return None
        try:
            return load_judge(
                self._folder,
                self._samples,
                self.duties,
                precision=self._precision,
                encoder=self._kept_encoder(),
                trained=current_trained(self._models, self._damaged),
                teaching=Shelf(self._models / SELF_TAUGHT).serving(
                    lambda folder: load_teaching(folder, self.duties), self._damaged
                ),
            )
        except DamagedError:
            self._progress("模型文件已损坏，重新训练 / the kept model is damaged and is trained again")
            return None

    def cold(self) -> ColdStart:
        """Return what the duties alone say, as the judge that is kept begins with it."""
        judge = self.kept() or self.train()
        return cold_start(self._samples, self.duties, judge.ranking.background, self._kept_encoder())

    def abuse_finder(self) -> AbuseFinder:
        """Return the finder of abuse: the phrases, and the learnt model where one serves."""
        return AbuseFinder(Shelf(self._models / ABUSE).serving(load_abuse, self._damaged))

    def hurry(self, hurried: bool) -> None:
        """Have the judge that was kept hear less of the next letter, while more come than it can hear in full."""
        if self._heard:
            self._heard.hurry(hurried)

    def _kept_encoder(self) -> KeptEncoder | None:
        if self._version is not None:
            self._heard = KeptEncoder(self._hearing(self._version), kept_vectors(self._folder))
        return self._heard

    def _own_encoder(self, version: str) -> TextEncoder:
        self._own = self._own or encoder_at(self._models, self._progress)
        if self._own is None or self._own.version != version:
            raise DamagedError("classifier.encoder.unreadable")
        return self._own

    def _damaged(self, version: str, error: MinxinError) -> None:
        self.refused.append(version)
        self._progress(f"模型版本 {version} 不能使用（{error.reason}）/ model version {version} can't be used")

    def train(self) -> Judge:
        """Train a judge on the city's sample letters and the duties of its offices, and keep it; takes seconds.

        A letter that denounces an office teaches that, and no office: it is never routed by its matter.
        """
        self._progress("首次启动：训练分类模型 / first start: training the classifier")
        encoder = None
        if self._version is not None:
            encoder = KeptEncoder(self._own_encoder(self._version), readers=min(MOST_READERS, os.cpu_count() or 1))
            # Later each letter would be heard by itself, on one core.
            taught = [judged_text(sample.subject, sample.body) for sample in self._samples if sample.office]
            encoder([head for text in taught for head in heads(text)])
        self._heard = encoder
        judge = train_judge(self._samples, self.duties, seed=SEED, precision=self._precision, encoder=encoder)
        if encoder:
            encoder.keep(self._folder)
        judge.save(self._folder)
        # Whatever was chosen before there was a plain judge serves from now on.
        return (self.kept() or judge) if any(chosen(self._models)) else judge


def _samples(city: City) -> list[Sample]:
    routable = duties_of(city)
    return [
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


def duties_of(city: City) -> dict[str, tuple[str, ...]]:
    """Return what each office that letters are routed to says that it does, its name first."""
    return {office.id: (office.name, *office.duties) for office in city.offices if office.routable}


def _fingerprint(folder: Path, encoder: str) -> str:
    """Return a name for what a judge is trained on and by: other letters, duties or code need another judge."""
    digest = hashlib.sha256(f"{SEED} {__version__} {encoder}".encode())
    for name in ("offices.json", "samples.jsonl"):
        path = folder / name
        digest.update(msgspec.json.encode((name, path.read_bytes() if path.exists() else b"")))
    return digest.hexdigest()[:16]
