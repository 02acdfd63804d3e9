"""The official directory (机关通讯录): the addresses of offices and posts, which the house alone writes.

Whether an address is official is asked here and nowhere else: no name in a header or a contact makes it so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct

from minxin.core.fresh import Fresh
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.mailbox.mail.records import Box, BoxKind, BoxState
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState

LIFE: Final = timedelta(seconds=60)


class OfficeName(Struct, frozen=True):
    """What an office is called: in full, in short, and in English."""

    full: str
    short: str
    english: str

    def of(self, language: str) -> str:
        """Return the name in a language."""
        return self.full if language == "zh" or not self.english else self.english


class Official(Struct, frozen=True, kw_only=True):
    """An entry: the shared box of an office, or with ``post`` and ``person`` somebody who works there."""

    address: str
    office_id: str
    office: OfficeName
    post: str = ""
    person: str = ""

    @property
    def shared(self) -> bool:
        """Whether it is the box that the office's people share."""
        return not self.person


OfficeNames = Callable[[], Awaitable[Mapping[str, OfficeName]]]


class OfficialDirectory:
    """The entries; at most a minute old. ``names`` gives what offices are called, by id."""

    def __init__(self, store: MailStore, names: OfficeNames, life: timedelta = LIFE) -> None:
        self._store = store
        self._names = names
        self._fresh: Fresh[tuple[Official, ...]] = Fresh(life)

    async def offices(self) -> tuple[Official, ...]:
        """Return the shared boxes of offices, for everybody."""
        return await self._fresh.get("offices", self._offices)

    async def posts(self) -> tuple[Official, ...]:
        """Return the posts with their own boxes, for staff: never a telephone, which is a person's own."""
        return await self._fresh.get("posts", self._posts)

    async def by_address(self, address: str) -> Official | None:
        """Return the entry that the address is of, None for anybody else's."""
        wanted = address.strip().lower()
        everybody = (*await self.offices(), *await self.posts())
        return next((one for one in everybody if one.address == wanted), None)

    async def by_address_of_all(self) -> Mapping[str, Official]:
        """Return all entries by address."""
        return {one.address: one for one in (*await self.posts(), *await self.offices())}

    async def _offices(self) -> tuple[Official, ...]:
        names = await self._names()
        boxes = [box for box in await self._boxes(BoxKind.OFFICE) if box.owner_id in names]
        return tuple(Official(address=box.address, office_id=box.owner_id, office=names[box.owner_id]) for box in boxes)

    async def _posts(self) -> tuple[Official, ...]:
        names = await self._names()
        boxes = {box.owner_id: box for box in await self._boxes(BoxKind.STAFF)}
        accounts = await self._store.get_all(Account, list(boxes))
        return tuple(
            Official(
                address=boxes[one.id].address,
                office_id=one.office_id,
                office=names[one.office_id],
                post=one.post,
                person=one.name,
            )
            for one in accounts.values()
            if one.office_id in names and one.office_id is not None and one.state is AccountState.ACTIVE
        )

    async def _boxes(self, kind: BoxKind) -> list[Box]:
        found: list[Box] = []
        after: str | None = None
        while True:
            page = await self._store.all_boxes(kind, PageRequest(after, MAX_PAGE))
            found += [box for box in page.items if box.state is BoxState.OPEN]
            after = page.next
            if after is None:
                return found
