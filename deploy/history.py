"""A city's past, told again (演示历史): letters at many stages, made with the real decisions and a seeded clock.

Each letter is committed twice: its intake, which gives it its number, and then everything that followed, folded into
the records as they ended. The events, limits and figures are those that the service itself would have written.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from msgspec.structs import replace

from minxin.consult import intake
from minxin.consult.deadlines import local_day
from minxin.consult.decision import Deed
from minxin.consult.intake import Submission
from minxin.consult.limits import Limits
from minxin.consult.ports import Judge
from minxin.consult.records import Channel, Letter
from minxin.core.actor import Actor
from minxin.core.clock import SHANGHAI
from minxin.core.ids import new_id
from minxin.core.judgement import Judgement
from minxin.core.store import Store
from minxin.deploy.city import City, Sample
from minxin.deploy.story import Staff, Story

BATCH: Final = 64
DAYS: Final = 120


class Historian:
    """Tells the past of a city up to ``now``; the same seed tells the same past."""

    def __init__(self, city: City, limits: Limits, judge: Judge, staff: Staff, now: datetime, seed: int = 1) -> None:
        self._limits = limits
        self._staff = staff
        self._now = now
        self._random = random.Random(seed)  # noqa: S311 - a told story, no secret
        self._judge = judge
        self._story = Story(city, limits, staff, now)
        self._advice: dict[Sample, Judgement] = {}
        self._samples = [sample for sample in city.samples() if not sample.denounces]

    async def tell(self, store: Store, writers: Sequence[Actor], count: int, progress: Callable[[int], None]) -> None:
        """Write ``count`` letters into an empty store, oldest first."""
        arrivals = sorted(self._arrival() for _ in range(count))
        for start in range(0, count, BATCH):
            tales = await asyncio.gather(
                *(self._intake(store, self._random.choice(writers), at) for at in arrivals[start : start + BATCH])
            )
            followed = [
                self._story.follow(letter, sample, self._advice[sample], self._random).changes()
                for letter, sample in tales
            ]
            await asyncio.gather(*(store.commit(changes) for changes in followed))
            progress(min(count, start + BATCH))

    async def _intake(self, store: Store, writer: Actor, at: datetime) -> tuple[Letter, Sample]:
        sample = self._random.choice(self._samples)
        channel = self._random.choices((Channel.WEB, Channel.MAIL, Channel.COUNTER), (70, 15, 15))[0]
        actor = self._random.choice(self._staff.clerks) if channel is Channel.COUNTER else writer
        submission = Submission(
            new_id(), sample.kind, sample.subject, sample.body, sample.place, self._random.random() < 0.3
        )
        deed = Deed(actor, at, "history")
        letter, changes = intake.from_form(deed, submission, [], self._limits, writer_id=writer.id, channel=channel)
        changes.jobs.clear()
        changes.outbox.clear()
        committed = await store.commit(changes)
        if sample not in self._advice:
            self._advice[sample] = await self._judge.judge(sample.subject, sample.body, sample.place)
        return replace(letter, number=committed.numbers[letter.id], version=1), sample

    def _arrival(self) -> datetime:
        """More letters come in recent weeks and by day than by night."""
        age = timedelta(days=DAYS * self._random.random() ** 1.5)
        day = local_day(self._now - age)
        hour = min(23.9, max(0.1, self._random.gauss(14, 4)))
        at = datetime.combine(day, time(int(hour), self._random.randint(0, 59)), SHANGHAI)
        return min(at, self._now - timedelta(minutes=1)).astimezone(self._now.tzinfo)
