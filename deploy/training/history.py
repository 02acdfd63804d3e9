"""What a city's model learns from (训练数据): a file of letters, or its samples and what its people decided since."""

from __future__ import annotations

from pathlib import Path

from minxin.classifier.trained.building import Lessons
from minxin.classifier.training import Example
from minxin.consult.precision import Precision
from minxin.core.clock import Clock
from minxin.core.judgement import judged_text
from minxin.deploy.city import City
from minxin.deploy.labelled import read_labelled
from minxin.deploy.lessons import LessonFeed
from minxin.deploy.settings import Settings
from minxin.deploy.storing import open_store, store_exists, store_name


def lessons_of_file(file: Path, city: City) -> Lessons:
    """Read a CSV of letters whose label is an office (by id or name), or a class of any kind.

    Only letters whose labels are all offices make a model that routes. Raises :class:`InvalidInputError` as
    :func:`read_labelled` does.
    """
    examples = read_labelled(file)
    office_of = {
        called: office.id
        for office in city.offices
        if office.routable
        for called in (office.short, office.name, office.id)
    }
    if not all(example.label in office_of for example in examples):
        return Lessons(examples, {}, {}, str(file), routable=False)
    named = [Example(example.text, office_of[example.label], example.weight) for example in examples]
    return Lessons(named, _duties(city), _names(city), str(file), routable=True)


async def lessons_of_city(settings: Settings, city: City, clock: Clock) -> tuple[Lessons, float]:
    """Return the city's own letters with the offices that people chose, and the precision that is aimed at."""
    names = _names(city)
    examples = [
        Example(judged_text(sample.subject, sample.body), sample.office)
        for sample in city.samples()
        if sample.office in names and not sample.denounces
    ]
    source = str(city.folder / "samples.jsonl")
    if not await store_exists(settings):
        return Lessons(examples, _duties(city), names, source, routable=True), settings.precision
    store = await open_store(settings)
    try:
        precision = Precision(store, clock, settings.precision)
        successors = {former: office.id for office in city.offices for former in office.formerly}
        news = [piece async for piece in LessonFeed(store, precision, set(names), successors).news()]
        aimed = (await precision.now()).aimed
    finally:
        await store.close()
    decided = [
        Example(lesson.text, lesson.office, float(lesson.weight))
        for piece in news
        for lesson in piece.lessons
        if lesson.office is not None
    ]
    return Lessons(examples + decided, _duties(city), names, f"{source} + {store_name(settings)}", routable=True), aimed


def _names(city: City) -> dict[str, str]:
    return {office.id: office.name for office in city.offices if office.routable}


def _duties(city: City) -> dict[str, str]:
    return {office.id: "\n".join((office.name, *office.duties)) for office in city.offices if office.routable}
