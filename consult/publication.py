"""Publication (公开): an answered letter as everybody may read it, with nobody's name in it.

Only with the writer's consent, never of a sealed letter, and only when a second person read the copy that the first one
proposed. A letter that was split up is published when all of it is answered, by the centre, which sees all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, structs
from msgspec.structs import replace

from minxin.consult.access import OFFICE_ROLES, Case, access_letter, access_order
from minxin.consult.contents import copy_digest, renewal_digest
from minxin.consult.copy_records import EarlierAnswer, ProposedCopy
from minxin.consult.decision import Deed, write
from minxin.consult.ports import AbuseFinder, LetterStore, PersonalDataFinder, Writers
from minxin.consult.records import Letter, OrderState, PublicCopy, PublicState, ReplyParts, Share, WorkOrder
from minxin.consult.redaction import certain_in, redact, tally
from minxin.consult.trying import commit_decided
from minxin.core.abuse import AbuseSpan
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.personal import Personal

CENTRE_ROLES: Final = (Role.CLERK, Role.MANAGER)
DECIDING_ROLES: Final = (Role.REVIEWER, Role.SIGNER)
TEXT_MIN: Final = 2
TEXT_MAX: Final = 20_000
REASON_MIN: Final = 2
_FIELDS: Final = ("subject", "text", "answer")


class Words(Struct, frozen=True):
    """The words of a public copy: of the letter's subject and text, and of the answer in one piece."""

    subject: str
    text: str
    answer: str


class Proposal(Struct, frozen=True):
    """What a person starts from: the words as they are, as the machine would publish them, and what it found in them.

    Of ``found`` the kinds in ``core.personal.MARKED_ONLY`` are still in the suggested words.
    """

    original: Words
    suggested: Words
    found: dict[Personal, int]


def answer_text(parts: ReplyParts) -> str:
    """Return what of an answer is of use to everybody: what was found, on what basis, and what came of it."""
    return "\n\n".join((parts.finding, parts.basis, parts.result))


def suggest(letter: Letter, orders: Sequence[WorkOrder], writer_name: str, finder: PersonalDataFinder) -> Proposal:
    """Return the proposal for an answered letter; raises ``IllegalMoveError`` as :func:`propose` does."""
    original = original_words(letter, orders)
    names = (writer_name,)
    subject = redact(original.subject, finder.find(original.subject), names)
    text = redact(original.text, finder.find(original.text), names)
    answer = redact(original.answer, finder.find(original.answer), names, office_lines=True)
    found = tally((subject.found, text.found, answer.found))
    return Proposal(original, Words(subject.text, text.text, answer.text), found)


def left_in(words: Words, finder: PersonalDataFinder) -> dict[Personal, int]:
    """Return what a finder still sees in a copy, for the second person to look at; an office's lines don't count."""
    subject, text = (redact(one, finder.find(one)) for one in (words.subject, words.text))
    return tally((subject.found, text.found, redact(words.answer, finder.find(words.answer), office_lines=True).found))


def propose(
    deed: Deed,
    letter: Letter,
    orders: Sequence[WorkOrder],
    known: PublicCopy | None,
    words: Words,
    personal: dict[str, tuple[Personal, ...]],
) -> Changes:
    """Return the proposal to publish (拟公开) what ``orders`` answered; a refused copy may be proposed anew, and a
    published one once its matter was done again (重办) and answered.

    Raises ``IllegalMoveError`` ``publication.sealed``, ``.no_consent``, ``.no_answer``, ``.already`` or ``.actor``, and
    ``InvalidFormError`` beside each field that is empty, too long, or still names somebody: ``personal`` holds by field
    what :func:`unpublishable` found.
    """
    original_words(letter, orders)
    if not all(may_propose(deed.actor, order) for order in orders):
        raise IllegalMoveError("publication.actor")
    if known is not None and not may_be_proposed(known, orders):
        raise IllegalMoveError("publication.already")
    _check(words, personal)
    proposed = ProposedCopy(words.subject.strip(), words.text.strip(), words.answer.strip(), deed.at, deed.actor.id)
    if known is not None and known.state is PublicState.PUBLISHED:
        return _renewal(deed, letter, orders, known, proposed)
    copy = PublicCopy(
        id=letter.id,
        version=known.version if known else 0,
        number=letter.number,
        office_id=(orders[0].office_id or "") if len(orders) == 1 else "",
        state=PublicState.PROPOSED,
        **structs.asdict(proposed),
    )
    changes = write(deed, letter, "publication_proposed", order=orders[0], copy=copy_digest(copy))
    (changes.puts if known else changes.inserts).append(copy)
    return changes


