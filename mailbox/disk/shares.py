"""Shares of one's own files, and the way in for who has the link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import ANONYMOUS, Actor
from minxin.core.changes import Changes
from minxin.core.errors import DamagedError, InvalidInputError, NotFoundError
from minxin.mailbox import throttle
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.disk import sharing
from minxin.mailbox.disk.kit import DiskKit
from minxin.mailbox.disk.records import DiskItem, DiskShare
from minxin.mailbox.disk.sharing import ShareForm
from minxin.mailbox.disk.tree import Tree
from minxin.mailbox.kit import Attempt, Decided, Refused, carry_out
from minxin.mailbox.records import Account, Throttle
from minxin.mailbox.throttle import network_of

Offices = Callable[[], Awaitable[dict[str, str]]]
_SHOWN = 12


class NewShare(NamedTuple):
    """A new share with its link's token: the only moment at which the token exists here."""

    token: str
    record: DiskShare


class ShareFace(Struct, frozen=True):
    """All that is told before the password is right."""

    shown_name: str
    expires_at: datetime


class DiskShares:
    """Shares. ``offices`` gives the names of offices by id."""

    def __init__(self, kit: DiskKit, offices: Offices) -> None:
        self._kit = kit
        self._offices = offices

    async def shares_of(self, actor: Actor) -> list[DiskShare]:
        """Return one's own shares, newest first, ended ones among them."""
        return await self._kit.store.disk_shares(actor.id)

    async def create(self, actor: Actor, item_id: str, form: ShareForm, *, origin: str) -> NewShare:
        """Share one's own file; the token of the link is in the answer and nowhere else.

        Raises ``InvalidFormError``, ``InvalidInputError`` (``disk.share.…``, ``realname.phone.…``), ``NotFoundError``.
        """
        kit = self._kit
        sharing.check_form(form, kit.rules)
        to = sharing.addressee(kit.kit.vault, form, await self._offices())
        password_hash = await kit.kit.passwords.hash(form.password)
        token = sharing.new_token()

        async def decide(now: datetime) -> Decided[NewShare]:
            ground = await kit.ground(actor, now)
            item = ground.tree.file(item_id)
            living = [one for one in await self.shares_of(actor) if sharing.is_open(one, now)]
            if len(living) >= kit.rules.shares:
                raise InvalidInputError("disk.share.too_many", field="shown_name", most=kit.rules.shares)
            share = sharing.make(token, item.id, actor.id, form, to, password_hash, now)
            return Decided(Changes(inserts=[share]), NewShare(token, share))

        return await kit.carry_out(Attempt(actor, "disk_share", item_id, origin), decide)

    async def revoke(self, actor: Actor, share_id: str, *, origin: str) -> None:
        """End one's own share; nothing happens when it has ended already. Raises ``NotFoundError``."""
        kit = self._kit

        async def decide(now: datetime) -> Decided[None]:
            share = await kit.store.get(DiskShare, share_id)
            if share is None or share.owner_id != actor.id:
                raise NotFoundError
            if share.revoked_at is not None:
                return Decided(Changes(), None)
            return Decided(Changes(puts=[replace(share, revoked_at=now)]), None)

        await kit.carry_out(Attempt(actor, "disk_share_end", share_id[:_SHOWN], origin), decide)

    async def look(self, token: str, account: Account | None) -> ShareFace:
        """Return what somebody with the link is told; raises ``NotFoundError``, ``NotLoggedInError``."""
        share, _ = await self._open(token, account, self._kit.kit.clock.now())
        return ShareFace(share.shown_name, share.expires_at)

    async def fetch(self, token: str, account: Account | None, password: str, *, origin: str) -> tuple[DiskItem, bytes]:
        """Return the shared file for the right password, and count it.

        Raises ``NotFoundError``, ``NotLoggedInError``, ``InvalidInputError`` ``disk.share.password``, and
        ``TooManyTriesError`` after too many wrong ones for this share, from this network or in all.
        """
        kit, share_id = self._kit, sharing.share_id(token)
        by = actor_of(account) if account else ANONYMOUS
        counters = (
            throttle.throttle_id(kit.kit.vault, "share", share_id, network_of(origin)),
            throttle.throttle_id(kit.kit.vault, "share", share_id),
        )
        limits = (kit.rules.wrong_per_network, kit.rules.wrong_per_share)

        async def decide(now: datetime) -> Decided[tuple[DiskItem, bytes]] | Refused:
            share, item = await self._open(token, account, now)
            failures = [await kit.store.get(Throttle, counter) for counter in counters]
            for failed, limit in zip(failures, limits, strict=True):
                throttle.check(failed, limit, now)
            if not await kit.kit.passwords.verify(share.password_hash, password):
                counted = Changes()
                for failed, counter, limit in zip(failures, counters, limits, strict=True):
                    counted += throttle.add(failed, counter, limit, now)
                return Refused(InvalidInputError("disk.share.password", field="password"), counted)
            data = await kit.store.blob(item.current.blob_id)
            if data is None:
                raise DamagedError
            return Decided(sharing.fetched(share, now), (item, data))

        # One at a time for each share, or a hundred guesses at once would all find the throttle open.
        async with kit.turns.of(share_id):
            return await carry_out(kit.kit, Attempt(by, "disk_fetch", share_id[:_SHOWN], origin), decide)

    async def _open(self, token: str, account: Account | None, now: datetime) -> tuple[DiskShare, DiskItem]:
        kit = self._kit
        known = await kit.store.get(DiskShare, sharing.share_id(token)) if len(token) == sharing.TOKEN_LENGTH else None
        share = sharing.admit(known, account, now)
        owner = await kit.store.get(Account, share.owner_id)
        if owner is None or not actor_of(owner).roles:
            raise NotFoundError("disk.share.gone")
        try:
            return share, Tree(await kit.store.disk_items(share.owner_id)).file(share.item_id)
        except NotFoundError as error:
            raise NotFoundError("disk.share.gone") from error
