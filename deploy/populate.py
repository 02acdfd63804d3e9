"""Fills a store: the city's offices, and for the demonstration its staff, some citizens and their letters' past."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from minxin.consult.records import Office
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes
from minxin.core.ids import new_id
from minxin.deploy.city import CityOffice
from minxin.deploy.city_knowledge import ensure_knowledge
from minxin.deploy.city_matters import ensure_matters
from minxin.deploy.city_synonyms import ensure_synonyms
from minxin.deploy.history import Historian
from minxin.deploy.house import House, account_rules
from minxin.deploy.story import Staff
from minxin.mailbox.accounts import Holders, actor_of, apply, create_staff
from minxin.mailbox.forms import Person, StaffForm
from minxin.mailbox.records import Account, Verification, VerifiedBy
from minxin.mailbox.register import import_register

PASSWORD: Final = "Wanghaiting-2026"  # noqa: S105 - the demonstration's one password, printed for whoever runs it
CITIZENS: Final = 60
HANDLING: Final = (Role.HANDLER, Role.REVIEWER, Role.SIGNER)


@dataclass(frozen=True)
class DemoPeople:
    """Who was made for the demonstration."""

    citizens: tuple[Account, ...]
    staff: tuple[Account, ...]

    def with_role(self, role: Role, office_id: str | None = None) -> Account:
        """Return the first account with the role, in the office when given."""
        return next(
            account
            for account in self.staff
            if role in account.roles and (office_id is None or account.office_id == office_id)
        )


async def ensure_offices(house: House) -> None:
    """Put the city's offices into an empty store; offices that are there stay as the city edited them."""
    if await house.store.offices():
        return
    await house.store.commit(Changes(inserts=[_record(office) for office in house.city.offices]))


async def populate_demo(house: House, letters: int, progress: Callable[[int], None]) -> DemoPeople:
    """Fill an empty store with the register of persons, staff, citizens and ``letters`` letters of the last months."""
    house.judge.start()
    await ensure_offices(house)
    await ensure_matters(house)
    await ensure_knowledge(house)
    await ensure_synonyms(house)
    password_hash = await house.passwords.hash(PASSWORD)
    await import_register(house.store, house.vault, house.clock, _register(house), SYSTEM, lambda _: None)
    staff = staff_accounts(house, password_hash, lambda _: new_id())
    citizens = _citizens(house, password_hash)
    await asyncio.gather(*(house.store.commit(changes) for _, changes in [*staff, *citizens]))
    await house.mailroom.keeping.open_missing(office.id for office in house.city.offices)
    people = DemoPeople(tuple(account for account, _ in citizens), tuple(account for account, _ in staff))
    # The first training ends here, so that a demonstration gives advice from its first page on.
    await house.judge.ready()
    historian = Historian(house.city, house.limits, house.adviser, cast_of(people.staff), house.clock.now())
    await historian.tell(house.store, [actor_of(account) for account in people.citizens], letters, progress)
    await house.store.checkpoint(house.clock.now())
    return people


def _record(office: CityOffice) -> Office:
    return Office(
        id=office.id,
        name=office.name,
        short=office.short,
        name_en=office.name_en,
        level=office.level,
        duties=office.duties,
        address=office.address,
        hours=office.hours,
        phone=office.phone,
        parent=office.parent or None,
        routable=office.routable,
    )


def staff_accounts(house: House, password_hash: str, id_of: Callable[[str], str]) -> list[tuple[Account, Changes]]:
    """Return an account for each post of the city's offices; ``id_of`` gives the id by log-in name."""
    made = []
    number = 0
    for office in house.city.offices:
        counts: dict[str, int] = {}
        for post in office.posts:
            number += 1
            counts[post.role] = counts.get(post.role, 0) + 1
            login = f"{office.id}.{post.role}{counts[post.role]}"
            form = StaffForm(
                login=login,
                name=post.name,
                phone=f"1991{number:07}",
                password="",
                roles=(Role(post.role),),
                office_id=office.id,
                post=post.post,
            )
            person = Person(name=post.name, phone=form.phone, login=login)
            made.append(
                create_staff(house.vault, person, form, None, password_hash, SYSTEM, id_of(login), house.clock.now())
            )
    return made


def _citizens(house: House, password_hash: str) -> list[tuple[Account, Changes]]:
    made = []
    at = house.clock.now() - timedelta(days=200)
    verification = Verification(VerifiedBy.REGISTER, at, "system")
    with _register(house).open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            if number > CITIZENS:
                break
            person = Person(
                name=row["name"],
                phone=row["phone"],
                id_number=row["id_number"],
                login=f"citizen{number}",
                address=f"citizen{number}@home.example",
            )
            rules = account_rules(house.settings, house.city)
            made.append(apply(house.vault, rules, person, Holders(), password_hash, verification, new_id(), at))
    return made


def _register(house: House) -> Path:
    return house.city.folder / "register.csv"


def cast_of(staff: Sequence[Account]) -> Staff:
    """Return who of these does what in a story."""
    offices: dict[str, dict[Role, Actor]] = {}
    for account in staff:
        for role in account.roles:
            if role in HANDLING and account.office_id:
                offices.setdefault(account.office_id, {}).setdefault(role, actor_of(account))
    complete = {
        office_id: (found[Role.HANDLER], found[Role.REVIEWER], found[Role.SIGNER])
        for office_id, found in offices.items()
        if len(found) == len(HANDLING)
    }
    clerks = [actor_of(account) for account in staff if Role.CLERK in account.roles]
    manager = next(account for account in staff if Role.MANAGER in account.roles)
    return Staff(clerks, actor_of(manager), complete)
