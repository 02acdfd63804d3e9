"""What the judge's process is told of people's choices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from support.pages import page_of

from minxin.classifier.learning.lessons import Lesson
from minxin.consult.precision import begin
from minxin.consult.precision_records import RoutingPrecision
from minxin.consult.records import Example, ExampleSource
from minxin.core.errors import UnavailableError
from minxin.core.paging import Page, PageRequest
from minxin.deploy.judge_frames import News
from minxin.deploy.lessons import PIECE, RULING_WEIGHT, LessonFeed

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
OFFICES = ("lamps", "roads", "police")


class Kept:
    """Examples and the precision, as the store has them."""

    def __init__(self) -> None:
        self.examples: list[Example] = []
        self.precision = begin(0.95, NOON)
        self.pages_left: int | None = None  # before it can't be read any more

    async def examples_since(self, instant: datetime, page: PageRequest) -> Page[Example]:
        if self.pages_left is not None:
            if not self.pages_left:
                raise UnavailableError
            self.pages_left -= 1
        found = sorted((one for one in self.examples if one.changed_at >= instant), key=lambda one: one.changed_at)
        return page_of(found, page)

    async def now(self) -> RoutingPrecision:
        return self.precision

    def say(
        self,
        office: str,
        *,
        right: bool = True,
        source: ExampleSource = ExampleSource.CLERK,
        letter: str = "letter",
        text: str = "路灯\n路灯坏了",
    ) -> None:
        number = len(self.examples)
        at = NOON + timedelta(minutes=number)
        self.examples.append(
            Example(
                id=f"{number:05}",
                text=text,
                office_id=office,
                right=right,
                source=source,
                letter_id=letter,
                by="clerk",
                at=at,
            )
        )

    def take_back(self, number: int) -> None:
        at = NOON + timedelta(hours=1)
        self.examples[number] = replace(self.examples[number], taken_back_by="clerk", taken_back_at=at)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def feed(kept: Kept) -> LessonFeed:
    successors = {"lights": "lamps", "lanterns": "lights", "round": "about", "about": "round"}
    return LessonFeed(kept, kept, OFFICES, successors, fresh=timedelta())


async def said(feed: LessonFeed) -> list[News]:
    return [piece async for piece in feed.news()]


async def lessons(feed: LessonFeed) -> list[Lesson]:
    return [lesson async for piece in feed.news() for lesson in piece.lessons]


async def test_first_news_are_the_precision_to_aim_at(feed: LessonFeed, kept: Kept) -> None:
    assert await said(feed) == [News((), (), 0.95)]
    assert await said(feed) == []
    kept.precision = replace(kept.precision, aimed=0.975)
    assert await said(feed) == [News((), (), 0.975)]


async def test_choice_becomes_a_lesson_once(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    (lesson,) = await lessons(feed)
    assert (lesson.text, lesson.office, lesson.refused, lesson.weight) == ("路灯\n路灯坏了", "lamps", (), 1)
    assert await lessons(feed) == []


async def test_return_and_ruling_change_the_lesson_of_the_same_letter(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    (first,) = await lessons(feed)
    kept.say("lamps", right=False, source=ExampleSource.RETURN)
    kept.say("roads", source=ExampleSource.RETURN)
    (second,) = await lessons(feed)
    kept.say("police", source=ExampleSource.RULING)
    (third,) = await lessons(feed)
    assert first.id == second.id == third.id
    assert (second.office, second.refused, second.weight) == ("roads", ("lamps",), 1)
    assert (third.office, third.refused, third.weight) == ("police", ("lamps",), RULING_WEIGHT)


async def test_ruling_that_brings_a_letter_back_leaves_no_refusal(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    kept.say("lamps", right=False, source=ExampleSource.RETURN)
    kept.say("lamps", source=ExampleSource.RULING)
    (lesson,) = await lessons(feed)
    assert (lesson.office, lesson.refused) == ("lamps", ())


async def test_choice_that_is_taken_back_is_forgotten(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    (lesson,) = await lessons(feed)
    kept.take_back(0)
    (news,) = await said(feed)
    assert (news.lessons, news.forgotten) == ((), (lesson.id,))
    assert await said(feed) == []


async def test_of_two_choices_the_one_that_stands_is_the_lesson(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    kept.say("roads", source=ExampleSource.RULING)
    assert [lesson.office for lesson in await lessons(feed)] == ["roads"]
    kept.take_back(1)
    assert [lesson.office for lesson in await lessons(feed)] == ["lamps"]


async def test_parts_of_one_letter_are_lessons_of_their_own(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    kept.say("roads", text="道路\n路面坑洼")
    assert {(lesson.text, lesson.office) for lesson in await lessons(feed)} == {
        ("路灯\n路灯坏了", "lamps"),
        ("道路\n路面坑洼", "roads"),
    }


async def test_office_that_took_over_from_others_learns_what_they_learnt(feed: LessonFeed, kept: Kept) -> None:
    for number, office in enumerate(("lights", "lanterns", "closed", "round")):
        kept.say(office, letter=f"letter{number}")
    assert [lesson.office for lesson in await lessons(feed)] == ["lamps", "lamps"]


async def test_another_child_is_told_everything_in_pieces(feed: LessonFeed, kept: Kept) -> None:
    for number in range(PIECE + 1):
        kept.say("lamps", letter=f"letter{number}")
    assert len(await lessons(feed)) == PIECE + 1
    another = LessonFeed(kept, kept, OFFICES, {}, fresh=timedelta())
    assert [len(piece.lessons) for piece in await said(another)] == [PIECE, 1]


async def test_choices_that_lie_far_apart_are_one_lesson(feed: LessonFeed, kept: Kept) -> None:
    kept.say("lamps")
    for number in range(PIECE):
        kept.say("roads", letter=f"letter{number}")
    kept.say("police", source=ExampleSource.RULING)
    told = {lesson.id: lesson for lesson in await lessons(feed)}
    assert len(told) == PIECE + 1
    assert [lesson.office for lesson in told.values() if lesson.weight == RULING_WEIGHT] == ["police"]


async def test_what_was_read_when_the_store_fails_is_not_told_again(feed: LessonFeed, kept: Kept) -> None:
    for number in range(2 * PIECE):
        kept.say("lamps", letter=f"letter{number}")
    kept.pages_left = 1
    with pytest.raises(UnavailableError):
        await said(feed)
    kept.pages_left = None
    assert len(await lessons(feed)) == PIECE
