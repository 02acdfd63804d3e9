"""Letters without labels teach the judge (自训练): read from files or the store, kept as a version, or left alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from minxin.classifier.learning.selftaught import SelfTeaching, self_teaching
from minxin.classifier.learning.version import (
    KeptTeaching,
    SelfTaughtCard,
    load_version,
    self_taught_card,
    write_version,
)
from minxin.classifier.shelf import SELF_TAUGHT, WORK, Shelf
from minxin.classifier.trained.building import OnProgress
from minxin.core.clock import Clock
from minxin.core.errors import DamagedError, InvalidInputError
from minxin.core.judgement import judged_text
from minxin.core.paging import PageRequest
from minxin.deploy.city import City
from minxin.deploy.judging import School, duties_of
from minxin.deploy.labelled import read_rows
from minxin.deploy.settings import Settings
from minxin.deploy.storing import open_store, store_exists, store_name
from minxin.deploy.training.making import alone
from minxin.deploy.training.page import percent

# More say little more, and the encoder keeps what it read of so many.
MOST_READ: Final = 8_000
COLUMNS: Final = ("subject", "body")
_PAGE: Final = 200
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Unlabelled(Struct, frozen=True):
    """Letters, and where they come from; ``found`` is how many there were before all but some were left out."""

    texts: tuple[str, ...]
    source: str
    found: int


def letters_in(path: Path) -> Unlabelled:
    """Read a CSV with ``subject`` and ``body``, or a folder of such files and of ``.txt`` files, a letter in each.

    The first line of a ``.txt`` is the subject. Raises :class:`InvalidInputError` as :func:`read_rows` does, and for a
    folder without letters.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    texts = [text for file in files for text in _letters_of(file, of_many=path.is_dir())]
    return _unlabelled(texts, str(path))


async def letters_of_store(settings: Settings, now: datetime) -> Unlabelled:
    """Return the letters that the service holds, imported ones among them; sealed ones are left out."""
    if not await store_exists(settings):
        return _unlabelled([], store_name(settings))
    store = await open_store(settings)
    try:
        texts: list[str] = []
        page = PageRequest(size=_PAGE)
        while True:
            found = await store.letters_within(_BEGINNING, now, page)
            texts += [judged_text(letter.subject, letter.text) for letter in found.items if letter.readable]
            if found.next is None or len(texts) >= MOST_READ:
                return _unlabelled(texts, store_name(settings))
            page = PageRequest(found.next, _PAGE)
    finally:
        await store.close()


def teach(
    letters: Unlabelled,
    settings: Settings,
    city: City,
    clock: Clock,
    progress: Callable[[str], None],
    tell: OnProgress,
) -> tuple[SelfTeaching, SelfTaughtCard | None]:
    """Learn from the letters; what they taught is kept and serves, unless they would do harm.

    ``progress`` is told of work that takes a while, ``tell`` of rounds. Raises :class:`UnavailableError` while another
    such teaching runs.
    """
    # What is kept holds words of letters, as the store does.
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    models = settings.data / "model"
    shelf = teaching_shelf(models)
    with alone(shelf.folder):
        school = School(city, models, settings.precision, progress)
        result = self_teaching(school.cold(), letters.texts, lambda done, of: tell("selftaught", done, of))
        if result.learner is None or result.agreement is None:
            return result, None
        made = shelf.folder / WORK
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        card = write_version(
            made,
            result.learner.lessons,
            source=letters.source,
            letters=result.letters,
            agreement=result.agreement,
            duties=school.duties,
            now=clock.now(),
        )
        shelf.put(made, card.version)
        shelf.use(card.version, check_of(city))
    return result, card


def check_of(city: City) -> Callable[[Path], KeptTeaching]:
    """Return what loads a version, and raises :class:`DamagedError` for one that can't serve this city."""
    return partial(load_version, duties=duties_of(city))


def teaching_shelf(models: Path) -> Shelf:
    """Return the shelf of what unlabelled letters taught."""
    return Shelf(models / SELF_TAUGHT)


def teaching_figures(folder: Path) -> str:
    """Return a line on one version, for people."""
    try:
        card = self_taught_card(folder)
    except DamagedError:
        return "已损坏 damaged"
    taught = sum(card.of_office.values())
    return f"{card.letters} 封未标注来信 letters, {taught} 封被采用 taught; 一致率 agreement {percent(card.agreement)}"


def _unlabelled(texts: Sequence[str], source: str) -> Unlabelled:
    different = sorted({text for text in texts if text.strip()})
    if not different:
        raise InvalidInputError("teach.no_letters", path=source)
    step = -(-len(different) // MOST_READ)
    return Unlabelled(tuple(different[::step]), source, len(different))


def _letters_of(file: Path, *, of_many: bool) -> list[str]:
    if of_many and file.suffix.lower() == ".txt":
        subject, _, body = file.read_text("utf-8", errors="replace").strip().partition("\n")
        return [judged_text(subject.strip(), body.strip())]
    if of_many and file.suffix.lower() != ".csv":
        return []
    return [judged_text(row["subject"], row["body"]) for _, row in read_rows(file, COLUMNS)]
