"""Companies (企业) and their boxes: the services, joined.

offices = open_companies(CompanyKit(kit, rules, house, "corp.binhai.example", districts, sender))
await offices.own.apply(actor, form, origin="10.1.2.3")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError
from minxin.mailbox.companies.desk import CompanyDesk
from minxin.mailbox.companies.kit import CompanyKit
from minxin.mailbox.companies.own import Companies
from minxin.mailbox.companies.records import CompanyState
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account


@dataclass(frozen=True)
class CompanyServices:
    """The services by whom they are for."""

    kit: CompanyKit
    own: Companies
    desk: CompanyDesk

    @property
    def offered(self) -> bool:
        """Say whether this city has companies at all."""
        return bool(self.kit.domain)

    def districts(self, language: str) -> dict[str, str]:
        """Return the names of the districts by id."""
        return {key: names.get(language, names["zh"]) for key, names in self.kit.districts.items()}


def open_companies(kit: CompanyKit) -> CompanyServices:
    """Return the services over the kit's store."""
    return CompanyServices(kit, Companies(kit), CompanyDesk(kit))


class CompanyTraces:
    """``mailbox.ports.Traces``: what a person did for companies goes with his account; no company is orphaned."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what ends his delegations, invitations and applications.

        Raises ``IllegalMoveError`` ``company.authorised.closing`` while he acts for one: it must be passed on or closed
        first.
        """
        companies = [one for one in await self._store.companies_of(account_id) if one.authorised_id == account_id]
        active = [one for one in companies if one.state is CompanyState.ACTIVE]
        if active:
            raise IllegalMoveError("company.authorised.closing", name=active[0].name)
        waiting = [one for one in companies if one.state in (CompanyState.APPLIED, CompanyState.REFUSED)]
        account = await self._store.get(Account, account_id)
        invitations = await self._store.invitations_to(account.phone_index) if account is not None else []
        return Changes(deletes=[*waiting, *await self._store.delegations_of(account_id), *invitations])
