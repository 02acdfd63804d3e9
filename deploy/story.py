"""What becomes of a letter (来信经过): the decisions of clerks, offices and writers at the pace of working days.

The decisions are the real ones, so that events, limits and figures are those that the service would have written.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from minxin.consult import followup, handling, replies, routing
from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.decision import Deed
from minxin.consult.limits import Limits
from minxin.consult.records import (
    SATISFIED,
    Assignment,
    Example,
    Letter,
    LetterState,
    OrderState,
    Promise,
    PublicCopy,
    ReplyParts,
    Satisfaction,
    WorkOrder,
)
from minxin.core.actor import SYSTEM, Actor
from minxin.core.changes import Changes, Record
from minxin.core.judgement import Candidate, Ground, Judgement, Urgency
from minxin.deploy.city import City, Sample

NOT_SURE_SHARE: Final = 0.12
WRONG_SHARE: Final = 0.08
PAPERS_SHARE: Final = 0.08
RATED_SHARE: Final = 0.6
LATE_SHARE: Final = 0.07
REFUSED_SHARE: Final = 0.15
LEVELS: Final = (
    (Satisfaction.VERY_SATISFIED, 34),
    (Satisfaction.SATISFIED, 30),
    (Satisfaction.MOSTLY_SATISFIED, 18),
    (Satisfaction.DISSATISFIED, 12),
    (Satisfaction.VERY_DISSATISFIED, 6),
)


class Staff:
    """The people of the history: who clerks, who manages, and who handles, reviews and signs in each office."""

    def __init__(self, clerks: Sequence[Actor], manager: Actor, offices: dict[str, tuple[Actor, Actor, Actor]]) -> None:
        self.clerks = clerks
        self.manager = manager
        self.offices = offices


class Tale:
    """One letter's way, told until the present: decisions are applied to the records in hand."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.order: WorkOrder | None = None
        self.turns: dict[str, Assignment] = {}
        self.examples: list[Example] = []
        self.copy: PublicCopy | None = None
        self.told = Changes()

    def take(self, changes: Changes) -> None:
        """Apply a decision: keep the newest form of each record, and every event and audit entry."""
        for record in [*changes.inserts, *changes.puts]:
            if isinstance(record, Letter):
                self.letter = record
            elif isinstance(record, WorkOrder):
                self.order = record
            elif isinstance(record, Assignment):
                self.turns[record.id] = record
            elif isinstance(record, Example):
                self.examples.append(record)
            elif isinstance(record, PublicCopy):
                self.copy = record
        self.told.events += changes.events
        self.told.audit += changes.audit

    @property
    def work(self) -> WorkOrder:
        if self.order is None:
            raise RuntimeError("a letter's work order is made when it is judged")
        return self.order

    @property
    def turn(self) -> Assignment:
        return self.turns[self.work.assignment_id or ""]

    def changes(self) -> Changes:
        """Return everything that followed the intake, for one commit."""
        inserts: list[Record] = [*self.turns.values(), *self.examples]
        inserts += [record for record in (self.order, self.copy) if record is not None]
        return Changes(inserts=inserts, puts=[self.letter], events=self.told.events, audit=self.told.audit)


