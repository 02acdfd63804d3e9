"""Mail of the house itself (系统通知): notices into boxes, marked as official, delivered once for each occasion."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from minxin.core.changes import Changes
from minxin.mailbox.mail.circulars import Circular, circular, letter_fields, letter_text
from minxin.mailbox.mail.compose import Letter, compose
from minxin.mailbox.mail.delivery import Incoming, deliver_mail, item_id, pack
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import SEEN, FolderRole, OldMessage, Person


class HouseMail(Struct, frozen=True):
    """Writes the house's notices; ``address`` is where they come from, and nobody reads what is sent there."""

    address: str

    def notice(
        self,
        box_id: str,
        now: datetime,
        *,
        key: str,
        sender: str,
        subject: str,
        text: str,
        letter_id: str | None = None,
        files: Sequence[tuple[str, str, bytes]] = (),
    ) -> Changes:
        """Put a notice into the inbox; a full box takes it too, and counts it.

        ``key`` names the occasion (such as ``"reply:<letter>:<event>"``): a second delivery of the same is refused by
        the store as ``DuplicateError``. One occasion is the same bytes in every box that it reaches. Notices of one
        letter are one conversation. ``files`` are name, content type and bytes, made by the house itself.
        """
        letter = self._letter(key, sender, subject, text, now, letter_id, files)
        return self._delivered(box_id, item_id(box_id, key), letter, letter_id)

    def circular(self, at: datetime, *, key: str, sender: str, subject: str, text: str) -> Circular:
        """Return a notice that goes to many boxes (``circulars.spread``), the same bytes in each."""
        return circular(key, self._letter(key, sender, subject, text, at, None, ()))

    def taken_over(self, old: OldMessage, files: Sequence[tuple[str, str, bytes]]) -> Changes:
        """Put an old message into its owner's box under its own id, as it was: opened or not, and when."""
        letter = self._letter(old.id, old.sender, old.subject, old.text, old.at, old.letter_id, files)
        return self._delivered(old.account_id, old.id, letter, old.letter_id, old.read_at)

    def _letter(
        self,
        key: str,
        sender: str,
        subject: str,
        text: str,
        at: datetime,
        letter_id: str | None,
        files: Sequence[tuple[str, str, bytes]],
    ) -> Letter:
        return Letter(
            sender=Person(sender, self.address),
            to=(),
            subject=subject,
            text=text,
            at=at,
            message_id=self._message_id(key),
            references=(self._message_id(f"letter:{letter_id}"),) if letter_id else (),
            files=files,
            automatic=True,
        )

    def _delivered(
        self, box_id: str, made: str, letter: Letter, letter_id: str | None, opened_at: datetime | None = None
    ) -> Changes:
        packed = pack(compose(letter))
        mail = Incoming(
            item_id=made,
            folder_id=role_folder(box_id, FolderRole.INBOX),
            packed=packed,
            fields=letter_fields(letter),
            received_at=letter.at,
            thread_id=item_id(box_id, f"letter:{letter_id}") if letter_id else made,
            most=None,
            text=letter_text(packed.content.id, letter),
            flags=(SEEN,) if opened_at is not None else (),
            opened_at=opened_at,
            official=True,
            letter_id=letter_id,
        )
        return deliver_mail(box_id, mail)

    def _message_id(self, key: str) -> str:
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return f"<{name}.notice@{self.address.rpartition('@')[2]}>"
