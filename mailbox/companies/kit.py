"""What the services of companies share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import NotFoundError
from minxin.mailbox import boxes
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.companies.records import Company
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.records import Account
from minxin.mailbox.sentences import sentence


@dataclass(frozen=True)
class CompanyKit:
    """What they work with. ``districts`` are names by id, by language; a city without a ``domain`` has no companies."""

    kit: Kit
    rules: MailRules
    house: HouseMail
    domain: str
    districts: Mapping[str, Mapping[str, str]]
    sender: Mapping[str, str]

    async def company(self, company_id: str) -> Company:
        """Return the company; raises ``NotFoundError``."""
        company = await self.kit.store.get(Company, company_id)
        if company is None or not self.domain:
            raise NotFoundError
        return company

    async def citizen(self, account_id: str) -> Account:
        """Return a verified citizen's account; raises ``NotFoundError`` for anybody else."""
        account = await self.kit.store.get(Account, account_id)
        if account is None or not is_citizen(actor_of(account)):
            raise NotFoundError
        return account

    def told(self, account: Account, key: str, what: str, now: datetime, **params: str) -> Changes:
        """Return the notice into somebody's box; ``what`` names its sentences in the catalogue."""
        language = account.language if account.language in self.sender else "zh"
        return boxes.deliver(
            self.house,
            account,
            now,
            key=key,
            sender=self.sender[language],
            subject=sentence(f"company.told.{what}.subject", language, **params),
            text=sentence(f"company.told.{what}.text", language, **params),
        )


def is_citizen(actor: Actor) -> bool:
    """Say whether this is a verified citizen."""
    return actor.is_a(Role.CITIZEN)
