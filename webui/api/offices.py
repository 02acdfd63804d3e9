"""The offices (办事机构) for programs: all of them, those that words or a place lead to, and one with its matters."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta
from msgspec.structs import asdict

from minxin.consult.directory import OFFICES_PATH, OfficeCard
from minxin.webui.api.operations import N_, AnyOperation, Call, Nothing, Sent, Shown, reads
from minxin.webui.pages.offices import WORDS_MAX

TAG: Final = "public"


class OfficesQuery(Sent, frozen=True):
    """Which offices: those that words mean (a name, a duty, a street, an estate), the likeliest first, or all."""

    q: Annotated[str, Meta(max_length=WORDS_MAX)] = ""


class OfficeShown(Shown, frozen=True):
    """An office (承办单位) with its duties in its own words.

    `area` is the chain of districts and streets that it works for, empty for the whole city; `parent` and `below` are
    ids; the page for people lies at `path`, where the duties are `#duty-1`, `#duty-2`, ….
    """

    id: str
    name: str
    name_en: str
    short: str
    level: str
    area: list[str]
    parent: str | None
    below: list[str]
    duties: list[str]
    address: str
    hours: str
    phone: str
    routable: bool
    path: str


class OfficeList(Shown, frozen=True):
    """Offices."""

    items: list[OfficeShown]


class OfficeMatter(Shown, frozen=True):
    """A matter that the office handles."""

    code: str
    name: str


class OfficeWhole(OfficeShown, frozen=True):
    """An office with the matters that it handles."""

    matters: list[OfficeMatter]


async def offices(call: Call[Nothing, OfficesQuery]) -> OfficeList:
    """Return all offices, or those that the words lead to."""
    directory, words = call.services.directory, call.query.q.strip()
    cards = {card.office.id: card for card in await directory.cards()}
    if not words:
        return OfficeList(items=[office_shown(card) for card in cards.values()])
    found = await directory.find(words)
    ids = [office.id for place in found.places for office in place.offices]
    ids += [match.office.id for match in found.offices]
    return OfficeList(items=[office_shown(cards[one]) for one in dict.fromkeys(ids)])


async def office(call: Call[Nothing, Nothing]) -> OfficeWhole:
    """Return one office."""
    card = await call.services.directory.one(call.part("id"))
    matters = (await call.services.matters.offered()).values()
    return OfficeWhole(
        **asdict(office_shown(card)),
        matters=[OfficeMatter(code=one.id, name=one.name) for one in matters if one.office_id == card.office.id],
    )


def office_shown(card: OfficeCard) -> OfficeShown:
    """Return an office as programs read it."""
    one = card.office
    return OfficeShown(
        id=one.id,
        name=one.name,
        name_en=one.name_en,
        short=one.short,
        level=one.level,
        area=list(card.area),
        parent=one.parent or None,
        below=[below.id for below in card.below],
        duties=list(one.duties),
        address=one.address,
        hours=one.hours,
        phone=one.phone,
        routable=one.routable,
        path=f"{OFFICES_PATH}/{one.id}",
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads("listOffices", "/offices", TAG, N_("List the offices"), offices, OfficesQuery, OfficeList, is_open=True),
    reads(
        "getOffice",
        "/offices/{id}",
        TAG,
        N_("Read an office with its duties and matters"),
        office,
        Nothing,
        OfficeWhole,
        is_open=True,
    ),
)
