"""The records of companies (企业): who they are, who opens their box, and who was asked to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from minxin.core.changes import Record
from minxin.mailbox.records import Verification


class CompanyState(StrEnum):
    """Where a company is between application and closing."""

    APPLIED = "applied"  # 待核验
    ACTIVE = "active"  # 正常
    REFUSED = "refused"  # 未通过
    CLOSED = "closed"  # 注销


class Company(Record, frozen=True, kw_only=True):
    """A company that writes to the administration (企业); its box has the same id.

    ``code`` is the unified social credit code, which is public, as are the ``name`` and ``representative``
    (法定代表人) on the licence. ``authorised_id`` is the account of the person who acts for it (授权代表), a verified
    citizen: who he is stands in his account and nowhere else. ``district`` is a district's id.
    """

    code: str
    name: str
    district: str
    representative: str
    authorised_id: str
    state: CompanyState
    applied_at: datetime
    verification: Verification | None = None
    refusal: str = ""
    closed_at: datetime | None = None


class Delegate(Record, frozen=True, kw_only=True):
    """Somebody who opens the company's box (经办人), the authorised person among them; see :func:`delegate_id`."""

    company_id: str
    account_id: str
    since: datetime


class Invitation(Record, frozen=True, kw_only=True):
    """A word to somebody that he may become a delegate (经办邀请).

    ``to`` is the blind index of his phone number, empty when what was typed is nobody's: the list looks the same, so
    that nobody learns from it who has an account. ``shown`` is what was typed, a phone masked.
    """

    company_id: str
    to: str
    shown: str
    at: datetime
    expires_at: datetime


def delegate_id(company_id: str, account_id: str) -> str:
    """Return the id of the record that makes the account a delegate of the company."""
    return f"{company_id}/{account_id}"
