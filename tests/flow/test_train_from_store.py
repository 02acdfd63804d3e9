"""What the city's people decided is learnt by ``minxin train``: by the last word, without what was taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from minxin.consult.records import Example, ExampleSource
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.deploy.city import load_city
from minxin.deploy.settings import BUILTIN_CITY, Settings
from minxin.deploy.training.history import lessons_of_city
from minxin.store.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def example(number: int, office_id: str, source: ExampleSource, *, right: bool = True, letter: int = 0) -> Example:
    return Example(
        id=f"example{number}",
        text=f"第{letter}封来信\n望海路的路灯不亮，已经一个星期了。",
        office_id=office_id,
        right=right,
        source=source,
        letter_id=f"letter{letter}",
        by="clerk",
        at=NOW + timedelta(minutes=number),
    )


async def test_choices_of_people_are_learnt_beside_the_samples(tmp_path: Path) -> None:
    settings, city, clock = Settings(data=tmp_path, precision=0.9), load_city(BUILTIN_CITY), FixedClock(NOW)
    before, aimed = await lessons_of_city(settings, city, clock)
    assert aimed == 0.9
    store = await SqliteStore.open(tmp_path)
    taken_back = example(5, "shuiwu", ExampleSource.CLERK, letter=2)
    await store.commit(
        Changes(
            inserts=[
                example(1, "jiaotong", ExampleSource.CLERK),
                example(2, "jiaotong", ExampleSource.RETURN, right=False),
                example(3, "chengguan", ExampleSource.RULING),
                example(4, "shuiwu", ExampleSource.RETURN, right=False, letter=1),
                replace(taken_back, taken_back_by="clerk", taken_back_at=NOW + timedelta(hours=1)),
            ]
        )
    )
    await store.close()
    after, _ = await lessons_of_city(settings, city, clock)
    new = after.examples[len(before.examples) :]
    assert [(lesson.text[:5], lesson.label, lesson.weight) for lesson in new] == [("第0封来信", "chengguan", 2.0)]
    assert after.routable
    assert after.names["chengguan"] == city.office("chengguan").name
