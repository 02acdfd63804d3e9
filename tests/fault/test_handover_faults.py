"""Nobody who called a person is lost: nobody on duty, the staff's browser torn away, the service killed in the middle.

The city runs in its own process as in service. ``tests/bench/bench_handover.py`` does the same with 200 chats.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.handover import (
    NEGLIGENT,
    QUICK,
    Said,
    lost,
    nobody_is_there,
    served_city,
    service_is_killed,
    settled,
    staff_are_torn_away,
)
from support.live import LiveCity, audit_verify

CHATS = 8  # of each kind
pytestmark = pytest.mark.fault


async def test_no_chat_is_lost_whatever_dies(live_city: LiveCity, tmp_path: Path) -> None:
    city, said = served_city(live_city, tmp_path, QUICK), Said()
    await city.start()
    await nobody_is_there(city, CHATS, said, "甲")
    answered = await staff_are_torn_away(city, CHATS, said, "乙")
    await settled(city)
    await service_is_killed(city, CHATS, said, "丙", after_s=2.0)
    await settled(city)
    assert await city.stop() == 0
    assert answered, "nobody was answered: the test means nothing"
    assert len(said.words) >= 3 * CHATS
    assert await lost(city.data, said) == []
    status, output = await audit_verify(city.data)
    assert status == 0, output


async def test_the_count_sees_what_a_service_that_looks_after_nobody_loses(live_city: LiveCity, tmp_path: Path) -> None:
    city, said = served_city(live_city, tmp_path, NEGLIGENT), Said()
    await city.start()
    await staff_are_torn_away(city, 3, said, "丁")
    await settled(city, within_s=6)
    await city.stop()
    assert len(await lost(city.data, said)) == 2