class Story:
    """Tells letters' ways up to ``now``. ``slowness`` says by office how many times the usual share it answers late."""

    def __init__(
        self, city: City, limits: Limits, staff: Staff, now: datetime, slowness: Mapping[str, float] | None = None
    ) -> None:
        self._city = city
        self._limits = limits
        self._staff = staff
        self._now = now
        self._slowness = slowness or {}
        self._random = random.Random(0)  # noqa: S311 - a told story, no secret

    def follow(self, letter: Letter, sample: Sample, advice: Judgement, dice: random.Random) -> Tale:
        """Tell what happened next, step by step, until the story reaches the present; a redo has a second answer."""
        tale = Tale(letter)
        self._random = dice
        at: datetime | None = letter.received_at + timedelta(seconds=self._random.randint(1, 20))
        tale.take(self._judged(tale, sample, advice, at or self._now))
        steps = (self._dispatch, self._sign, self._wrong_office, self._papers, self._answer, self._rate)
        for step in (*steps, self._answer, self._rate):
            at = step(tale, sample, at) if at is not None and at <= self._now else None
        return tale

    def _judged(self, tale: Tale, sample: Sample, advice: Judgement, at: datetime) -> Changes:
        sure = self._random.random() > NOT_SURE_SHARE
        others = [one.office_id for one in advice.candidates if one.office_id != sample.office]
        office = others[0] if self._random.random() < WRONG_SHARE and others else sample.office
        best = self._random.uniform(0.9, 0.99) if sure else self._random.uniform(0.3, 0.7)
        judgement = replace(
            advice,
            candidates=_led_by(office, best, advice.candidates),
            rule=advice.rule if advice.candidates and advice.candidates[0].office_id == office else None,
            urgency=Urgency.URGENT if sample.urgent else Urgency.NORMAL,
            denounces=False,
            confident=sure,
        )
        return routing.judged(Deed(SYSTEM, at, "history"), tale.letter, judgement, self._limits, "")

    def _dispatch(self, tale: Tale, sample: Sample, at: datetime) -> datetime | None:
        if tale.work.state is not OrderState.TO_DISPATCH:
            return at
        at = self._working(at, 0.3, 5)
        if at > self._now:
            return None
        deed = Deed(self._random.choice(self._staff.clerks), at, "history")
        if self._random.random() < REFUSED_SHARE:
            ground = self._random.choice(tuple(Ground))
            tale.take(routing.refuse(deed, tale.letter, tale.work, (), ground, "请按照告知的渠道反映。"))
            return None
        tale.take(routing.dispatch(deed, tale.letter, tale.work, sample.office, "职责对应", self._limits))
        return at

    def _sign(self, tale: Tale, sample: Sample, at: datetime) -> datetime | None:
        at = self._working(at, 0.2, 9 if self._random.random() > 0.06 else 30)
        if at > self._now:
            return None
        tale.take(handling.sign_for(self._deed(tale, 0, at), tale.letter, tale.work, tale.turn))
        return at

    def _wrong_office(self, tale: Tale, sample: Sample, at: datetime) -> datetime | None:
        if tale.work.office_id == sample.office:
            return at
        back = self._working(at, 0.5, 4)
        due = tale.turn.return_due.instant
        if back > self._now or due is None or back >= due:
            return at
        reason = "该事项不属于本单位职责范围"
        tale.take(
            routing.give_back(self._deed(tale, 0, back), tale.letter, tale.work, tale.turn, reason, sample.office)
        )
        ruled = self._working(back, 0.5, 6)
        if ruled > self._now:
            return None
        deed = Deed(self._random.choice(self._staff.clerks), ruled, "history")
        tale.take(routing.rule(deed, tale.letter, tale.work, sample.office, "按职责表裁定", self._limits))
        return self._sign(tale, sample, ruled)

    def _papers(self, tale: Tale, sample: Sample, at: datetime) -> datetime | None:
        if self._random.random() > PAPERS_SHARE:
            return at
        asked = self._working(at, 1, 6)
        if asked > self._now:
            return None
        deed = self._deed(tale, 0, asked)
        tale.take(handling.ask_papers(deed, tale.letter, tale.work, "请补充相关票据或者照片。", self._limits))
        supplied = asked + timedelta(hours=self._random.uniform(3, 80))
        if supplied > self._now:
            return None
        writer = Deed(Actor(tale.letter.writer_id), supplied, "history")
        tale.take(handling.supply_papers(writer, tale.letter, tale.work, "材料已补充。", (), [], self._limits))
        return supplied

    def _answer(self, tale: Tale, sample: Sample, at: datetime) -> datetime | None:
        if tale.work.state is not OrderState.IN_PROGRESS:
            return at
        late = self._random.random() < LATE_SHARE * self._slowness.get(tale.work.office_id or "", 1)
        due = tale.work.answer_due
        hours = (due.limit.amount if due and due.limit.unit == "wd" else 1) * 7
        drafted = self._working(at, hours * 0.1, hours * (1.6 if late else 0.85))
        approved = drafted + timedelta(minutes=self._random.randint(15, 90))
        signed = approved + timedelta(minutes=self._random.randint(10, 90))
        if drafted <= self._now:
            parts, promises = self._reply(tale, drafted)
            tale.take(replies.submit(self._deed(tale, 0, drafted), tale.letter, tale.work, parts, promises))
        if approved <= self._now:
            tale.take(replies.approve(self._deed(tale, 1, approved), tale.letter, tale.work))
        if signed <= self._now:
            signer = Deed(self._staff.manager, signed, "history") if tale.work.redo else self._deed(tale, 2, signed)
            tale.take(replies.sign_off(signer, tale.letter, tale.work, self._limits))
        return signed

    def _reply(self, tale: Tale, at: datetime) -> tuple[ReplyParts, list[Promise]]:
        reply = self._random.choice(self._city.replies(tale.work.office_id or "", tale.letter.kind))
        parts = ReplyParts(reply.finding, reply.basis, reply.result, reply.contact, reply.remedy)
        return parts, [Promise(reply.promise, local_day(at) + timedelta(days=30))] if reply.promise else []

    def _rate(self, tale: Tale, sample: Sample, at: datetime) -> datetime | None:
        if tale.work.state is not OrderState.ANSWERED or tale.letter.state is LetterState.CLOSED:
            return None
        if self._random.random() > RATED_SHARE:
            closing = at + followup.CLOSE_AFTER
            if closing < self._now:
                deed = Deed(SYSTEM, closing, "history")
                tale.take(followup.close_unrated(deed, tale.letter, (), tale.work))
            return None
        rated = at + timedelta(hours=self._random.uniform(1, 120))
        if rated > self._now:
            return None
        level = self._random.choices([level for level, _ in LEVELS], [share for _, share in LEVELS])[0]
        good = level in SATISFIED
        tale.take(
            followup.rate(
                Deed(Actor(tale.letter.writer_id), rated, "history"),
                tale.letter,
                (),
                tale.work,
                level,
                contacted=self._random.random() < 0.8,
                solved=good,
                reason="" if good else "问题没有真正解决",
                limits=self._limits,
            )
        )
        return rated

    def _deed(self, tale: Tale, post: int, at: datetime) -> Deed:
        return Deed(self._staff.offices[tale.work.office_id or ""][post], at, "history")

    def _working(self, at: datetime, least_hours: float, most_hours: float) -> datetime:
        """Return an instant within office hours, so many hours of work later (8 a day)."""
        hours = self._random.uniform(least_hours, most_hours)
        day = local_day(at)
        opens = day_begins(day) + timedelta(hours=9)
        worked = max(0.0, min(8.0, (at - opens) / timedelta(hours=1)))
        hours += worked
        while hours > 8 or not self._limits.calendar.is_working_day(day):
            if self._limits.calendar.is_working_day(day):
                hours -= 8
            day += timedelta(days=1)
        return max(at, day_begins(day) + timedelta(hours=9 + hours))


def _led_by(office_id: str, probability: float, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the judge's candidates with this office first; the story says how sure it was."""
    best = next((one for one in candidates if one.office_id == office_id), Candidate(office_id, probability))
    others = [one for one in candidates if one.office_id != office_id][:2]
    rest = (1 - probability) / 3
    return replace(best, probability=probability), *(replace(one, probability=rest) for one in others)
