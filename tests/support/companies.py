"""Companies of the small city: applied for, verified and shared, as the tests of boxes and pages use them."""

from __future__ import annotations

from typing import TypeVar

from support.scene import Scene
from support.web import City

from minxin.core.actor import Actor, Role
from minxin.core.changes import Record
from minxin.core.store import Store
from minxin.mailbox.companies.forms import CompanyForm
from minxin.mailbox.companies.records import Company
from minxin.mailbox.mail.destination import destination
from minxin.mailbox.mail.records import Box
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account

R = TypeVar("R", bound=Record)
CODE = "91350100M000100Y43"
OTHER_CODE = "91110000802100433B"
NAME = "滨海市晨光科技有限公司"
REPRESENTATIVE = "王小明"
FROM = "test"
CLERK = Actor("the clerk", frozenset({Role.CLERK}), "centre")
ADMINISTRATOR = Actor("the administrator", frozenset({Role.ADMINISTRATOR}), "centre")


def form(code: str = CODE, name: str = NAME, representative: str = REPRESENTATIVE) -> CompanyForm:
    return CompanyForm(code=code, name=name, representative=representative, district="haiyan")


async def kept(store: Store, kind: type[R], record_id: str) -> R:
    """Return the record, which must be there."""
    found = await store.get(kind, record_id)
    assert found is not None
    return found


async def own_box(city: City, actor: Actor) -> Box:
    """Return the actor's own box, which must be open."""
    found = await city.services.boxes.own(actor)
    assert found is not None
    return found


async def taken_by(store: MailStore, address: str, **more: bool) -> Box:
    """Return the box that takes mail for the address."""
    found = (await destination(store, address, **more)).box
    assert found is not None
    return found


def phone_of(city: City, account: Account) -> str:
    return city.vault.open(account.phone, "phone")


async def applied(city: City, actor: Actor, **fields: str) -> Company:
    return await city.services.companies.own.apply(actor, form(**fields), FROM)


async def verified(city: City, actor: Actor, **fields: str) -> Company:
    """Apply for a company and have a clerk verify it."""
    company = await applied(city, actor, **fields)
    await city.services.companies.desk.verify(CLERK, company.id, form(**fields), FROM)
    return await kept(city.store, Company, company.id)


async def shared(scene: Scene, company: Company) -> None:
    """Make the neighbour a delegate of the writer's company."""
    own = scene.city.services.companies.own
    account = await kept(scene.city.store, Account, scene.actors["neighbour"].id)
    await own.invite(scene.actors["writer"], company.id, phone_of(scene.city, account), FROM)
    (invited,) = await own.invitations(scene.actors["neighbour"])
    await own.answer(scene.actors["neighbour"], invited.invitation.id, True, FROM)
