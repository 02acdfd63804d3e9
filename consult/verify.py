"""Proves that letters say what was written (内容核验): holds every record against the digests in its letter's events.

That the events themselves are whole is another proof (``core/verify.py``), to be made first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from minxin.consult.contents import copy_digest, letter_digest, papers_digest, renewal_digest, reply_digest
from minxin.consult.ports import CaseFile, ContentReads
from minxin.consult.records import Letter, WorkOrder
from minxin.core.changes import Event
from minxin.core.errors import DamagedError

# What a second person decided: nothing waits after it.
DECISIONS: Final = frozenset({"published", "publication_refused"})


class LetterBreak(Struct, frozen=True):
    """What is wrong with the first letter that is not as its events say; ``number`` is empty when it has no record."""

    letter_id: str
    number: str
    problem: str


class LettersVerdict(Struct, frozen=True):
    """What was read, and the first break, or None when everything holds."""

    broken: LetterBreak | None
    letters: int = 0
    files: int = 0


async def verify_letters(reads: ContentReads) -> LettersVerdict:
    """Hold each letter's words, answers, papers, public copy and files against its events, by letter id."""
    letters = files = 0
    try:
        async for case in reads.case_files():
            blobs = dict(blobs_of(case))
            problem = first_problem(case) or await _blob_problem(reads, blobs)
            if problem is not None:
                number = case.letter.number if case.letter else ""
                return LettersVerdict(LetterBreak(case.letter_id, number, problem), letters, files)
            letters, files = letters + 1, files + len(blobs)
    except DamagedError as error:
        return LettersVerdict(LetterBreak(str(error.params.get("letter", "")), "", error.reason), letters, files)
    return LettersVerdict(None, letters, files)


def first_problem(case: CaseFile) -> str | None:
    """Return the first thing that differs between what is stored under a letter's id and what its events state."""
    if case.letter is None:
        return "its record is gone" if case.events else "something belongs to it, and it is not there"
    if not case.events:
        return "it has no events"
    return next(_problems(case, case.letter, _stated(case.events)), None)


def blobs_of(case: CaseFile) -> Iterator[tuple[str, str]]:
    """Yield what and which blob, for the letter as it came and each file of it."""
    if case.letter is None:
        return
    yield "the letter as it came", case.letter.raw_blob
    for file in case.letter.attachments:
        yield f"file {file.id}", file.blob_id
    for order in case.orders:
        for papers in order.papers:
            for file in papers.attachments:
                yield f"file {file.id} of work order {order.number}", file.blob_id


async def _blob_problem(reads: ContentReads, blobs: Mapping[str, str]) -> str | None:
    for what, blob_id in blobs.items():
        digest = await reads.blob_digest(blob_id)
        if digest != blob_id:
            return f"{what} {'is gone' if digest is None else 'was changed'}"
    return None


class _StatedOrder(Struct):
    reply: str | None = None
    first_reply: str | None = None
    papers: list[Any] = field(default_factory=list)


class _Stated(Struct):
    """The last digests that the events name."""

    raw: str | None = None
    content: str | None = None
    copy: str | None = None
    renewal: str | None = None
    orders: dict[str, _StatedOrder] = field(default_factory=dict)


def _stated(events: Iterable[Event]) -> _Stated:
    stated = _Stated()
    for event in events:
        stated.raw = event.data.get("raw", stated.raw)
        stated.content = event.data.get("content", stated.content)
        stated.copy = event.data.get("copy", stated.copy)
        stated.renewal = event.data.get("renewal", None if event.kind in DECISIONS else stated.renewal)
        if "order" in event.data:
            _state_order(stated.orders.setdefault(event.data["order"], _StatedOrder()), event)
    return stated


def _state_order(order: _StatedOrder, event: Event) -> None:
    match event.kind:
        case "answered":
            order.reply = event.data.get("reply")
        case "redone":
            order.first_reply, order.reply = order.reply, None
        case "papers_asked":
            order.papers.append(event.data.get("papers"))
        case "papers_supplied":
            order.papers[-1:] = [event.data.get("papers")]


def _problems(case: CaseFile, letter: Letter, stated: _Stated) -> Iterator[str]:
    if letter.raw_blob != stated.raw:
        yield "it names another original than its events"
    if letter_digest(letter) != stated.content:
        yield "its words are not those that its events state"
    orders = {order.id: order for order in case.orders}
    for order_id in stated.orders.keys() - orders.keys():
        yield f"work order {order_id} is gone"
    for order in case.orders:
        if order.id not in stated.orders:
            yield f"work order {order.number} is in no event"
        else:
            yield from _order_problems(letter.id, order, stated.orders[order.id])
    if (copy_digest(case.copy) if case.copy else None) != stated.copy:
        yield "its public copy is not the one that its events state"
    renewal = case.copy.renewal if case.copy else None
    if (renewal_digest(letter.id, renewal) if renewal else None) != stated.renewal:
        yield "its new public copy is not the one that its events state"


def _order_problems(letter_id: str, order: WorkOrder, stated: _StatedOrder) -> Iterator[str]:
    first = order.redo.first_reply if order.redo else None
    for reply, digest, name in ((first, stated.first_reply, "first answer"), (order.reply, stated.reply, "answer")):
        if (reply_digest(letter_id, reply) if reply else None) != digest:
            yield f"the {name} in work order {order.number} is not the one that its events state"
    if [papers_digest(letter_id, papers) for papers in order.papers] != stated.papers:
        yield f"the papers in work order {order.number} are not those that its events state"
