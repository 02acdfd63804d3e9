"""Whom a notice reaches (收件范围): counted before it is approved, and walked through page by page as it is sent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from minxin.core.privacy import Vault
from minxin.mailbox.boxes import WITH_BOX
from minxin.mailbox.mail.circulars import Place
from minxin.mailbox.mail.records import Box, BoxAddress, BoxState
from minxin.mailbox.official.figures import area_name
from minxin.mailbox.official.listing import Entry
from minxin.mailbox.official.ports import OfficialStore
from minxin.mailbox.official.records import NoticeList, NoticeRun, OfficialNotice, Reach
from minxin.mailbox.records import Account


class Walked(Struct, frozen=True):
    """The next boxes of an audience, with the accounts whose boxes they are, and how many were passed over.

    ``cursor`` is the last box that was looked at; it is empty at the end.
    """

    cursor: str
    places: tuple[Place, ...] = ()
    accounts: tuple[Account, ...] = ()
    passed: int = 0


async def size_of(store: OfficialStore, notice: OfficialNotice, now: datetime) -> int:
    """Return how many boxes the notice would go to now."""
    if notice.reach is Reach.LIST:
        return notice.listed
    return await store.count_citizens_in(notice.area, now)


async def next_places(store: OfficialStore, notice: OfficialNotice, run: NoticeRun, limit: int) -> Walked:
    """Return the boxes that come after the run's cursor, at most ``limit``."""
    if notice.reach is Reach.LIST:
        return await _next_listed(store, notice.id, run.cursor, limit)
    accounts = await store.citizens_in(notice.area, run.begun_at, run.cursor, limit)
    places = tuple(Place(one.id, area_name(one.area or ())) for one in accounts)
    return Walked(accounts[-1].id if accounts else "", places, tuple(accounts))


async def boxes_named(store: OfficialStore, vault: Vault, entries: Iterable[Entry]) -> dict[str, str]:
    """Return by entry the open box that it names: an address of a box, or the number of a citizen's account."""
    wanted = list(entries)
    addresses = list(dict.fromkeys(one.text for one in wanted if not one.phone))
    owners = {one: found.box_id for one, found in (await store.get_all(BoxAddress, addresses)).items()}
    boxes = await store.get_all(Box, list(dict.fromkeys(owners.values())))
    is_open = {one.id for one in boxes.values() if one.state is BoxState.OPEN}
    named = {text: box_id for text, box_id in owners.items() if box_id in is_open}
    for text in dict.fromkeys(one.text for one in wanted if one.phone):
        account = await store.account_by_phone(vault.index(text, "phone"))
        if account is not None and account.state in WITH_BOX:
            named[text] = account.id
    return named


async def _next_listed(store: OfficialStore, notice_id: str, cursor: str, limit: int) -> Walked:
    listed = await store.get(NoticeList, notice_id)
    box_ids = listed.box_ids if listed is not None else ()
    start = bisect_right(box_ids, cursor)
    chosen = box_ids[start : start + limit]
    boxes = await store.get_all(Box, chosen)
    accounts = await store.get_all(Account, chosen)
    places = tuple(
        Place(one, area_name(accounts[one].area or ()) if one in accounts else "")
        for one in chosen
        if _takes(boxes.get(one), accounts.get(one))
    )
    reached = {one.box_id for one in places}
    return Walked(
        chosen[-1] if chosen else "",
        places,
        tuple(account for one, account in accounts.items() if one in reached),
        len(chosen) - len(places),
    )


def _takes(box: Box | None, account: Account | None) -> bool:
    """Say whether the box takes a notice; one that is about to be opened does, too."""
    if box is None:
        return account is not None and account.state in WITH_BOX
    return box.state is BoxState.OPEN
