"""What is kept of a letter in the index, and who may find it: the access door's rules as data (``consult/access.py``).

A letter without a work order was not judged, and may be about to be sealed: until then its writer alone finds it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from minxin.consult.access import OFFICE_ROLES, is_shared, may_search_all
from minxin.consult.records import Letter, OrderState, PublicCopy, PublicState, WorkOrder
from minxin.consult.search.records import SearchEntry
from minxin.consult.search.words import plain, wholes
from minxin.core.actor import Actor, Role
from minxin.core.clock import SHANGHAI

PUBLIC: Final = "public"
_PUBLIC_ID: Final = "public-"
WRITER: Final = "writer"
COMPANY: Final = "company"
DISCIPLINE: Final = "discipline"
_CENTRE: Final = "centre"
_CALLER: Final = "caller"
_OFFICE: Final = "office"
_ANSWERED: Final = (OrderState.ANSWERED, OrderState.CLOSED)
_TIE_BITS: Final = 10  # what tells letters of the same microsecond apart; instants fit beside it until 2255


def audience_of(actor: Actor) -> tuple[str, ...]:
    """Return the audiences that somebody belongs to."""
    found = [_each(WRITER, actor.id)]
    if may_search_all(actor):
        found.append(_CENTRE)
    if actor.is_a(*OFFICE_ROLES) and actor.office_id is not None:
        found.append(_each(_OFFICE, actor.office_id))
    if actor.is_a(Role.CALLER):
        found.append(_CALLER)
    if actor.is_a(Role.DISCIPLINE):
        found.append(DISCIPLINE)
    return tuple(found)


def own_audience(account_id: str, company_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the audiences of somebody's own letters, and of those in the name of these companies."""
    return _each(WRITER, account_id), *(_each(COMPANY, one) for one in company_ids)


def entries_of(letter: Letter, orders: Sequence[WorkOrder], copy: PublicCopy | None) -> list[SearchEntry]:
    """Return the entries of a letter: its own, and that of its public copy while everybody may read it."""
    found = [_letter_entry(letter, orders)]
    if copy is not None and copy.state is PublicState.PUBLISHED and not letter.sealed:
        found.append(_public_entry(letter, copy))
    return found


def ids_of(letter_id: str) -> tuple[str, str]:
    """Return the ids of all entries that a letter can have."""
    return letter_id, _PUBLIC_ID + letter_id


def letter_of(entry_id: str) -> str:
    """Return the id of the letter that an entry is of."""
    return entry_id.removeprefix(_PUBLIC_ID)


def place_of(letter: Letter) -> int:
    """Return where the letter stands among all: by the instant, and for those of one instant by their ids."""
    micros = round(letter.received_at.timestamp() * 1_000_000)
    return micros << _TIE_BITS | zlib.crc32(letter.id.encode()) & (1 << _TIE_BITS) - 1


def month_of(instant: datetime) -> str:
    """Return the month in which people in China were, such as ``2026-03``."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m")


def _letter_entry(letter: Letter, orders: Sequence[WorkOrder]) -> SearchEntry:
    answers = [part for order in orders for part in _reply_words(order)]
    texts = (letter.number, letter.subject, letter.place, letter.text, *answers)
    return SearchEntry(
        id=letter.id,
        # Records only grow, and orders are only added: the sum rises with each change of any of them.
        revision=letter.version + sum(order.version for order in orders),
        place=place_of(letter),
        words=plain(*texts),
        whole=wholes(*texts),
        audience=_audience(letter, orders),
        state=_unique(order.state.value for order in orders),
        office=_unique(order.office_id for order in orders if order.office_id),
        kind=(letter.kind.value,),
        month=(month_of(letter.received_at),),
    )


def _public_entry(letter: Letter, copy: PublicCopy) -> SearchEntry:
    texts = (copy.subject, copy.text, copy.answer)
    return SearchEntry(
        id=_PUBLIC_ID + letter.id,
        revision=copy.version,
        place=place_of(letter),
        words=plain(*texts),
        whole=wholes(*texts),
        audience=(PUBLIC,),
        office=(copy.office_id,),
        kind=(letter.kind.value,),
        month=(month_of(letter.received_at),),
    )


def _audience(letter: Letter, orders: Sequence[WorkOrder]) -> tuple[str, ...]:
    found = [_each(WRITER, letter.writer_id)]
    if letter.sealed:
        return (*found, DISCIPLINE)
    if letter.behalf is not None and is_shared(letter, (letter.behalf.company_id,)):
        found.append(_each(COMPANY, letter.behalf.company_id))
    if orders:
        found.append(_CENTRE)
    found += [_each(_OFFICE, order.office_id) for order in orders if order.office_id]
    if any(order.state in _ANSWERED for order in orders):
        found.append(_CALLER)
    return _unique(found)


def _reply_words(order: WorkOrder) -> tuple[str, ...]:
    if order.reply is None:
        return ()
    parts = order.reply.parts
    return parts.finding, parts.basis, parts.result, parts.remedy


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _each(kind: str, key: str) -> str:
    return f"{kind}:{key}"
