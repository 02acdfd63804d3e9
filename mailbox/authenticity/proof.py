"""How a sender was proven (发件人证明), as a key of the catalogue: the one thing of all checks that people read.

The badge of an office (已核实机关) is for mail that was written inside of the house by its staff, and for domains that
the city names, when they stand behind the mail. Nothing else looks real.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from minxin.core.characters import fold_character
from minxin.mailbox.authenticity.records import FAIL, Authenticity

VERIFIED_OFFICE: Final = "mail.proof.verified_office"
VERIFIED_PERSON: Final = "mail.proof.verified_person"  # from a box of the house: a real name stands behind it
PROVEN_DOMAIN: Final = "mail.proof.proven_domain"
NOT_PROVEN: Final = "mail.proof.not_proven"
FAILED: Final = "mail.proof.failed"
IMITATES: Final = "mail.proof.imitates"
SHORTEST_NAME: Final = 3
PROOFS: Final = (VERIFIED_OFFICE, VERIFIED_PERSON, PROVEN_DOMAIN, NOT_PROVEN, FAILED, IMITATES)


def proof_of(found: Authenticity, government: Collection[str], *, imitates: bool) -> str:
    """Return the proof of a mail from outside.

    ``government`` are the domains (and all below them) whose proven mail is an office's. ``imitates`` says that its
    name looks like one of ours, which no other domain makes true.
    """
    if found.aligned and not found.forged and is_within(found.from_domain, government):
        return VERIFIED_OFFICE
    if imitates:
        return IMITATES
    if found.forged or (found.spf == FAIL and not found.aligned):
        return FAILED
    return PROVEN_DOMAIN if found.aligned else NOT_PROVEN


def is_within(domain: str, domains: Iterable[str]) -> bool:
    """Say whether the domain is one of these, or lies below one."""
    return any(domain == one or domain.endswith(f".{one}") for one in domains)


def imitates(shown: str, address: str, names: Collection[str], domains: Collection[str]) -> bool:
    """Say whether a shown name looks like an office of ours, or like an address of ours, over another address.

    ``names`` are as :func:`guarded` returns them, ``domains`` our own ones.
    """
    if is_within(address.rpartition("@")[2].lower(), domains):
        return False
    plain = folded(shown)
    if not plain:
        return False
    return any(name in plain for name in names) or any(f"@{domain}" in plain for domain in domains)


def guarded(names: Iterable[str]) -> frozenset[str]:
    """Return names as :func:`imitates` compares them; a short one stands in too many names of people to be ours."""
    return frozenset(one for name in names if len(one := folded(name)) >= SHORTEST_NAME)


def folded(name: str) -> str:
    """Return the name as it is compared: without width, case, spaces and marks that nobody sees."""
    return "".join(map(fold_character, name)).replace(" ", "").replace("\n", "")
