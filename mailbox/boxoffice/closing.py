"""A citizen closes his mailbox and keeps his account (关闭邮箱), and opens it again."""

from __future__ import annotations

from datetime import datetime

from minxin.core.actor import ANONYMOUS, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, NotFoundError
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, carry_out
from minxin.mailbox.mail.ending import closed, reopened
from minxin.mailbox.mail.records import Box, BoxKind, BoxState
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.proof import own_account, proved


class BoxClosing:
    """The end of one's own box. Every method takes the id of the session's account."""

    def __init__(self, kit: Kit, rules: MailRules) -> None:
        self._kit = kit
        self.rules = rules

    async def own(self, account_id: str) -> Box:
        """Return the citizen's box, open or closed; raises ``NotFoundError`` for who has none to close."""
        box = await self._kit.store.get(Box, account_id)
        account = await own_account(self._kit, account_id)
        if box is None or box.kind is not BoxKind.CITIZEN or not actor_of(account).is_a(Role.CITIZEN):
            raise NotFoundError
        return box

    async def close(self, account_id: str, password: str, origin: str) -> Box:
        """Close the box: nobody reads it, it takes nothing, and after ``closed_life`` its mail goes for good.

        Raises ``InvalidInputError("password.wrong")``, ``TooManyTriesError``, ``IllegalMoveError`` when it is closed.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Box] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            box = await self.own(account_id)
            if box.state is not BoxState.OPEN:
                raise IllegalMoveError("mail.box.closed")
            ended = closed(box, now, now + self.rules.closed_life)
            return Decided(Changes(puts=[ended]), ended, actor_of(account))

        return await carry_out(kit, Attempt(ANONYMOUS, "close_box", account_id, origin), decide)

    async def reopen(self, account_id: str, origin: str) -> None:
        """Open the box again, with its mail as long as that is there and its addresses in any case.

        Raises ``IllegalMoveError`` for a box that is not closed.
        """
        kit = self._kit
        account = await own_account(kit, account_id)

        async def decide(_: datetime) -> Decided[None]:
            box = await self.own(account_id)
            if box.state is not BoxState.CLOSED:
                raise IllegalMoveError("mail.box.open")
            return Decided(reopened(box, bool(await kit.store.folders_of(box.id))), None)

        await carry_out(kit, Attempt(actor_of(account), "reopen_box", account_id, origin), decide)
