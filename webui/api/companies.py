"""Addresses and companies for programs: what may be chosen for a box, and the companies that one is of."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.mailbox.boxoffice.choosing import Choice
from minxin.mailbox.companies.records import Company, CompanyState
from minxin.webui.api.mail import TAG
from minxin.webui.api.operations import N_, AnyOperation, Call, Method, Nothing, Operation, Sent, Shown, reads

_ADDRESS: Final = "/mailboxes/{id}/address"


class AddressOffer(Shown, frozen=True):
    """An address that fits the holder's name; a `taken` one is somebody else's, for good."""

    address: str
    taken: bool


class AddressShown(Shown, frozen=True):
    """The addresses of a mailbox.

    `address` is shown and written from, `aliases` take mail too. `offers` may be chosen `not_before` (now when null),
    `left` more of them in all.
    """

    address: str
    aliases: list[str]
    offers: list[AddressOffer]
    left: int
    not_before: datetime | None


class AddressChoice(Sent, frozen=True):
    """One of the offered addresses, or one that the mailbox has, to be shown and written from."""

    address: str


class CompanyShown(Shown, frozen=True):
    """A company that the caller is of. `code` is the unified social credit code (统一社会信用代码).

    `acts` says whether the caller decides on its people and its address. Its mailbox has the same `id` once it is
    `active`.
    """

    id: str
    code: str
    name: str
    state: CompanyState
    acts: bool


class CompanyList(Shown, frozen=True):
    """Companies, oldest application first."""

    items: list[CompanyShown]


async def address(call: Call[Nothing, Nothing]) -> AddressShown:
    """Return the addresses of one's own mailbox, or of that of the company that one acts for."""
    return _shown(await call.services.box_office.addresses.choice(call.actor, call.part("id")))


async def choose(call: Call[AddressChoice, Nothing]) -> AddressShown:
    """Make an address the shown one; those that the mailbox had go on working."""
    addresses = call.services.box_office.addresses
    await addresses.choose(call.actor, call.part("id"), call.body.address, call.origin)
    return _shown(await addresses.choice(call.actor, call.part("id")))


async def companies(call: Call[Nothing, Nothing]) -> CompanyList:
    """Return the caller's companies."""
    found = await call.services.companies.own.companies(call.actor)
    return CompanyList(items=[_company(one, call.actor.id) for one in found])


def _shown(choice: Choice) -> AddressShown:
    return AddressShown(
        address=choice.box.address,
        aliases=list(choice.box.aliases),
        offers=[AddressOffer(address=one.address, taken=one.taken) for one in choice.offers],
        left=choice.left,
        not_before=choice.not_before,
    )


def _company(one: Company, account_id: str) -> CompanyShown:
    acts = one.authorised_id == account_id
    return CompanyShown(id=one.id, code=one.code, name=one.name, state=one.state, acts=acts)


_OFFER: Final = AddressOffer(address="wangxiaoming@citizen.binhai.example", taken=False)
_COMPANY: Final = CompanyShown(
    id="Zk3v9hQ1sT2uW4xY5zA6bC",
    code="91350100M000100Y43",
    name="滨海市晨光科技有限公司",
    state=CompanyState.ACTIVE,
    acts=True,
)
COMPANY_EXAMPLES: Final[tuple[Struct, ...]] = (
    _OFFER,
    AddressShown(address="28461935@citizen.binhai.example", aliases=[], offers=[_OFFER], left=3, not_before=None),
    AddressChoice(address="wangxiaoming@citizen.binhai.example"),
    _COMPANY,
    CompanyList(items=[_COMPANY]),
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "getAddress",
        _ADDRESS,
        TAG,
        N_("Read the addresses that a mailbox has and may have"),
        address,
        Nothing,
        AddressShown,
    ),
    Operation(
        name="chooseAddress",
        method=Method.PUT,
        path=_ADDRESS,
        tag=TAG,
        summary=N_("Choose the address of a mailbox"),
        handler=choose,
        body=AddressChoice,
        query=Nothing,
        answer=AddressShown,
        statuses=(200,),
    ),
    reads("listCompanies", "/companies", TAG, N_("List one's own companies"), companies, Nothing, CompanyList),
)
