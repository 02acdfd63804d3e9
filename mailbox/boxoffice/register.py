"""The register of boxes for the administrator (邮箱管理): which there are and how full, never what is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import InvalidFormError, InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.accounts import need
from minxin.mailbox.boxoffice.ports import BoxUse, BoxWish
from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.kit import Attempt, Decided, Kit, carry_out
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.mail.rules import MIB, MailRules

MOST_MB: Final = 1024 * 1024
WITH_DISK: Final = (BoxKind.CITIZEN, BoxKind.STAFF)  # a disk is a person's own


class BoxRow(Struct, frozen=True, kw_only=True):
    """A box with what it and its owner's disk hold and may hold, in bytes; ``disk_most`` is 0 for who has none."""

    box: Box
    mail_bytes: int
    mail_most: int
    disk_bytes: int
    disk_most: int


class BoxRegister:
    """All boxes from outside."""

    def __init__(self, kit: Kit, rules: MailRules, disk: DiskRules) -> None:
        self._kit = kit
        self._rules = rules
        self._disk = disk

    async def find(self, actor: Actor, wish: BoxWish, page: PageRequest) -> Page[BoxRow]:
        """Return boxes by address; raises ``NotAllowedError`` for others than administrators."""
        need(actor, Role.ADMINISTRATOR)
        quotas = {kind: self._rules.of_kind(kind) for kind in BoxKind}
        found = await self._kit.store.find_boxes(wish, quotas, page)
        return Page([self._row(one) for one in found.items], found.next)

    async def one(self, actor: Actor, box_id: str) -> BoxRow:
        """Return one box; raises ``NotFoundError``, ``NotAllowedError``."""
        need(actor, Role.ADMINISTRATOR)
        box = await self._kit.store.get(Box, box_id)
        if box is None:
            raise NotFoundError
        keys = (mail_usage(box_id), usage_key(box_id))
        used = await self._kit.store.used(keys)
        return self._row(BoxUse(box, used[keys[0]], used[keys[1]]))

    async def set_quotas(self, actor: Actor, box_id: str, mail_mb: str, disk_mb: str, origin: str) -> None:
        """Set what the box and its owner's disk may hold, in MB as typed; nothing typed is what its kind has.

        What lies there already stays, whatever the quota. Raises ``InvalidFormError``, ``NotFoundError``,
        ``NotAllowedError``.
        """

        async def decide(_: datetime) -> Decided[None]:
            row = await self.one(actor, box_id)
            sizes = _sizes(mail_mb, disk_mb)
            changed = replace(row.box, mail_quota=sizes[0], disk_quota=sizes[1])
            return Decided(Changes(puts=[changed]), None)

        await carry_out(self._kit, Attempt(actor, "set_box_quotas", box_id, origin), decide)

    def _row(self, use: BoxUse) -> BoxRow:
        box = use.box
        return BoxRow(
            box=box,
            mail_bytes=use.mail_bytes,
            mail_most=self._rules.most(box),
            disk_bytes=use.disk_bytes,
            disk_most=self._disk.most(box) if box.kind in WITH_DISK else 0,
        )


def _sizes(mail_mb: str, disk_mb: str) -> tuple[int | None, int | None]:
    errors: list[InvalidInputError] = []
    sizes: list[int | None] = []
    for field, typed in (("mail_mb", mail_mb.strip()), ("disk_mb", disk_mb.strip())):
        if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 8 and 0 < int(typed) <= MOST_MB):
            errors.append(InvalidInputError("mail.quota.number", field=field, most=MOST_MB))
        else:
            sizes.append(int(typed) * MIB if typed else None)
    if errors:
        raise InvalidFormError(errors)
    return sizes[0], sizes[1]
