"""The rhythm of a simulated city: days, bursts, instants and numbers that follow from the seed alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import SHANGHAI
from minxin.deploy.simulated_days import LetterRhythm, Theme

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CALENDAR = load_calendar()


def plan(letters: int = 100_000, seed: int = 1) -> LetterRhythm:
    return LetterRhythm(letters, 3, NOW, CALENDAR, seed)


def test_every_letter_has_one_day() -> None:
    days = list(plan().days())

    assert days[0].first == 0
    assert all(day.first + day.count == after.first for day, after in zip(days, days[1:], strict=False))
    assert days[-1].first + days[-1].count == 100_000
    assert days[-1].day == date(2026, 3, 1)


def test_working_days_bring_more_letters_than_days_off() -> None:
    counts: dict[bool, list[int]] = {True: [], False: []}
    for day in plan().days():
        if not any(burst.theme is not Theme.HEATING for burst, _ in day.bursts):
            counts[CALENDAR.is_working_day(day.day)].append(day.count)

    working, off = (sum(found) / len(found) for found in (counts[True], counts[False]))
    assert 1.8 < working / off < 3.5


def test_heating_season_begins_with_a_burst() -> None:
    by_day = {day.day: day for day in plan().days()}

    first, later = by_day[date(2025, 11, 17)], by_day[date(2025, 12, 15)]  # two Mondays
    shares = [sum(share for burst, share in day.bursts if burst.theme is Theme.HEATING) for day in (first, later)]
    assert shares[0] > 3 * shares[1] > 0


def test_letters_of_a_day_come_in_order_and_mostly_by_day() -> None:
    made = plan()
    day = max(made.days(), key=lambda one: one.count)

    arrivals = made.arrivals(day)

    assert arrivals == sorted(arrivals)
    assert {at.astimezone(SHANGHAI).date() for at in arrivals} == {day.day}
    hours = Counter(at.astimezone(SHANGHAI).hour for at in arrivals)
    assert sum(hours[hour] for hour in range(8, 18)) > 5 * sum(hours[hour] for hour in range(6))
    assert all(at < NOW - timedelta(hours=1) for at in arrivals)


def test_numbers_are_those_that_an_empty_store_gives() -> None:
    made = plan(1000)
    counts: Counter[int] = Counter()
    for day in made.days():
        for index in range(day.first, day.first + day.count):
            counts[day.day.year] += 1
            assert made.number(index) == f"{day.day.year}-{counts[day.day.year]:06d}"


def test_days_go_on_in_the_middle() -> None:
    made = plan(1000)

    day = next(made.days(after=500))

    assert day.first <= 500 < day.first + day.count


def test_same_seed_gives_the_same_days_and_another_one_others() -> None:
    assert list(plan().days()) == list(plan().days())
    assert list(plan().days()) != list(plan(seed=2).days())
