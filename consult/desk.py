"""The desk (办理台): everything that is done to a letter after it was accepted.

A thin shell around the decisions: it asks the access door, decides, commits, and does so again on a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minxin.consult import complexity, followup, gate, handling, replies, routing, splitting
from minxin.consult.access import Case, access_letter, access_order
from minxin.consult.decision import Deed
from minxin.consult.letterbox import Letterbox, UploadedFile
from minxin.consult.limits import Limits
from minxin.consult.ports import LetterStore, ReplyGate
from minxin.consult.records import Assignment, Letter, Office, Promise, ReplyParts, Satisfaction, WorkOrder
from minxin.consult.trying import commit_decided
from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.reply_check import ReplyCheck

Decision = Callable[[Deed, Letter, WorkOrder], Changes]


class Desk:
    """The moves of the table as methods, each by an actor and from an ``origin`` (network address).

    All raise ``NotFoundError`` when the actor may not see the work order, ``IllegalMoveError`` when the table of moves
    forbids the step, and ``InvalidInputError`` when what was typed can't be taken.
    """

    def __init__(
        self, store: LetterStore, clock: Clock, limits: Limits, letterbox: Letterbox, reply_gate: ReplyGate
    ) -> None:
        self.limits = limits
        self._store = store
        self._clock = clock
        self._letterbox = letterbox
        self._gate = reply_gate

    async def case(self, actor: Actor, order_id: str) -> tuple[Case, WorkOrder]:
        """Return a work order with its letter, as the actor may see them."""
        return await access_order(self._store, actor, order_id)

    async def dispatch(self, actor: Actor, order_id: str, office_id: str, reason: str, *, origin: str) -> None:
        """Choose the office for a work order in the tray (派单)."""
        await self._need_office(office_id)
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: routing.dispatch(deed, letter, order, office_id, reason, self.limits),
        )

    async def split(self, actor: Actor, order_id: str, office_ids: Sequence[str], reason: str, *, origin: str) -> None:
        """Choose an office for each point of the letter (拆分派单), in the order of the text.

        One and the same office for all of them is a dispatch.
        """
        if not all(office_ids):
            raise InvalidInputError("routing.split.points", field="offices", points=len(office_ids))
        for office_id in dict.fromkeys(office_ids):
            await self._need_office(office_id)
        if len(office_ids) > 1 and len(set(office_ids)) == 1:
            await self.dispatch(actor, order_id, office_ids[0], reason, origin=origin)
            return
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: splitting.split(deed, letter, order, office_ids, reason, self.limits),
        )

    async def sign_for(self, actor: Actor, order_id: str, *, origin: str) -> None:
        """Sign for a work order (签收)."""
        await self._decide_turn(actor, order_id, origin, handling.sign_for)

    async def give_back(
        self, actor: Actor, order_id: str, reason: str, proposed_office_id: str | None, *, origin: str
    ) -> None:
        """Give a work order back to the centre (退回)."""
        if proposed_office_id:
            await self._need_office(proposed_office_id)
        await self._decide_turn(
            actor,
            order_id,
            origin,
            lambda deed, letter, order, turn: routing.give_back(
                deed, letter, order, turn, reason, proposed_office_id or None
            ),
        )

    async def rule(self, actor: Actor, order_id: str, office_id: str, reason: str, *, origin: str) -> None:
        """Rule which office takes a returned work order (裁定)."""
        await self._need_office(office_id)
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: routing.rule(deed, letter, order, office_id, reason, self.limits),
        )

    async def unseal(self, actor: Actor, order_id: str, reason: str, *, origin: str) -> None:
        """Say that a sealed letter denounces nobody (转一般件)."""
        await self._decide(
            actor, order_id, origin, lambda deed, letter, order: routing.unseal(deed, letter, order, reason)
        )

    async def refuse(self, actor: Actor, order_id: str, ground: str, advice: str, *, origin: str) -> None:
        """Refuse the letter (不予受理)."""

        async def attempt() -> Changes:
            case, order = await access_order(self._store, actor, order_id)
            others = case.other_states(order.id)
            return routing.refuse(self._deed(actor, origin), case.letter, order, others, ground, advice)

        await commit_decided(self._store, attempt)

    async def withdraw(self, actor: Actor, letter_id: str, *, origin: str) -> None:
        """Withdraw the actor's own letter (撤回)."""

        async def attempt() -> Changes:
            case = await access_letter(self._store, actor, letter_id)
            return routing.withdraw(self._deed(actor, origin), case.letter, case.orders)

        await commit_decided(self._store, attempt)

    async def ask_papers(self, actor: Actor, order_id: str, text: str, *, origin: str) -> None:
        """Ask the writer for papers (要求补充材料)."""
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: handling.ask_papers(deed, letter, order, text, self.limits),
        )

    async def supply_papers(
        self, actor: Actor, order_id: str, answer: str, uploads: Sequence[UploadedFile], *, origin: str
    ) -> None:
        """Send in the papers that were asked for (补充材料)."""
        attachments, blobs = await self._letterbox.clean(uploads)
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: handling.supply_papers(
                deed, letter, order, answer, attachments, blobs, self.limits
            ),
        )

    async def ask_extension(self, actor: Actor, order_id: str, working_days: int, reason: str, *, origin: str) -> None:
        """Ask for more time (申请延期)."""
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: handling.ask_extension(deed, letter, order, working_days, reason, self.limits),
        )

    async def decide_extension(self, actor: Actor, order_id: str, approve: bool, *, origin: str) -> None:
        """Approve or refuse more time (审批延期)."""
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: handling.decide_extension(deed, letter, order, approve, self.limits),
        )

    async def mark_complex(self, actor: Actor, order_id: str, reason: str, *, origin: str) -> None:
        """Say that the letter is a complex case (认定复杂事项), which has a longer limit."""

        async def attempt() -> Changes:
            case, order = await access_order(self._store, actor, order_id)
            return complexity.mark(self._deed(actor, origin), case.letter, order, case.orders, reason, self.limits)

        await commit_decided(self._store, attempt)

    async def remind(self, actor: Actor, order_id: str, *, origin: str) -> None:
        """Remind the office (催办)."""
        await self._decide(actor, order_id, origin, handling.remind)

    async def save_reply(
        self, actor: Actor, order_id: str, parts: ReplyParts, promises: Sequence[Promise], *, origin: str
    ) -> None:
        """Keep the handler's draft, complete or not."""
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: replies.save_draft(deed, letter, order, parts, promises),
        )

    async def check_reply(
        self, actor: Actor, order_id: str, parts: ReplyParts, promises: Sequence[Promise]
    ) -> ReplyCheck:
        """Return what the reply gate (答复质检) says of an answer, kept or not; not for the letter's writer."""
        case, order = await access_order(self._store, actor, order_id)
        if actor.id == case.letter.writer_id:
            raise NotFoundError
        return await self._checked(case.letter, order, parts, promises)

    async def submit_reply(
        self, actor: Actor, order_id: str, parts: ReplyParts, promises: Sequence[Promise], *, origin: str
    ) -> None:
        """Send the draft to the reviewer (送审)."""
        await self._decide(
            actor,
            order_id,
            origin,
            lambda deed, letter, order: replies.submit(deed, letter, order, parts, promises),
        )

    async def send_back(self, actor: Actor, order_id: str, comment: str, *, origin: str) -> None:
        """Send the draft back to the handler (退回修改)."""
        await self._decide(
            actor, order_id, origin, lambda deed, letter, order: replies.send_back(deed, letter, order, comment)
        )

    async def approve(self, actor: Actor, order_id: str, *, origin: str) -> None:
        """Approve the draft (审核通过)."""
        await self._decide(actor, order_id, origin, replies.approve)

    async def sign_off(self, actor: Actor, order_id: str, *, reason: str = "", origin: str) -> None:
        """Sign the answer and send it out (签发), with a reason where the reply gate warns of it."""

        async def attempt() -> Changes:
            case, order = await access_order(self._store, actor, order_id)
            check = ReplyCheck()
            if order.drafts:
                check = await self._checked(case.letter, order, order.drafts[-1].parts, order.drafts[-1].promises)
            return replies.sign_off(self._deed(actor, origin), case.letter, order, self.limits, check, reason)

        await commit_decided(self._store, attempt)

    async def rate(
        self,
        actor: Actor,
        order_id: str,
        level: Satisfaction,
        *,
        contacted: bool | None,
        solved: bool | None,
        reason: str,
        origin: str,
    ) -> None:
        """Rate the answer (评价), or record the writer's rating in a follow-up call (回访)."""

        async def attempt() -> Changes:
            case, order = await access_order(self._store, actor, order_id)
            return followup.rate(
                self._deed(actor, origin),
                case.letter,
                case.other_states(order.id),
                order,
                level,
                contacted=contacted,
                solved=solved,
                reason=reason,
                limits=self.limits,
            )

        await commit_decided(self._store, attempt)

    async def _checked(
        self, letter: Letter, order: WorkOrder, parts: ReplyParts, promises: Sequence[Promise]
    ) -> ReplyCheck:
        """Compare with what the office answered last; a sealed answer is compared with none."""
        orders: list[WorkOrder] = []
        if order.office_id and not order.sealed:
            orders = await self._store.answers_of_office(order.office_id, gate.EARLIER + 1)
        others = [one for one in orders if one.letter_id != order.letter_id][: gate.EARLIER]
        earlier = gate.earlier_answers(others, await self._store.letters_with([one.letter_id for one in others]))
        now = self._clock.now()
        return gate.check_reply(self._gate, letter, order, parts, promises, earlier=earlier, now=now)

    async def _decide(self, actor: Actor, order_id: str, origin: str, decision: Decision) -> None:
        async def attempt() -> Changes:
            case, order = await access_order(self._store, actor, order_id)
            return decision(self._deed(actor, origin), case.letter, order)

        await commit_decided(self._store, attempt)

    async def _decide_turn(
        self,
        actor: Actor,
        order_id: str,
        origin: str,
        decision: Callable[[Deed, Letter, WorkOrder, Assignment], Changes],
    ) -> None:
        async def attempt() -> Changes:
            case, order = await access_order(self._store, actor, order_id)
            turn = await self._store.get(Assignment, order.assignment_id or "")
            if turn is None:
                raise NotFoundError
            return decision(self._deed(actor, origin), case.letter, order, turn)

        await commit_decided(self._store, attempt)

    async def _need_office(self, office_id: str) -> None:
        office = await self._store.get(Office, office_id)
        if office is None or not office.routable:
            raise InvalidInputError("routing.office.unknown", field="office_id")

    def _deed(self, actor: Actor, origin: str) -> Deed:
        return Deed(actor, self._clock.now(), origin)
