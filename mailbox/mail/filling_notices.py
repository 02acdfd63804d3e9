"""Words to who has a box that runs full (容量提醒)."""

from __future__ import annotations

from collections.abc import Mapping

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.ports import FilledBox
from minxin.mailbox.mail.rules import MIB
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account
from minxin.mailbox.sentences import sentence


class FillingNotices:
    """Writes the notice into the box itself; ``sender`` is the house's name by language."""

    def __init__(self, store: MailStore, clock: Clock, house: HouseMail, sender: Mapping[str, str]) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self._sender = sender

    async def of(self, filled: FilledBox, level: int) -> Changes:
        """Return the notice that the box reached the level; the record's version makes each crossing one occasion."""
        box = filled.box
        account = await self._store.get(Account, box.owner_id)
        language = account.language if account is not None and account.language in self._sender else "zh"
        used, most = (f"{value / MIB:.1f}" for value in (filled.used, filled.most))
        return self._house.notice(
            box.id,
            self._clock.now(),
            key=f"filling:{level}:{box.version}",
            sender=self._sender[language],
            subject=sentence("mail.filling.subject", language, percent=level),
            text=sentence("mail.filling.text", language, address=box.address, used=used, most=most),
        )
