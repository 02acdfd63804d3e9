"""A copy of one's own data (个人信息副本; PIPL art. 45): proved with the password, rationed, recorded and told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.core.actor import ANONYMOUS, Role
from minxin.core.audit import SealedAudit
from minxin.core.changes import AuditEntry, Changes, Event
from minxin.core.ids import new_id
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox import boxes, sms, throttle
from minxin.mailbox.accounts import actor_of, stream_of
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, carry_out
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.proof import proved
from minxin.mailbox.records import Account, AccountState, NoticeWay, Throttle, VerifiedBy
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.sentences import sentence
from minxin.mailbox.sms import ShortMessage

WARNED_WITHIN: Final = timedelta(days=1)


class StoredAccount(Struct, frozen=True, kw_only=True):
    """Everything that an account's record holds, readable, for its holder alone; of secrets only that there are any."""

    login: str
    name: str
    phone: str
    id_number: str
    address: str
    state: AccountState
    language: str
    notices: NoticeWay
    roles: tuple[Role, ...]
    office_id: str | None
    post: str
    created_at: datetime
    verified_by: VerifiedBy | None
    verified_at: datetime | None
    consent_text: str
    consent_at: datetime | None
    second_factor: bool
    refusal: str
    area: tuple[str, ...]


class OwnData:
    """What is kept of an account holder, for himself. Every method takes the id of the session's account."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    @property
    def most_a_day(self) -> int:
        """Return how many copies may be made in a day."""
        return self._kit.rules.copies_per_account.count

    async def take_copy(self, account_id: str, password: str, origin: str) -> StoredAccount:
        """Begin a copy of all that is kept of the holder, and return what his account holds.

        His own events keep that it was made, and a message in his box and an SMS say so. Raises
        ``InvalidInputError("password.wrong")``, ``TooManyTriesError`` for more than the rules allow in a day.
        """
        kit = self._kit
        count_id = throttle.throttle_id(kit.vault, "copy", account_id)

        async def decide(now: datetime) -> Decided[StoredAccount] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            counted = await kit.store.get(Throttle, count_id)
            throttle.check(counted, kit.rules.copies_per_account, now)
            changes = throttle.add(counted, count_id, kit.rules.copies_per_account, now)
            changes += Changes(events=[Event(stream_of(account.id), "copied", now, account.id)])
            changes += _told(kit.vault, kit.rules, account, now)
            return Decided(changes, stored_account(kit.vault, account), actor_of(account))

        return await carry_out(kit, Attempt(ANONYMOUS, "copy_own_data", account_id, origin), decide)

    async def acts(self, account_id: str) -> list[AuditEntry]:
        """Return what the audit log holds of the holder's own acts, his log-ins among them, newest first."""
        found: list[SealedAudit] = []
        page = PageRequest(None, MAX_PAGE)
        while True:
            batch = await self._kit.store.audit_page(page, account_id)
            found += batch.items
            if batch.next is None:
                return [one.entry for one in found]
            page = PageRequest(batch.next, MAX_PAGE)


def stored_account(vault: Vault, account: Account) -> StoredAccount:
    """Return what the account's record holds."""
    verification, consent = account.verification, account.consent
    return StoredAccount(
        login=account.login,
        name=account.name,
        phone=vault.open(account.phone, "phone"),
        id_number=vault.open(account.id_number, "id_number") if account.id_number else "",
        address=account.address or "",
        state=account.state,
        language=account.language,
        notices=account.notices,
        roles=account.roles,
        office_id=account.office_id,
        post=account.post,
        created_at=account.created_at,
        verified_by=verification.method if verification else None,
        verified_at=verification.at if verification else None,
        consent_text=consent.text_version if consent else "",
        consent_at=consent.at if consent else None,
        second_factor=account.totp_secret is not None,
        refusal=account.refusal,
        area=account.area or (),
    )


def _told(vault: Vault, rules: AccountRules, account: Account, now: datetime) -> Changes:
    """Return the message in the holder's box and the SMS: whoever made the copy may have been somebody else."""
    language = account.language
    key = f"copy:{new_id()}"
    warning = ShortMessage(template="copied", language=language, signature=rules.signature, until=now + WARNED_WITHIN)
    told = sms.entry(vault, account.phone, warning, key)
    return told + boxes.deliver(
        HouseMail(rules.house_address),
        account,
        now,
        key=key,
        sender=sentence("account.copy.sender", language),
        subject=sentence("account.copy.subject", language),
        text=sentence("account.copy.text", language),
    )