def decide(
    deed: Deed, letter: Letter, orders: Sequence[WorkOrder], copy: PublicCopy, approve: bool, reason: str
) -> Changes:
    """Return the second person's decision (复核): published, or refused with a reason.

    A published copy whose renewal is refused stays as it was.

    Raises ``IllegalMoveError`` ``publication.decided``, ``.second_person``, ``.actor``, ``.no_consent``, ``.sealed`` or
    ``.outdated`` (another answer was given since), and ``InvalidInputError`` for a refusal without its reason.
    """
    original_words(letter, orders)
    waiting = copy.waiting
    if waiting is None:
        raise IllegalMoveError("publication.decided")
    if not may_decide(deed.actor, copy):
        raise IllegalMoveError("publication.actor")
    if waiting.proposed_by == deed.actor.id:
        raise IllegalMoveError("publication.second_person")
    if not approve and len(reason.strip()) < REASON_MIN:
        raise InvalidInputError("publication.reason", field="reason", least=REASON_MIN)
    if approve and _answered_since(waiting.proposed_at, orders):
        raise IllegalMoveError("publication.outdated")
    decided = _published(deed, copy) if approve else _refused(deed, copy, reason.strip())
    digest: dict[str, Any] = {"copy": copy_digest(decided)} if approve and copy.renewal else {}
    changes = write(deed, letter, "published" if approve else "publication_refused", order=orders[0], **digest)
    changes.puts.append(decided)
    return changes


def may_be_proposed(known: PublicCopy, orders: Sequence[WorkOrder]) -> bool:
    """Say whether another copy may be proposed: after a refusal, or when a redo was answered since."""
    if known.state is PublicState.PUBLISHED:
        return known.renewal is None and _answered_since(known.proposed_at, orders)
    return known.state is PublicState.REFUSED


def _answered_since(instant: datetime, orders: Sequence[WorkOrder]) -> bool:
    return any(order.reply is not None and order.reply.at > instant for order in orders)


def _renewal(
    deed: Deed, letter: Letter, orders: Sequence[WorkOrder], known: PublicCopy, proposed: ProposedCopy
) -> Changes:
    digest = renewal_digest(letter.id, proposed)
    changes = write(deed, letter, "publication_proposed", order=orders[0], renewal=digest)
    changes.puts.append(replace(known, renewal=proposed, refusal=""))
    return changes


def _published(deed: Deed, copy: PublicCopy) -> PublicCopy:
    decided = replace(
        copy, state=PublicState.PUBLISHED, decided_by=deed.actor.id, decided_at=deed.at, refusal="", renewal=None
    )
    if copy.renewal is None or copy.decided_at is None:
        return decided
    before = EarlierAnswer(copy.answer, copy.decided_at)
    return replace(decided, **structs.asdict(copy.renewal), earlier=(before, *copy.earlier))


def _refused(deed: Deed, copy: PublicCopy, reason: str) -> PublicCopy:
    if copy.renewal is not None:
        return replace(copy, renewal=None, refusal=reason)
    return replace(copy, state=PublicState.REFUSED, decided_by=deed.actor.id, decided_at=deed.at, refusal=reason)


def may_propose(actor: Actor, order: WorkOrder) -> bool:
    """Say whether the actor may propose a public copy: the centre, or the office that answered all of the letter."""
    if actor.is_a(*CENTRE_ROLES):
        return True
    return order.share is Share.WHOLE and actor.is_a(*OFFICE_ROLES) and actor.office_id == order.office_id


def may_decide(actor: Actor, copy: PublicCopy) -> bool:
    """Say whether the actor may be the second person: a reviewer or signer of the office, or the centre."""
    return actor.is_a(*CENTRE_ROLES) or (actor.is_a(*DECIDING_ROLES) and actor.office_id == copy.office_id)


def original_words(letter: Letter, orders: Sequence[WorkOrder]) -> Words:
    """Return the letter and its answers as they are; raises ``IllegalMoveError`` as :func:`propose` does."""
    if letter.sealed:
        raise IllegalMoveError("publication.sealed")
    if not letter.public:
        raise IllegalMoveError("publication.no_consent")
    replies = [order.reply for order in orders if order.state in (OrderState.ANSWERED, OrderState.CLOSED)]
    given = [answer_text(reply.parts) for reply in replies if reply is not None]
    if not given or len(given) < len(orders):
        raise IllegalMoveError("publication.no_answer")
    return Words(letter.subject, letter.text, "\n\n".join(given))


def to_publish(case: Case) -> tuple[WorkOrder, ...]:
    """Return the work orders whose answers belong to the public copy: all but cancelled ones."""
    return tuple(order for order in case.orders if order.state is not OrderState.CANCELLED)


