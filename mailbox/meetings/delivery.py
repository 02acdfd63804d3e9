"""The outbox's task for office notices: into each reader's box, and a word by SMS that it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.boxes import WITH_BOX
from minxin.mailbox.forms import LANGUAGES
from minxin.mailbox.mail.circulars import Place, spread
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.meetings.notices import box_key
from minxin.mailbox.meetings.ports import MeetingStore, OfficeName
from minxin.mailbox.meetings.records import StaffNotice
from minxin.mailbox.records import Account
from minxin.mailbox.texting.rules import Kind, NoticeRules


class NoticeDelivery:
    """Takes office notices to their readers, many in one commit."""

    def __init__(
        self,
        store: MeetingStore,
        vault: Vault,
        clock: Clock,
        rules: NoticeRules,
        signature: str,
        name: OfficeName,
        house: HouseMail,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._signature = signature
        self._name = name
        self._house = house

    async def deliver(self, key: str, payload: dict[str, Any]) -> Changes:
        """Put the notice into the boxes and say so by SMS; a reminder is an SMS alone."""
        notice = await self._store.get(StaffNotice, payload["notice_id"])
        if notice is None:
            return Changes()
        accounts = await self._store.get_all(Account, payload["to"])
        names = {language: await self._name(notice.office_id, language) for language in LANGUAGES}
        changes = Changes() if payload["reminder"] else self._boxed(notice, list(accounts.values()), names)
        for account in accounts.values():
            language = _language(account)
            changes += self._told(notice, account, names[language], language, f"{key}:{account.id}")
        return changes

    def _boxed(self, notice: StaffNotice, accounts: list[Account], names: Mapping[str, str]) -> Changes:
        """Put it into the boxes, with the office's name in each reader's language."""
        changes, key = Changes(), box_key(notice.id)
        for language, sender in names.items():
            mail = self._house.circular(notice.at, key=key, sender=sender, subject=notice.subject, text=notice.text)
            places = [Place(one.id) for one in accounts if one.state in WITH_BOX and _language(one) == language]
            changes += spread(mail, places, self._clock.now())
        return changes

    def _told(self, notice: StaffNotice, account: Account, who: str, language: str, key: str) -> Changes:
        until = self._clock.now() + self._rules.life
        message = sms.wrote(self._signature, language, who, notice.at, until)
        return sms.notice(self._vault, account.id, Kind.NOTICE, notice.office_id, message, key, sms.Lane.BULK)


def _language(account: Account) -> str:
    return account.language if account.language in LANGUAGES else LANGUAGES[0]
