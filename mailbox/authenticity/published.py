"""What domains have published about their mail (域名公示): asked of the DNS before the mail is kept. Blocks.

Imported only where it runs, in a thread: the packages under it take a quarter of a second to load.
"""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address

from msgspec import Struct
from publicsuffixlist import PublicSuffixList

from minxin.mailbox.authenticity.dmarc import read_policy
from minxin.mailbox.authenticity.ports import Names, NoAnswerError
from minxin.mailbox.authenticity.records import NONE, TEMPERROR, Origin, Policy
from minxin.mailbox.authenticity.spf import check_spf


class Question(Struct, frozen=True, kw_only=True):
    """What is asked of one mail: whose name it bears, where it came from, and the names of its signatures' keys."""

    from_domain: str
    origin: Origin
    keys: tuple[str, ...]


class Published(Struct, frozen=True, kw_only=True):
    """The answers; ``keys`` are the text records by name, without those that nobody answered for (``unsure``)."""

    spf: str
    policy: Policy
    keys: dict[str, str]
    unsure: bool = False


def look_up(names: Names, question: Question, until: float) -> Published:
    """Ask for everything that the mail needs, until the given moment of ``time.monotonic``."""
    keys: dict[str, str] = {}
    unsure = False
    for key in question.keys:
        try:
            keys[key] = next(iter(names.find(key, "TXT", until)), "")
        except NoAnswerError:
            unsure = True
    return Published(
        spf=check_spf(names, until, question.origin) if is_client(question.origin.address) else NONE,
        policy=find_policy(names, question.from_domain, until),
        keys=keys,
        unsure=unsure,
    )


def find_policy(names: Names, domain: str, until: float) -> Policy:
    """Return the DMARC policy of the domain, or of the organization above it (RFC 7489 section 6.6.3)."""
    if "." not in domain:
        return Policy()
    for asked in dict.fromkeys((domain, organization(domain))):
        try:
            found = names.find(f"_dmarc.{asked}", "TXT", until)
        except NoAnswerError:
            return Policy(result=TEMPERROR)
        policy = read_policy(found, asked, below=asked != domain)
        if policy is not None:
            return policy
    return Policy()


def organization(domain: str) -> str:
    """Return the organizational domain: the name right below a public suffix, or the name itself (section 3.2)."""
    return suffixes().privatesuffix(domain) or domain


@cache
def suffixes() -> PublicSuffixList:
    """Return the public suffixes, read once; the package brings the list with it."""
    return PublicSuffixList()


def is_client(address: str) -> bool:
    """Say whether SPF can tell anything of the address: a relay inside of the house is nobody's sender."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False
