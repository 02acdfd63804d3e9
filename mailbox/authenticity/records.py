"""What was found out about who sent a mail (发件人核验): SPF, DKIM and DMARC, as data.

The words for the results are those of RFC 8601 section 2.7: pass, fail, softfail, neutral, none, policy, temperror,
permerror.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

PASS: Final = "pass"  # noqa: S105 - a word of RFC 8601
FAIL: Final = "fail"
SOFTFAIL: Final = "softfail"
NEUTRAL: Final = "neutral"
NONE: Final = "none"
POLICY: Final = "policy"
TEMPERROR: Final = "temperror"
PERMERROR: Final = "permerror"


class Origin(Struct, frozen=True, kw_only=True):
    """Where a mail came from: the client's address, what it called itself, and the envelope's sender ("" for <>)."""

    address: str
    helo: str
    sender: str

    @property
    def sender_domain(self) -> str:
        """The domain that SPF asks: the sender's, or the client's name when there is no sender (RFC 7208, 2.4)."""
        return (self.sender.rpartition("@")[2] if self.sender else self.helo).lower()


class Signature(Struct, frozen=True, array_like=True):
    """A DKIM signature: who signed with which key, and whether it holds."""

    domain: str
    selector: str
    result: str


class Policy(Struct, frozen=True, kw_only=True):
    """What a domain asks of who gets mail in its name (RFC 7489 section 6.3); ``domain`` is where it was found.

    ``result`` is :data:`PASS` when one was found, else why there is none. ``wish`` is none, quarantine or reject.
    """

    result: str = NONE
    domain: str = ""
    wish: str = "none"
    strict_spf: bool = False
    strict_dkim: bool = False


class Authenticity(Struct, frozen=True, kw_only=True):
    """What the checks say. ``checked`` is False when they are switched off or no resolver works.

    ``aligned`` says that the domain in From stands behind the mail, by SPF or DKIM, whether it published a policy or
    not. ``dmarc`` is :data:`NONE` without a policy.
    """

    checked: bool = False
    from_domain: str = ""
    spf: str = NONE
    spf_domain: str = ""
    signatures: tuple[Signature, ...] = ()
    dmarc: str = NONE
    wish: str = "none"
    aligned: bool = False

    @property
    def forged(self) -> bool:
        """Whether the domain in From says how to know its mail, and this is none of it."""
        return self.dmarc == FAIL


UNCHECKED: Final = Authenticity()
