"""What an account holder does with his own account besides its secrets: log-ins on other devices, language."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError
from minxin.core.places import Area
from minxin.mailbox.accounts import actor_of, is_staff
from minxin.mailbox.forms import LANGUAGES
from minxin.mailbox.kit import Attempt, Decided, Kit, carry_out
from minxin.mailbox.loginrecords import SHOWN, LogInRecord
from minxin.mailbox.proof import own_account
from minxin.mailbox.records import NoticeWay, Session


class OwnAccount:
    """One's own account. Every method takes the id of the account that the session belongs to."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def sessions(self, account_id: str) -> list[Session]:
        """Return the account's complete sessions, newest first."""
        now = self._kit.clock.now()
        found = await self._kit.store.sessions_of(account_id)
        return [session for session in found if session.complete and session.expires_at > now]

    async def log_ins(self, account_id: str, limit: int = SHOWN) -> list[LogInRecord]:
        """Return the account's last log-ins, newest first, wrong ones among them."""
        return await self._kit.store.log_ins_of(account_id, limit)

    async def end_session(self, account_id: str, session_id: str, origin: str) -> None:
        """End one session of the account; nothing happens when it is over already."""
        account = await own_account(self._kit, account_id)

        async def decide(now: datetime) -> Decided[None]:
            own = [one for one in await self._kit.store.sessions_of(account_id) if one.id == session_id]
            return Decided(Changes(deletes=list(own)), None)

        await carry_out(self._kit, Attempt(actor_of(account), "end_session", account_id, origin), decide)

    async def end_other_sessions(self, account_id: str, kept: str, origin: str) -> None:
        """End every session of the account but the one with the id ``kept`` (ASVS 7.4.3)."""
        account = await own_account(self._kit, account_id)

        async def decide(now: datetime) -> Decided[None]:
            others = [one for one in await self._kit.store.sessions_of(account_id) if one.id != kept]
            return Decided(Changes(deletes=list(others)), None)

        await carry_out(self._kit, Attempt(actor_of(account), "end_sessions", account_id, origin), decide)

    async def set_language(self, account_id: str, language: str, origin: str) -> None:
        """Set the language of mail and SMS to the account holder; raises ``InvalidInputError`` for another one."""

        async def decide(now: datetime) -> Decided[None]:
            if language not in LANGUAGES:
                raise InvalidInputError("error.invalid", field="language")
            account = await own_account(self._kit, account_id)
            return Decided(Changes(puts=[replace(account, language=language)]), None)

        actor = actor_of(await own_account(self._kit, account_id))
        await carry_out(self._kit, Attempt(actor, "set_language", account_id, origin), decide)

    async def set_notices(self, account_id: str, way: str, origin: str) -> None:
        """Set how the account holder is told that he was written to; codes always come by SMS.

        Raises ``InvalidInputError`` for another way (``notices.way``), and for mail without an address
        (``notices.no_address``).
        """

        async def decide(now: datetime) -> Decided[None]:
            if way not in set(NoticeWay):
                raise InvalidInputError("notices.way", field="way")
            account = await own_account(self._kit, account_id)
            if way == NoticeWay.MAIL and not account.address:
                raise InvalidInputError("notices.no_address", field="way")
            return Decided(Changes(puts=[replace(account, notices=NoticeWay(way))]), None)

        actor = actor_of(await own_account(self._kit, account_id))
        await carry_out(self._kit, Attempt(actor, "set_notices", account_id, origin), decide)

    @property
    def areas(self) -> tuple[Area, ...]:
        """Return the districts and streets that a citizen may say he lives in."""
        return self._kit.rules.areas

    async def set_area(self, account_id: str, area: Area, origin: str) -> None:
        """Keep the district or street that a citizen says he lives in, by which notices of offices find him.

        Nothing else is done by it. Empty takes it back. Raises ``InvalidInputError("account.area")`` for another area,
        and for staff, who are told by their offices.
        """

        async def decide(now: datetime) -> Decided[None]:
            account = await own_account(self._kit, account_id)
            if area and (area not in self.areas or is_staff(account)):
                raise InvalidInputError("account.area", field="area")
            return Decided(Changes(puts=[replace(account, area=area)]), None)

        actor = actor_of(await own_account(self._kit, account_id))
        await carry_out(self._kit, Attempt(actor, "set_area", account_id, origin), decide)
