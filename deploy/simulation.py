"""A simulated city (模拟城市): years of letters of many citizens, made with the real decisions and seeded dice.

Every letter is told whole and stored in one commit with its neighbours, through the store's ports. It follows from the
seed and its place in the row alone (only record ids are drawn anew), so that a run that was killed finds the first
letter that is missing and goes on there.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult import intake, publication
from minxin.consult.decision import Deed
from minxin.consult.intake import Submission
from minxin.consult.publication import Words
from minxin.consult.records import Channel, OrderState
from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.errors import ConfigError
from minxin.core.judgement import Candidate, Judgement, Urgency
from minxin.core.personal import Personal
from minxin.deploy import simulated_words
from minxin.deploy.city import Sample
from minxin.deploy.city_knowledge import ensure_knowledge
from minxin.deploy.city_matters import ensure_matters
from minxin.deploy.city_synonyms import ensure_synonyms
from minxin.deploy.house import House, account_rules
from minxin.deploy.place_files import load_places
from minxin.deploy.populate import PASSWORD, cast_of, ensure_offices, staff_accounts
from minxin.deploy.simulated_days import Burst, Day, LetterRhythm, Theme
from minxin.deploy.story import Staff, Story, Tale
from minxin.mailbox.accounts import Holders, apply
from minxin.mailbox.forms import Person
from minxin.mailbox.idnumber import check_character
from minxin.mailbox.records import Account, Verification, VerifiedBy
from minxin.mailbox.rules import AccountRules

BATCH: Final = 500
CHECKPOINT_EVERY: Final = 4  # batches: about the letters of two days in a large city
REPEATED_SHARE: Final = 0.05
PUBLIC_SHARE: Final = 0.3
PUBLISHED_SHARE: Final = 0.5
SLOW_OFFICES: Final = 5
SLOWNESS: Final = 5.0
CHANNELS: Final = ((Channel.WEB, 70), (Channel.MAIL, 15), (Channel.COUNTER, 15))
ORIGIN: Final = "simulation"
# The frames of words name nobody.
_NOBODY: Final[dict[str, tuple[Personal, ...]]] = dict.fromkeys(Words.__struct_fields__, ())
_THEMES: Final = {Theme.HEATING: ("供暖", "暖气", "供热"), Theme.FLOOD: ("积水", "内涝", "排水", "井盖", "下水")}


class Size(Struct, frozen=True):
    """What city is to be made; ``seed`` names one of them."""

    citizens: int
    letters: int
    years: int
    seed: int = 1

    @property
    def name(self) -> str:
        """Return what a store that holds this city, or part of it, is known by."""
        return f"simulated-{self.seed}-{self.citizens}-{self.letters}-{self.years}"


async def simulate(house: House, size: Size, progress: Callable[[int], None], batch: int = BATCH) -> int:
    """Make the city in an empty store, or go on with one that was begun; return how many letters were written now.

    So many letters as ``batch`` says go into one commit; ``progress`` hears how many are there. Raises ``ConfigError``
    for a store that holds anything else: nobody's letters are mixed with made-up ones.
    """
    now = await _begin(house, size)
    await ensure_offices(house)
    await ensure_matters(house)
    await ensure_knowledge(house)
    await ensure_synonyms(house)
    staff = await _people(house, size, now)
    await house.mailroom.keeping.open_missing(office.id for office in house.city.offices)
    plan = LetterRhythm(size.letters, size.years, now, house.limits.calendar, size.seed)
    writer = _Writer(house, size, plan, staff, now)
    done = await _first_missing(size.letters, lambda index: _is_letter(house, writer, index))
    if done < size.letters and await house.store.letter_by_number(plan.number(done)) is not None:
        raise ConfigError("the store holds letters that were not simulated / 数据中有非模拟来信")
    await _write(house, writer, done, progress, batch)
    return size.letters - done


def id_of(size: Size, name: str) -> str:
    """Return the id of a made-up person: the same in every run."""
    return urlsafe_b64encode(hashlib.sha256(f"{size.seed}:{name}".encode()).digest()[:16]).rstrip(b"=").decode()


async def _begin(house: House, size: Size) -> datetime:
    """Return the instant that the story ends at: kept in the first account, so that another run ends there too."""
    marker = await house.store.get(Account, id_of(Size(0, 0, 0, 0), "marker"))
    if marker is None:
        if await house.store.offices():
            raise ConfigError("the store serves a city already: give an empty folder / 数据目录已在使用，请换空目录")
        now = house.clock.now().replace(microsecond=0)
        person = Person(name="模拟城市", phone="19899999999", id_number=_id_number(999_999), login=size.name)
        _, changes = apply(
            house.vault, _rules(house), person, Holders(), "", None, id_of(Size(0, 0, 0, 0), "marker"), now
        )
        await house.store.commit(changes)
        return now
    if marker.login != size.name:
        raise ConfigError(f"the store holds {marker.login}, not {size.name} / 数据目录中是另一座模拟城市")
    return marker.created_at


async def _people(house: House, size: Size, now: datetime) -> Staff:
    password_hash = await house.passwords.hash(PASSWORD)
    made = staff_accounts(house, password_hash, lambda login: id_of(size, f"staff:{login}"))
    if await house.store.get(Account, made[-1][0].id) is None:
        await house.store.commit(sum((changes for _, changes in made), Changes()))
    opened = now - timedelta(days=365 * size.years + 30)

    async def is_there(number: int) -> bool:
        return await house.store.get(Account, id_of(size, f"citizen:{number + 1}")) is not None

    for start in range(await _first_missing(size.citizens, is_there), size.citizens, BATCH):
        numbers = range(start + 1, min(start + BATCH, size.citizens) + 1)
        await house.store.commit(_joined(_citizen(house, size, number, password_hash, opened) for number in numbers))
    return cast_of([account for account, _ in made])


def _citizen(house: House, size: Size, number: int, password_hash: str, opened: datetime) -> Changes:
    dice = random.Random(f"{size.seed}:citizen:{number}")  # noqa: S311 - a told story, no secret
    person = Person(
        name=simulated_words.person_name(dice),
        phone=f"198{number:08}",
        id_number=_id_number(number),
        login=f"citizen{number}",
        address=f"citizen{number}@home.example",
    )
    verification = Verification(VerifiedBy.REGISTER, opened, "system")
    account_id = id_of(size, f"citizen:{number}")
    _, changes = apply(house.vault, _rules(house), person, Holders(), password_hash, verification, account_id, opened)
    # A mailbox is opened when its owner first comes.
    changes.jobs.clear()
    return changes


def _rules(house: House) -> AccountRules:
    return account_rules(house.settings, house.city)


def _id_number(number: int) -> str:
    born = date(1950, 1, 1) + timedelta(days=number % 20_000)
    first = f"398300{born:%Y%m%d}{number // 20_000:03}"
    return first + check_character(first)


class _Writer:
    """Makes the letters of the city, each from its place in the row."""

    def __init__(self, house: House, size: Size, plan: LetterRhythm, staff: Staff, now: datetime) -> None:
        self.plan = plan
        self._house = house
        self._size = size
        self._staff = staff
        self._now = now
        self._samples = [sample for sample in house.city.samples() if not sample.denounces]
        self._by_theme = {
            theme: [one for one in self._samples if any(word in one.subject + one.body for word in words)]
            for theme, words in _THEMES.items()
        }
        self._places = [entry.name for entry in load_places(house.city.folder / "places.csv")] or [house.city.name]
        dice = random.Random(f"{size.seed}:offices")  # noqa: S311 - a told story, no secret
        offices = sorted({sample.office for sample in self._samples})
        slow = dice.sample(offices, min(SLOW_OFFICES, len(offices)))
        self._story = Story(house.city, house.limits, staff, now, dict.fromkeys(slow, SLOWNESS))
        self._advice = {sample: _advice(sample, dice.sample(offices, min(3, len(offices)))) for sample in self._samples}

    def key(self, index: int) -> str:
        """Return the intake key of letter number ``index``."""
        day = next(self.plan.days(index))
        return intake.form_key(self._citizen(self._chosen(index, day)[0]), self._token(index))

    def letters(self, first: int) -> Iterator[Changes]:
        """Yield the letters from number ``first`` on, each with all that became of it."""
        for day in self.plan.days(first):
            for place, at in enumerate(self.plan.arrivals(day)):
                if day.first + place >= first:
                    yield self._letter(day.first + place, day, at)

    def _letter(self, index: int, day: Day, at: datetime) -> Changes:
        number, sample, again = self._chosen(index, day)
        dice = self._dice(index, "letter")
        subject, text, place = simulated_words.words(sample.subject, sample.body, sample.place, self._places, dice)
        if again:
            subject = (dice.choice(simulated_words.AGAIN) + subject)[: intake.SUBJECT_MAX]
        channel = dice.choices([one for one, _ in CHANNELS], [share for _, share in CHANNELS])[0]
        writer_id = self._citizen(number)
        actor = dice.choice(self._staff.clerks) if channel is Channel.COUNTER else Actor(writer_id)
        public = dice.random() < PUBLIC_SHARE
        submission = Submission(self._token(index), sample.kind, subject, text, place, public)
        letter, changes = intake.from_form(
            Deed(actor, at, ORIGIN), submission, [], self._house.limits, writer_id=writer_id, channel=channel
        )
        series = changes.series
        tale = self._story.follow(replace(letter, number=self.plan.number(index)), sample, self._advice[sample], dice)
        self._publish(tale, dice)
        told = tale.changes()
        return Changes(
            inserts=[tale.letter, *told.inserts],
            series=series,
            blobs=changes.blobs,
            events=changes.events + told.events,
            audit=changes.audit + told.audit,
        )

    def _publish(self, tale: Tale, dice: random.Random) -> None:
        """Have the office propose a public copy of some answers, and the centre publish most of them."""
        letter, order = tale.letter, tale.order
        if not letter.public or order is None or order.state is not OrderState.CLOSED or order.closed_at is None:
            return
        at = order.closed_at + timedelta(hours=dice.uniform(1, 100))
        if order.reply is None or dice.random() > PUBLISHED_SHARE or at > self._now:
            return
        words = Words(letter.subject, letter.text, publication.answer_text(order.reply.parts))
        handler = self._staff.offices[order.office_id or ""][0]
        tale.take(publication.propose(Deed(handler, at, ORIGIN), letter, [order], None, words, _NOBODY))
        decided = at + timedelta(hours=dice.uniform(1, 60))
        if tale.copy is not None and decided <= self._now:
            clerk = Deed(dice.choice(self._staff.clerks), decided, ORIGIN)
            tale.take(publication.decide(clerk, letter, [order], tale.copy, dice.random() < 0.95, "不宜公开"))

    def _chosen(self, index: int, day: Day) -> tuple[int, Sample, bool]:
        """Return who writes, about what, and whether he did so before."""
        dice = self._dice(index, "chosen")
        if dice.random() < REPEATED_SHARE and (earlier := index - dice.randrange(20, 3000)) >= 0:
            return *self._first_choice(earlier, next(self.plan.days(earlier))), True
        return *self._first_choice(index, day), False

    def _first_choice(self, index: int, day: Day) -> tuple[int, Sample]:
        dice = self._dice(index, "first")
        # Few write often, most once or never.
        number = int(self._size.citizens * dice.random() ** 2)
        samples, shares = [self._samples], [1.0]
        for burst, share in day.bursts:
            samples.append(self._about(burst))
            shares.append(share)
        return number + 1, dice.choice(dice.choices(samples, shares)[0])

    def _about(self, burst: Burst) -> list[Sample]:
        if burst.theme is Theme.HOT:
            return [self._samples[burst.topic % len(self._samples)]]
        return self._by_theme[burst.theme] or self._samples

    def _dice(self, index: int, what: str) -> random.Random:
        return random.Random(f"{self._size.seed}:{what}:{index}")  # noqa: S311 - a told story, no secret

    def _token(self, index: int) -> str:
        return f"{ORIGIN}-{self._size.seed}-{index}"

    def _citizen(self, number: int) -> str:
        return id_of(self._size, f"citizen:{number}")


def _advice(sample: Sample, others: Sequence[str]) -> Judgement:
    offices = [sample.office, *(office for office in others if office != sample.office)]
    return Judgement(
        candidates=tuple(Candidate(office, 0.9 if office == sample.office else 0.03) for office in offices[:3]),
        kind=sample.kind,
        kind_probability=0.9,
        urgency=Urgency.URGENT if sample.urgent else Urgency.NORMAL,
        urgency_evidence=(),
        denounces=False,
        confident=True,
        model=ORIGIN,
    )


async def _write(house: House, writer: _Writer, done: int, progress: Callable[[int], None], size: int) -> None:
    letters = writer.letters(done)
    batches = 0
    waiting: asyncio.Task[int] | None = None
    while batch := list(islice(letters, size)):
        # The next letters are made while the store writes these.
        if waiting is not None:
            progress(await waiting)
        batches += 1
        waiting = asyncio.create_task(_commit(house, writer, batch, done, batches % CHECKPOINT_EVERY == 0))
        done += len(batch)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    if waiting is not None:
        progress(await waiting)
    await house.store.checkpoint(house.clock.now())


async def _commit(house: House, writer: _Writer, batch: list[Changes], first: int, checkpoint: bool) -> int:
    changes = _joined(batch)
    numbers = (await house.store.commit(changes)).numbers
    letter_id = batch[0].inserts[0].id
    if numbers[letter_id] != writer.plan.number(first):
        raise ConfigError("somebody else writes letters into the store / 有其他程序正在写入来信")
    if checkpoint:
        await house.store.checkpoint(house.clock.now())
    return first + len(batch)


def _joined(parts: Iterator[Changes] | Sequence[Changes]) -> Changes:
    whole = Changes()
    for part in parts:
        whole.inserts += part.inserts
        whole.series |= part.series
        whole.blobs += part.blobs
        whole.events += part.events
        whole.audit += part.audit
    return whole


async def _is_letter(house: House, writer: _Writer, index: int) -> bool:
    return await house.store.letter_by_intake_key(writer.key(index)) is not None


async def _first_missing(count: int, is_there: Callable[[int], Awaitable[bool]]) -> int:
    """Return the first of ``count`` places that ``is_there`` (asynchronous) denies; all after it are empty too."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if await is_there(middle):
            low = middle + 1
        else:
            high = middle
    return low
