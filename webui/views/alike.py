"""Like letters (相似来信) as people read them: which, and why they are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from minxin.consult.alike import LikeLetter, Offer
from minxin.core.alike import Alike, Likeness


class Reason(Struct, frozen=True):
    """Why two letters are alike; ``percent`` is the share of the shorter one that stands in the other."""

    kind: Likeness
    places: tuple[str, ...]
    words: tuple[str, ...]
    days: int
    percent: int


class LikeRow(Struct, frozen=True):
    """A like letter: where it is read, what is told of it, and why it is here."""

    address: str
    number: str
    subject: str
    at: datetime | None
    state: str
    office: str
    same_writer: bool
    why: Reason


class OfferView(Struct, frozen=True):
    """What a writer is offered before he sends."""

    published: tuple[LikeRow, ...] = ()
    own: tuple[LikeRow, ...] = ()


NO_OFFER = OfferView()


def like_rows(found: Sequence[LikeLetter], names: Mapping[str, str]) -> tuple[LikeRow, ...]:
    """Return the rows for staff; ``names`` are the offices'."""
    return tuple(_letter_row(one, f"/desk/letters/{one.letter.id}", names) for one in found)


def offer_view(offer: Offer, names: Mapping[str, str]) -> OfferView:
    """Return the rows for a writer: published letters by anybody, and his own."""
    published = tuple(
        LikeRow(
            address=f"/published/{one.copy.id}",
            number="",
            subject=one.copy.subject,
            at=one.copy.decided_at,
            state="",
            office=names.get(one.copy.office_id, ""),
            same_writer=False,
            why=_reason(one.alike),
        )
        for one in offer.published
    )
    return OfferView(published, tuple(_letter_row(one, f"/letters/{one.letter.id}", names) for one in offer.own))


def _letter_row(one: LikeLetter, address: str, names: Mapping[str, str]) -> LikeRow:
    order = one.orders[0] if one.orders else None
    return LikeRow(
        address=address,
        number=one.letter.number,
        subject=one.letter.subject,
        at=one.letter.received_at,
        state=(order.state if order else one.letter.state).value,
        office=names.get(order.office_id or "", "") if order else "",
        same_writer=one.same_writer,
        why=_reason(one.alike),
    )


def _reason(alike: Alike) -> Reason:
    return Reason(alike.kind, alike.places, alike.words, alike.days, round(alike.copied * 100))
