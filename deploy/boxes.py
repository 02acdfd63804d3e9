"""Who looks after boxes and companies in this city, as pages call them."""

from __future__ import annotations

from minxin.deploy.house import House, account_rules
from minxin.deploy.mailroom import domains_of, sender_of
from minxin.mailbox.boxoffice.service import BoxOffice, open_box_office
from minxin.mailbox.companies.kit import CompanyKit
from minxin.mailbox.companies.service import CompanyServices, open_companies
from minxin.mailbox.kit import Kit


def box_office_of(house: House) -> BoxOffice:
    """Return what looks after boxes."""
    return open_box_office(_kit(house), house.mailroom.mailboxes.rules, house.disk.rules)


def companies_of(house: House) -> CompanyServices:
    """Return the companies of the city; none are offered without a domain for them."""
    kit = CompanyKit(
        kit=_kit(house),
        rules=house.mailroom.mailboxes.rules,
        house=house.mailroom.house,
        domain=domains_of(house.city).company,
        districts={one.id: {"zh": one.name, "en": one.name_en} for one in house.city.districts},
        sender=sender_of(house.city),
    )
    return open_companies(kit)


def _kit(house: House) -> Kit:
    rules = account_rules(house.settings, house.city)
    return Kit(house.store, house.vault, house.clock, house.passwords, rules, house.verifier)
