"""DMARC (RFC 7489): whether the domain in From stands behind a mail. Pure, on what SPF and DKIM found.

Own code, for it is a comparison of names: the packages that do it look up in their own way and know one signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from minxin.mailbox.authenticity.records import (
    FAIL,
    PASS,
    PERMERROR,
    TEMPERROR,
    Authenticity,
    Policy,
    Signature,
)

Organization = Callable[[str], str]
_WISHES = frozenset({"none", "quarantine", "reject"})


def read_policy(records: Iterable[str], domain: str, *, below: bool) -> Policy | None:
    """Return the policy among the text records of ``_dmarc.<domain>``, None when there is not exactly one (6.6.3).

    ``below`` says that it is asked for a domain below this one, for which ``sp`` counts.
    """
    found = [record for record in records if record.replace(" ", "").lower().startswith("v=dmarc1")]
    if len(found) != 1:
        return None
    pairs = (tag.partition("=") for tag in found[0].split(";"))
    tags = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
    wish = tags.get("sp", tags.get("p", "")) if below else tags.get("p", "")
    if wish not in _WISHES:
        return Policy(result=PERMERROR, domain=domain)
    return Policy(
        result=PASS,
        domain=domain,
        wish=wish,
        strict_spf=tags.get("aspf") == "s",
        strict_dkim=tags.get("adkim") == "s",
    )


def evaluate(
    from_domain: str,
    policy: Policy,
    spf: str,
    spf_domain: str,
    signatures: Sequence[Signature],
    organization: Organization,
) -> Authenticity:
    """Join what was found to a verdict; ``organization`` gives the organizational domain of a name (3.2)."""

    def aligned(domain: str, *, strict: bool) -> bool:
        return domain == from_domain if strict else organization(domain) == organization(from_domain)

    holds = bool(from_domain) and (
        (spf == PASS and aligned(spf_domain, strict=policy.strict_spf))
        or any(one.result == PASS and aligned(one.domain, strict=policy.strict_dkim) for one in signatures)
    )
    unsure = TEMPERROR in (spf, *(one.result for one in signatures))
    return Authenticity(
        checked=True,
        from_domain=from_domain,
        spf=spf,
        spf_domain=spf_domain,
        signatures=tuple(signatures),
        dmarc=_verdict(policy, holds=holds, unsure=unsure),
        wish=policy.wish,
        aligned=holds,
    )


def _verdict(policy: Policy, *, holds: bool, unsure: bool) -> str:
    if policy.result != PASS:
        return policy.result
    if holds:
        return PASS
    return TEMPERROR if unsure else FAIL


def unsure(from_domain: str) -> Authenticity:
    """Return the verdict when nothing could be found out in time."""
    return Authenticity(checked=True, from_domain=from_domain, spf=TEMPERROR, dmarc=TEMPERROR)
