"""The judge of the office (``consult.ports.Judge``): the judge of topics, and who is competent at the places.

Topics are judged in a process of their own. Places are looked up here: it takes about a millisecond, and what a clerk
teaches is known at the next letter. Other processes of the service teach through the store, which is asked at most
twice a second.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from minxin.classifier.clauses import with_clauses
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.classifier.places.placing import Atlas, placed
from minxin.consult.place_records import KnownPlace
from minxin.core.fresh import Fresh
from minxin.core.judgement import Judgement
from minxin.core.places import Area
from minxin.deploy.territory import Territory, learn_place

FRESH: Final = timedelta(seconds=0.5)
# A place is stamped before it is committed, by a clock that may be another machine's.
OVERLAP: Final = timedelta(seconds=10)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TopicJudge(Protocol):
    """Judges what a letter is about."""

    async def judge(self, subject: str, body: str) -> Judgement: ...


class PlaceReads(Protocol):
    """Finds the places that people taught."""

    async def places_since(self, instant: datetime) -> list[KnownPlace]: ...


class PlacedJudge:
    """``consult.ports.Judge`` and ``consult.ports.Atlas``."""

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
