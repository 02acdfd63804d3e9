"""Letters on every way that there is, told through the real services over the real store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count

from support.web import City

from minxin.consult import followup, routing
from minxin.consult.decision import Deed
from minxin.consult.intake import Submission
from minxin.consult.records import Letter, Office, ReplyParts, Satisfaction, WorkOrder
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes
from minxin.core.judgement import Candidate, Judgement, Kind, Point, PointKind, Urgency

FROM = "test"
PARTS = ReplyParts("已现场核查路灯", "市容条例第12条", "已修复", "0000-12345", "可申请复查")
WRITER = Actor("writer", frozenset({Role.CITIZEN}))
CLERK = Actor("clerk", frozenset({Role.CLERK}), None, "受理员")
MANAGER = Actor("manager", frozenset({Role.MANAGER}), None, "主任")
OTHER_OFFICE = "zjj"
DISCIPLINE_OFFICE = "jw"

Tale = Callable[[], Awaitable[None]]


def person(role: Role, office_id: str) -> Actor:
    """Return the one person of the office with this role."""
    return Actor(f"{office_id}-{role}", frozenset({role}), office_id, f"{office_id} {role}")


class Told:
    """Tells letters; the clock of the city stands where each step happens."""

    def __init__(self, city: City, office_id: str = "cgj") -> None:
        self.city = city
        self.office_id = office_id
        self.desk = city.services.desk
        self._numbers = count(1)

    async def offices(self) -> None:
        """Add the other offices to the city."""
        for office_id, name in ((OTHER_OFFICE, "滨海市住房和城乡建设局"), (DISCIPLINE_OFFICE, "滨海市纪委监委")):
            office = Office(id=office_id, name=name, short=name[3:], name_en=office_id.upper(), level="市", duties=())
            await self.city.store.commit(Changes(inserts=[office]))

    @property
    def tales(self) -> tuple[Tale, ...]:
        """Return every way of a letter, each beginning where the clock stands."""
        return (
            self.answered_and_rated,
            self.dispatched_and_never_rated,
            self.returned_ruled_and_late,
            self.waits_for_papers,
            self.papers_came,
            self.extended,
            self.extension_refused,
            self.done_again_and_rated_again,
            self.being_done_again,
            self.withdrawn,
            self.refused,
            self.refused_after_its_return,
            self.sealed,
            self.unsealed,
            self.unsealed_and_answered,
            self.sent_back_in_review,
            self.not_signed_for,
            self.urgent,
            self.not_judged_yet,
            self.split_up_and_refused_in_part,
            self.split_up_and_withdrawn_in_part,
        )

    async def tell(self, start: datetime, step: timedelta, rounds: int) -> None:
        """Tell every tale ``rounds`` times, each beginning a ``step`` after the one before."""
        for number, tale in enumerate(self.tales * rounds):
            self.city.clock.move_to(start + step * number)
            await tale()

    async def letter(
        self,
        *,
        sure: bool = True,
        denounces: bool = False,
        urgent: bool = False,
        public: bool = False,
        points: int = 1,
    ) -> str:
        """Write a letter, have it judged, and return its work order's id."""
        letter_id = await self.written(public=public)
        letter = await self.city.store.get(Letter, letter_id)
        assert letter is not None
        judgement = Judgement(
            candidates=(Candidate(self.office_id, 0.97 if sure else 0.4),),
            kind=Kind.COMPLAINT,
            kind_probability=0.9,
            urgency=Urgency.URGENT if urgent else Urgency.NORMAL,
            urgency_evidence=(),
            denounces=denounces,
            confident=sure,
            model="test",
            points=tuple(Point(place, place + 1, "路灯不亮", PointKind.COMPLAINT) for place in range(points)),
        )
        deed = Deed(SYSTEM, self.city.clock.now(), FROM)
        await self.city.store.commit(routing.judged(deed, letter, judgement, self.desk.limits, DISCIPLINE_OFFICE))
        (order,) = await self.city.store.orders_of(letter_id)
        return order.id

    async def written(self, *, public: bool = False) -> str:
        """Write a letter and return its id."""
        number = next(self._numbers)
        text = "小区门口的路灯坏了三天。"
        submission = Submission(f"token-{number}", Kind.COMPLAINT, f"路灯不亮 {number}", text, public=public)
        receipt = await self.city.services.letterbox.submit(WRITER, submission, origin=FROM)
        return receipt.letter_id

    async def order(self, order_id: str) -> WorkOrder:
        """Return the work order as it is now."""
        order = await self.city.store.get(WorkOrder, order_id)
        assert order is not None
        return order

    async def sign(self, order_id: str, **after: float) -> None:
        self._later(**(after or {"hours": 2}))
        office_id = (await self.order(order_id)).office_id or ""
        await self.desk.sign_for(person(Role.HANDLER, office_id), order_id, origin=FROM)

    async def answer(self, order_id: str, signer: Actor | None = None, **after: float) -> None:
        self._later(**(after or {"days": 2}))
        office_id = (await self.order(order_id)).office_id or ""
        await self.desk.submit_reply(person(Role.HANDLER, office_id), order_id, PARTS, (), origin=FROM)
        self._later(hours=1)
        await self.desk.approve(person(Role.REVIEWER, office_id), order_id, origin=FROM)
        self._later(hours=1)
        await self.desk.sign_off(signer or person(Role.SIGNER, office_id), order_id, origin=FROM)

    async def rate(self, order_id: str, level: Satisfaction) -> None:
        self._later(days=1)
        await self.desk.rate(WRITER, order_id, level, contacted=True, solved=None, reason="还是不亮", origin=FROM)

    async def give_back(self, order_id: str) -> None:
        self._later(hours=3)
        handler = person(Role.HANDLER, self.office_id)
        await self.desk.give_back(handler, order_id, "不属于本单位职责", OTHER_OFFICE, origin=FROM)

    async def answered_and_rated(self) -> None:
        order_id = await self.letter()
        await self.sign(order_id)
        await self.answer(order_id)
        await self.rate(order_id, Satisfaction.SATISFIED)

    async def dispatched_and_never_rated(self) -> None:
        order_id = await self.letter(sure=False)
        self._later(hours=1)
        await self.desk.dispatch(CLERK, order_id, OTHER_OFFICE, "职责对应", origin=FROM)
        await self.sign(order_id)
        await self.answer(order_id)
        self._later(days=16)
        order = await self.order(order_id)
        letter = await self.city.store.get(Letter, order.letter_id)
        assert letter is not None
        deed = Deed(SYSTEM, self.city.clock.now(), FROM)
        await self.city.store.commit(followup.close_unrated(deed, letter, (), order))

    async def returned_ruled_and_late(self) -> None:
        order_id = await self.letter()
        await self.give_back(order_id)
        self._later(hours=2)
        await self.desk.rule(MANAGER, order_id, OTHER_OFFICE, "按职责表裁定", origin=FROM)
        await self.sign(order_id, days=4)
        await self.answer(order_id, days=30)

    async def waits_for_papers(self) -> None:
        order_id = await self.letter()
        await self.sign(order_id)
        self._later(hours=5)
        handler = person(Role.HANDLER, self.office_id)
        await self.desk.ask_papers(handler, order_id, "请补充缴费票据", origin=FROM)

    async def papers_came(self) -> None:
        order_id = await self.letter()
        await self.sign(order_id)
        handler = person(Role.HANDLER, self.office_id)
        await self.desk.ask_papers(handler, order_id, "请补充缴费票据", origin=FROM)
        self._later(days=3)
        await self.desk.supply_papers(WRITER, order_id, "票据已补", (), origin=FROM)
        await self.answer(order_id)
        await self.rate(order_id, Satisfaction.VERY_SATISFIED)

    async def extended(self) -> None:
        order_id = await self._extension(approve=True)
        await self.answer(order_id, days=14)
        await self.rate(order_id, Satisfaction.MOSTLY_SATISFIED)

    async def extension_refused(self) -> None:
        order_id = await self._extension(approve=False)
        await self.answer(order_id, days=1)

    async def done_again_and_rated_again(self) -> None:
        order_id = await self._redone()
        await self.answer(order_id, signer=MANAGER, days=3)
        await self.rate(order_id, Satisfaction.SATISFIED)

    async def being_done_again(self) -> None:
        await self._redone()

    async def withdrawn(self) -> None:
        order_id = await self.letter()
        await self.sign(order_id)
        self._later(hours=2)
        await self.desk.withdraw(WRITER, (await self.order(order_id)).letter_id, origin=FROM)

    async def refused(self) -> None:
        order_id = await self.letter(sure=False)
        self._later(hours=2)
        await self.desk.refuse(CLERK, order_id, "in_court", "请等待法院判决", origin=FROM)

    async def refused_after_its_return(self) -> None:
        order_id = await self.letter()
        await self.give_back(order_id)
        await self.desk.refuse(MANAGER, order_id, "not_government", "请向人大反映", origin=FROM)

    async def sealed(self) -> None:
        order_id = await self.letter(denounces=True)
        self._later(hours=1)
        await self.desk.sign_for(person(Role.DISCIPLINE, DISCIPLINE_OFFICE), order_id, origin=FROM)

    async def unsealed(self) -> str:
        order_id = await self.letter(denounces=True)
        desk = person(Role.DISCIPLINE, DISCIPLINE_OFFICE)
        self._later(hours=1)
        await self.desk.sign_for(desk, order_id, origin=FROM)
        self._later(hours=1)
        await self.desk.unseal(desk, order_id, "不是举报公职人员", origin=FROM)
        return order_id

    async def unsealed_and_answered(self) -> None:
        order_id = await self.unsealed()
        await self.desk.dispatch(CLERK, order_id, OTHER_OFFICE, "职责对应", origin=FROM)
        await self.sign(order_id)
        await self.answer(order_id)

    async def sent_back_in_review(self) -> None:
        order_id = await self.letter()
        await self.sign(order_id)
        handler, reviewer = person(Role.HANDLER, self.office_id), person(Role.REVIEWER, self.office_id)
        await self.desk.submit_reply(handler, order_id, PARTS, (), origin=FROM)
        await self.desk.send_back(reviewer, order_id, "请写明依据", origin=FROM)
        self._later(hours=3)
        await self.desk.submit_reply(handler, order_id, PARTS, (), origin=FROM)
        await self.desk.approve(reviewer, order_id, origin=FROM)

    async def not_signed_for(self) -> None:
        await self.letter()

    async def urgent(self) -> None:
        order_id = await self.letter(urgent=True)
        await self.sign(order_id, minutes=20)
        await self.answer(order_id, minutes=5)

    async def not_judged_yet(self) -> None:
        await self.written()

    async def split_up_and_refused_in_part(self) -> None:
        first, second = await self._split()
        await self.give_back(first)
        await self.sign(second)
        await self.answer(second)
        await self.rate(second, Satisfaction.SATISFIED)
        await self.desk.refuse(MANAGER, first, "in_court", "请等待法院判决", origin=FROM)

    async def split_up_and_withdrawn_in_part(self) -> None:
        first, _ = await self._split()
        await self.sign(first)
        await self.answer(first)
        await self.desk.withdraw(WRITER, (await self.order(first)).letter_id, origin=FROM)

    async def _split(self) -> list[str]:
        order = await self.order(await self.letter(sure=False, points=2))
        self._later(hours=1)
        await self.desk.split(CLERK, order.id, [self.office_id, OTHER_OFFICE], "两个问题", origin=FROM)
        return [one.id for one in await self.city.store.orders_of(order.letter_id)]

    async def _extension(self, *, approve: bool) -> str:
        order_id = await self.letter()
        await self.sign(order_id)
        self._later(days=1)
        handler = person(Role.HANDLER, self.office_id)
        await self.desk.ask_extension(handler, order_id, 5, "需要专业检测", origin=FROM)
        self._later(hours=2)
        await self.desk.decide_extension(MANAGER, order_id, approve, origin=FROM)
        return order_id

    async def _redone(self) -> str:
        order_id = await self.letter()
        await self.sign(order_id)
        await self.answer(order_id)
        await self.rate(order_id, Satisfaction.DISSATISFIED)
        return order_id

    def _later(self, **step: float) -> None:
        self.city.clock.advance(timedelta(**step))
