"""Searching for programs (检索): letters on the desk, one's own, published answers, with facets and marked words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import Meta

from minxin.consult.records import OrderState
from minxin.consult.search.marking import Piece
from minxin.consult.search.records import FACETS, Narrowed
from minxin.consult.search.service import Found, FoundLetter
from minxin.consult.search.words import MOST_ASKED
from minxin.core.judgement import Kind
from minxin.core.paging import PageRequest
from minxin.webui.api.letter_views import LetterSummary, summary_of
from minxin.webui.api.operations import N_, AnyOperation, Call, Nothing, Sent, Shown, reads
from minxin.webui.api.sent import Cursor, Size
from minxin.webui.offices import office_names
from minxin.webui.pages.board import DESK_ROLES

TAG: Final = "search"
ORDER: Final = (
    "The letters that hold every phrase of `q` unbroken come first, then those that hold most of it; the newest first "
    "in each. Two Chinese characters, a Latin word, a name, a plate or a letter's number are enough; width, case and "
    "traditional characters make no difference. Without `q` all are listed."
)

Words = Annotated[str, Meta(description="What is looked for.", extra_json_schema={"maxLength": MOST_ASKED})]
Month = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}$", description="The month of receipt in China, such as 2026-03.")]


class SearchAsked(Sent, frozen=True):
    """What is looked for among published answers."""

    q: Words = ""
    kind: Kind | None = None
    office: str | None = None
    month: Month | None = None
    after: Cursor | None = None
    size: Size = 20


class DeskSearchAsked(SearchAsked, frozen=True):
    """What is looked for among the letters that staff may see."""

    state: OrderState | None = None


class OwnSearchAsked(Sent, frozen=True):
    """What is looked for among one's own letters."""

    q: Words = ""
    kind: Kind | None = None
    month: Month | None = None
    after: Cursor | None = None
    size: Size = 20


class PieceShown(Shown, frozen=True):
    """A piece of a text; a `marked` one was looked for."""

    text: str
    marked: bool


class FacetCount(Shown, frozen=True):
    """A value that letters which were found have, and how many of them."""

    value: str
    count: int


class FacetsShown(Shown, frozen=True):
    """What all that was found is made of, the most frequent first: what the query may be narrowed to."""

    state: list[FacetCount]
    office: list[FacetCount]
    kind: list[FacetCount]
    month: list[FacetCount]


class FoundOrder(Shown, frozen=True):
    """A work order of a letter that was found, of those that the caller may see."""

    id: str
    number: str
    office_id: str | None
    office: str
    state: OrderState


class FoundOnDesk(Shown, frozen=True):
    """A letter that was found; `text` is the part of it around the first mark."""

    letter: LetterSummary
    orders: list[FoundOrder]
    subject: list[PieceShown]
    text: list[PieceShown]


class FoundOwn(Shown, frozen=True):
    """A letter of the caller's that was found, or one in the name of `company`; `text` is around the first mark."""

    letter: LetterSummary
    company: str
    subject: list[PieceShown]
    text: list[PieceShown]


class FoundPublic(Shown, frozen=True):
    """A published letter that was found; `text` is the part of it, or of its answer, around the first mark."""

    id: str
    number: str
    office_id: str
    office: str
    published_at: datetime | None
    subject: list[PieceShown]
    text: list[PieceShown]


class FoundPage(Shown, frozen=True):
    """A page of what was found, of `total` in all.

    `limited`: the engine can't be reached, and the newest letters alone were looked through. `catching_up`: letters
    changed a moment ago and may be missing.
    """

    total: int
    facets: FacetsShown
    next: str | None
    limited: bool
    catching_up: bool


class DeskFoundPage(FoundPage, frozen=True):
    """Letters that staff may see and the words find."""

    items: list[FoundOnDesk]


class OwnFoundPage(FoundPage, frozen=True):
    """Letters of the caller and of his companies that the words find."""

    items: list[FoundOwn]


