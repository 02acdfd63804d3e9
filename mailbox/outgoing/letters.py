"""Mail from a citizen's box to the mayor (写给市长信箱的邮件) becomes his letter: who logged in is who writes."""

from __future__ import annotations

from minxin.core.actor import Role
from minxin.mailbox.mail.records import Box
from minxin.mailbox.outgoing.ports import Handed
from minxin.mailbox.outgoing.records import OutgoingMail
from minxin.mailbox.ports import IncomingLetter, LetterDesk, MailStore
from minxin.mailbox.records import Account, AccountState


class LetterCarrier:
    """Hands mail to the office's desk. ``address`` is where letters go."""

    def __init__(self, store: MailStore, desk: LetterDesk, address: str) -> None:
        self.address = address.lower()
        self._store = store
        self._desk = desk

    async def take(self, record: OutgoingMail, raw: bytes) -> Handed:
        """Make the mail a letter; what is from no citizen's own box is none."""
        box = await self._store.get(Box, record.box_id)
        account = await self._store.get(Account, box.owner_id) if box is not None else None
        if account is None or account.state is not AccountState.ACTIVE or Role.CITIZEN not in account.roles:
            return Handed(taken=False, final=True, status="5.7.1")
        letter = IncomingLetter(account.id, raw, f"box:{record.id}", record.created_at, "")
        await self._desk.accept_mail(letter)
        return Handed(taken=True, final=True, status="2.0.0")
