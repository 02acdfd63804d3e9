"""A shelf with everything that ships with the built-in city: its knowledge, matters, duties and synonyms."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from minxin.classifier.retrieval.entries import Entry
from minxin.classifier.retrieval.reading import Reading
from minxin.classifier.retrieval.shelf import Encoder, Shelf
from minxin.classifier.retrieval.synonyms import Synonyms
from minxin.classifier.retrieval.vector_file import VectorFile
from minxin.consult.assistant.passages import passage_of_duty
from minxin.consult.knowledge.passages import passage_of_entry
from minxin.consult.matters.entries import matter_of
from minxin.consult.matters.passages import passages_of_matter
from minxin.consult.matters.reading import read_matters
from minxin.core.passages import Passage
from minxin.deploy.city import City, load_city
from minxin.deploy.city_knowledge import load_knowledge
from minxin.deploy.passages import entry_of
from minxin.deploy.populate import _record
from minxin.deploy.settings import BUILTIN_CITY

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def city_passages() -> Iterator[Passage]:
    """Yield every passage of the built-in city."""
    city = load_city(BUILTIN_CITY)
    found = [passage_of_entry(entry) for entry in load_knowledge(city, AT)]
    found += [passage_of_duty(_record(office)) for office in city.offices]
    yield from (passage for passage in found if passage is not None)
    for entry in read_matters((city.folder / "matters.json").read_bytes(), _offices(city)).entries:
        yield from passages_of_matter(matter_of(entry, AT))


def city_synonyms() -> Synonyms:
    """Return the built-in city's table of synonyms."""
    with (BUILTIN_CITY / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        return Synonyms((row["said"], row["meant"]) for row in csv.DictReader(file))


def city_shelf(encoder: Encoder | None = None, vectors: Path | None = None) -> Shelf:
    """Return a shelf of the built-in city; with an encoder its vectors are kept in the file ``vectors``."""
    return filled((entry_of(passage) for passage in city_passages()), city_synonyms(), encoder, vectors)


def filled(
    entries: Iterator[Entry], synonyms: Synonyms, encoder: Encoder | None = None, vectors: Path | None = None
) -> Shelf:
    """Return a shelf with these entries, read."""
    shelf = Shelf(encoder)
    shelf.synonyms = synonyms
    reading = None
    if encoder is not None and vectors is not None:
        reading = Reading(shelf, encoder, VectorFile(vectors, encoder([], "passage").shape[1]))
    for entry in entries:
        shelf.put(entry)
        if reading is not None:
            reading.wait_for(entry)
    shelf.publish()
    while reading is not None and reading.waits():
        reading.read_one()
    return shelf


def _offices(city: City) -> list[str]:
    return [office.id for office in city.offices]
