"""The judge of the office (``consult.ports.Judge``): the judge of topics, and who is competent at the places.

Topics are judged in a process of their own. Places are looked up here: it takes about a millisecond, and what a clerk
teaches is known at the next letter. Other processes of the service teach through the store, which is asked at most
twice a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Protocol

from minxin.classifier.clauses import with_clauses
from minxin.classifier.places.finder import find_places
from minxin.classifier.places.gazetteer import LEAST_NAME, Gazetteer
from minxin.classifier.places.placing import Atlas, placed
from minxin.consult.place_records import KnownPlace
from minxin.core.fresh import Fresh
from minxin.core.judgement import Judgement
from minxin.core.places import Area, Place
from minxin.deploy.territory import Territory, learn_place

FRESH: Final = timedelta(seconds=0.5)
# A place is stamped before it is committed, by a clock that may be another machine's.
OVERLAP: Final = timedelta(seconds=10)
MOST_LIKE: Final = 20
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TopicJudge(Protocol):
    """Judges what a letter is about."""

    async def judge(self, subject: str, body: str) -> Judgement: ...


class PlaceReads(Protocol):
    """Finds the places that people taught."""

    async def places_since(self, instant: datetime) -> list[KnownPlace]: ...


class PlacedJudge:
    """``consult.ports.Judge``, ``consult.ports.Atlas`` and ``consult.directory.OfficeMap``."""

    def __init__(
        self,
        topics: TopicJudge,
        territory: Territory,
        taught: PlaceReads,
        *,
        fresh: timedelta = FRESH,
    ) -> None:
        self._topics = topics
        self._taught = taught
        self._atlas = Atlas(territory.gazetteer(), territory.matters, territory.offices)
        self._clauses = territory.clauses
        self._areas = territory.offices.areas()
        self._caught_up: Fresh[None] = Fresh(fresh)
        self._seen = _BEGINNING

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        """Return the judgement with its places, the rule that decided the office, and the duty clause of each office.

        Raises ``UnavailableError`` when the judge of topics can't be had.
        """
        judgement, _ = await asyncio.gather(
            self._topics.judge(subject, body), self._caught_up.get("places", self._catch_up)
        )
        judgement = placed(judgement, self._atlas, subject, body, place)
        return with_clauses(judgement, self._clauses, subject, body)

    async def known_places(self, words: str) -> tuple[Place, ...]:
        """Return the places that the words name; without any, those whose names hold the words."""
        await self._caught_up.get("places", self._catch_up)
        named = find_places(self._atlas.gazetteer, "", words)
        return tuple(one for one in named if one.known) or self._like(words.strip())

    def office_areas(self) -> Mapping[str, Area]:
        """Return by id the area of each office that has one smaller than the city."""
        return self._areas

    def _like(self, words: str) -> tuple[Place, ...]:
        if len(words) < LEAST_NAME:
            return ()
        entries = (one for one in self._atlas.gazetteer.entries() if words in one.name)
        return tuple(Place(0, 0, words, one.name, one.kind, one.area) for one in islice(entries, MOST_LIKE))

    @property
    def gazetteer(self) -> Gazetteer:
        """Return the names that the city knows, with those that people taught."""
        return self._atlas.gazetteer

    def streets(self) -> tuple[Area, ...]:
        """Return the areas of all streets and towns, those of a district together."""
        return tuple(sorted(self._atlas.gazetteer.streets(), key=self._district_order))

    def learn_place(self, place: KnownPlace) -> None:
        """Use the place from the next judgement on, or no more when it was taken back."""
        learn_place(self._atlas.gazetteer, place)

    async def _catch_up(self) -> None:
        """Learn what was kept since the last look."""
        for place in await self._taught.places_since(self._seen):
            self.learn_place(place)
            self._seen = max(self._seen, place.at - OVERLAP)

    def _district_order(self, area: Area) -> int:
        """Keep the order of the city's list, district by district."""
        districts = list(dict.fromkeys(one[0] for one in self._atlas.gazetteer.streets()))
        return districts.index(area[0])