class PublicFoundPage(FoundPage, frozen=True):
    """Published answers that the words find."""

    items: list[FoundPublic]


async def on_desk(call: Call[Nothing, DeskSearchAsked]) -> DeskFoundPage:
    """Return the letters that the caller may see and the words find."""
    asked = call.query
    narrowed = Narrowed(state=asked.state, office=asked.office, kind=asked.kind, month=asked.month)
    found = await call.services.search.letters(call.actor, asked.q, PageRequest(asked.after, asked.size), narrowed)
    names = await office_names(call.request)
    items = [
        FoundOnDesk(
            letter=summary_of(one.letter, one.orders, call.now),
            orders=_orders(one, names),
            subject=_pieces(one.subject),
            text=_pieces(one.text),
        )
        for one in found.letters
    ]
    return DeskFoundPage(items=items, **_about(found))


async def own(call: Call[Nothing, OwnSearchAsked]) -> OwnFoundPage:
    """Return the caller's letters, and those of his companies, that the words find."""
    asked = call.query
    narrowed = Narrowed(kind=asked.kind, month=asked.month)
    found = await call.services.search.own(call.actor, asked.q, PageRequest(asked.after, asked.size), narrowed)
    items = [
        FoundOwn(
            letter=summary_of(one.letter, one.orders, call.now),
            company=one.letter.behalf.name if one.letter.behalf is not None else "",
            subject=_pieces(one.subject),
            text=_pieces(one.text),
        )
        for one in found.letters
    ]
    return OwnFoundPage(items=items, **_about(found))


async def published(call: Call[Nothing, SearchAsked]) -> PublicFoundPage:
    """Return the published answers that the words find."""
    asked = call.query
    narrowed = Narrowed(office=asked.office, kind=asked.kind, month=asked.month)
    found = await call.services.search.published(asked.q, PageRequest(asked.after, asked.size), narrowed)
    names = await office_names(call.request)
    items = [
        FoundPublic(
            id=one.copy.id,
            number=one.copy.number,
            office_id=one.copy.office_id,
            office=names.get(one.copy.office_id, ""),
            published_at=one.copy.decided_at,
            subject=_pieces(one.subject),
            text=_pieces(one.text),
        )
        for one in found.copies
    ]
    return PublicFoundPage(items=items, **_about(found))


def _about(found: Found) -> dict[str, Any]:
    """Return what is said of all that was found."""
    counted = {
        name: [FacetCount(value=value, count=count) for value, count in found.facets.get(name, ())] for name in FACETS
    }
    return {
        "total": found.total,
        "facets": FacetsShown(**counted),
        "next": found.next,
        "limited": found.limited,
        "catching_up": found.behind.waiting > 0,
    }


def _orders(found: FoundLetter, names: Mapping[str, str]) -> list[FoundOrder]:
    return [
        FoundOrder(
            id=order.id,
            number=order.number,
            office_id=order.office_id,
            office=names.get(order.office_id or "", ""),
            state=order.state,
        )
        for order in found.orders
    ]


def _pieces(found: Iterable[Piece]) -> list[PieceShown]:
    return [PieceShown(text=piece.text, marked=piece.marked) for piece in found]


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "searchLetters",
        "/letters/search",
        TAG,
        N_("Search one's own letters and those of one's companies"),
        own,
        OwnSearchAsked,
        OwnFoundPage,
        description=ORDER,
    ),
    reads(
        "searchDesk",
        "/desk/search",
        TAG,
        N_("Search the letters that one may see"),
        on_desk,
        DeskSearchAsked,
        DeskFoundPage,
        description=ORDER,
        roles=DESK_ROLES,
    ),
    reads(
        "searchPublicLetters",
        "/public/search",
        TAG,
        N_("Search published answers"),
        published,
        SearchAsked,
        PublicFoundPage,
        description=ORDER,
        is_open=True,
    ),
)