def unpublishable(words: Words, writer_name: str, finder: PersonalDataFinder) -> dict[str, tuple[Personal, ...]]:
    """Return by field what a public copy can't hold and these words do."""
    texts = {field: getattr(words, field)[:TEXT_MAX] for field in _FIELDS}
    return {field: certain_in(text, finder.find(text), (writer_name,)) for field, text in texts.items()}


def _check(words: Words, personal: dict[str, tuple[Personal, ...]]) -> None:
    errors = []
    for field in _FIELDS:
        text = getattr(words, field)
        if not TEXT_MIN <= len(text.strip()) <= TEXT_MAX:
            errors.append(InvalidInputError("publication.length", field=field, least=TEXT_MIN, most=TEXT_MAX))
        for kind in personal[field][:1]:
            errors.append(InvalidInputError("publication.personal", field=field, personal=kind))
    if errors:
        raise InvalidFormError(errors)


class Publications:
    """Proposes, decides and shows public copies.

    Staff's methods raise ``NotFoundError`` for a letter that the actor may not see.
    """

    def __init__(
        self, store: LetterStore, clock: Clock, writers: Writers, finder: PersonalDataFinder, abuse: AbuseFinder
    ) -> None:
        self._store = store
        self._clock = clock
        self._writers = writers
        self._finder = finder
        self._abuse = abuse

    async def suggestion(self, actor: Actor, order_id: str) -> Proposal:
        """Return the copy as the machine would publish it."""
        case, order = await access_order(self._store, actor, order_id)
        if not may_propose(actor, order):
            raise NotFoundError
        name = await self._writers.name_of(case.letter.writer_id)
        return await asyncio.to_thread(suggest, case.letter, to_publish(case), name, self._finder)

    async def left_in(self, words: Words) -> dict[Personal, int]:
        """Return what is still seen in the words of a copy."""
        return await asyncio.to_thread(left_in, words, self._finder)

    async def abuse_in(self, words: Words) -> tuple[AbuseSpan, ...]:
        """Return what in the words of a copy may offend or threaten somebody, for the second person to look at."""
        text = "\n".join((words.subject, words.text, words.answer))
        return await self._abuse.find(text)

    async def propose(self, actor: Actor, order_id: str, words: Words, *, origin: str) -> None:
        """Propose the public copy (拟公开)."""

        async def attempt() -> Changes:
            case, _ = await access_order(self._store, actor, order_id)
            known = await self._store.get(PublicCopy, case.letter.id)
            name = await self._writers.name_of(case.letter.writer_id)
            personal = await asyncio.to_thread(unpublishable, words, name, self._finder)
            return propose(self._deed(actor, origin), case.letter, to_publish(case), known, words, personal)

        await commit_decided(self._store, attempt)

    async def copy_of(self, actor: Actor, letter_id: str) -> PublicCopy | None:
        """Return the letter's public copy in whatever state, or None when none was proposed."""
        await access_letter(self._store, actor, letter_id)
        return await self._store.get(PublicCopy, letter_id)

    async def waiting(self, actor: Actor, page: PageRequest) -> Page[PublicCopy]:
        """Return the copies that wait for a second person and that the actor may decide on, newest first.

        An office's pages may be shorter than asked for: its own are picked out of all.
        """
        if not actor.is_a(*CENTRE_ROLES, *DECIDING_ROLES):
            raise NotFoundError
        found = await self._store.copies_to_decide(page)
        return Page([copy for copy in found.items if may_decide(actor, copy)], found.next)

    async def decide(self, actor: Actor, letter_id: str, approve: bool, reason: str, *, origin: str) -> None:
        """Publish the copy, or refuse it (复核)."""

        async def attempt() -> Changes:
            case = await access_letter(self._store, actor, letter_id)
            copy = await self._store.get(PublicCopy, letter_id)
            if copy is None:
                raise NotFoundError
            return decide(self._deed(actor, origin), case.letter, to_publish(case), copy, approve, reason)

        await commit_decided(self._store, attempt)

    async def published(self, page: PageRequest, office_id: str | None = None) -> Page[PublicCopy]:
        """Return what everybody may read, newest first: all, or what one office answered."""
        return await self._store.published_copies(page, office_id)

    async def published_one(self, copy_id: str) -> PublicCopy:
        """Return one published copy; raises ``NotFoundError`` for any other."""
        copy = await self._store.get(PublicCopy, copy_id)
        if copy is None or copy.state is not PublicState.PUBLISHED:
            raise NotFoundError
        return copy

    def _deed(self, actor: Actor, origin: str) -> Deed:
        return Deed(actor, self._clock.now(), origin)
