"""Learns what a city calls offensive (训练辱骂与威胁识别): from labelled posts, and its letters as ordinary text."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from minxin.classifier.abuse.model import train_abuse
from minxin.classifier.abuse.version import AbuseCard, AbuseData, abuse_card, load_version, write_version
from minxin.classifier.shelf import ABUSE, WORK, Shelf
from minxin.classifier.trained.building import OnProgress
from minxin.classifier.version_card import checksum
from minxin.core.clock import Clock
from minxin.core.errors import DamagedError
from minxin.deploy.city import City
from minxin.deploy.labelled import read_posts
from minxin.deploy.settings import Settings
from minxin.deploy.training.history import lessons_of_city
from minxin.deploy.training.making import alone
from minxin.deploy.training.page import percent


def make_abuse(file: Path, settings: Settings, city: City, clock: Clock, tell: OnProgress) -> AbuseCard:
    """Learn from the posts of a file, keep the version, and let it serve.

    Raises :class:`InvalidInputError` for a file that can't be used or fewer than ten posts of either kind,
    :class:`UnavailableError` while another training of it runs.
    """
    posts = read_posts(file)
    shelf = abuse_shelf(settings.data / "model")
    with alone(shelf.folder):
        lessons, _ = asyncio.run(lessons_of_city(settings, city, clock))
        letters = [example.text for example in lessons.examples]
        model, proof = train_abuse(posts, letters, on_fold=lambda done, of: tell("abuse", done, of))
        data = AbuseData(
            source=str(file),
            posts=len(posts),
            offending=sum(offends for _, offends in posts),
            letters=len(set(letters)),
            sha256=checksum(repr((posts, letters)).encode("utf-8", "surrogatepass")),
        )
        made = shelf.folder / WORK
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        card = write_version(made, model, proof, data, clock.now())
        shelf.put(made, card.version)
        shelf.use(card.version, load_version)
    return card


def abuse_shelf(models: Path) -> Shelf:
    """Return the shelf of the learnt finders."""
    return Shelf(models / ABUSE)


def abuse_figures(folder: Path) -> str:
    """Return a line on one version, for people."""
    try:
        card = abuse_card(folder)
    except DamagedError:
        return "已损坏 damaged"
    proof, data = card.proof, card.data
    learnt = f"{data.posts} 条帖文 posts（{data.offending} 冒犯 offensive），{data.letters} 封来信 letters"
    right = f"查准 precision {percent(proof.precision)}, 查全 recall {percent(proof.recall)}"
    return f"{learnt}; macro F1 {proof.macro_f1:.3f}, {right}, 误标来信 letters flagged {percent(proof.flagged)}"
