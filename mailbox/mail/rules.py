"""The limits of boxes: what a city may set, with the defaults it starts from."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

from minxin.mailbox.mail.records import Box, BoxKind

MIB: Final = 1024 * 1024


class MailRules(Struct, frozen=True, kw_only=True):
    """Settings of boxes; sizes in bytes.

    Who puts something into the trash has ``trash_life`` to take it out again. ``expunged_life`` is how long a mail
    program may stay away and still learn what was deleted without looking through everything. A box on vacation answers
    the same sender again after ``vacation_pause``. ``closed_life`` is how long the mail of a closed box stays, so that
    it can be opened again; who closes his account has it deleted at once. ``former_to_office`` sends mail for who left
    an office to its shared box, instead of refusing it.
    """

    citizen_bytes: int = 10 * MIB
    staff_bytes: int = 100 * MIB
    company_bytes: int = 100 * MIB
    office_bytes: int = 1024 * MIB
    message_bytes: int = 25 * MIB
    trash_life: timedelta = timedelta(days=30)
    expunged_life: timedelta = timedelta(days=30)
    closed_life: timedelta = timedelta(days=30)
    former_to_office: bool = False
    vacation_pause: timedelta = timedelta(days=7)
    folders: int = 200
    folder_name_chars: int = 100

    def most(self, box: Box) -> int:
        """Return how many bytes of mail the box may hold."""
        return self.of_kind(box.kind) if box.mail_quota is None else box.mail_quota

    def of_kind(self, kind: BoxKind) -> int:
        """Return how many bytes of mail a box of the kind may hold when nothing else was said."""
        return {
            BoxKind.CITIZEN: self.citizen_bytes,
            BoxKind.STAFF: self.staff_bytes,
            BoxKind.COMPANY: self.company_bytes,
            BoxKind.OFFICE: self.office_bytes,
            BoxKind.SYSTEM: self.office_bytes,
        }[kind]
