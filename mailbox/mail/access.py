"""The one door to boxes: whoever reads or changes something in a box was let in here.

A company's box opens for its delegates, everybody else's by :func:`may_open`. Not allowed looks the same as not there
(``NotFoundError``), so that nobody learns from a refusal whose box there is.
"""

from __future__ import annotations

from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError
from minxin.mailbox.companies.records import Delegate, delegate_id
from minxin.mailbox.mail.records import Box, BoxKind, BoxState, Folder, MailItem
from minxin.mailbox.ports import MailStore


def may_open(actor: Actor, box: Box) -> bool:
    """Say whether the actor may work in the box: his own, one he inherited, or his office's shared one."""
    if box.state is BoxState.CLOSED or box.kind is BoxKind.COMPANY:
        return False
    if box.kind is BoxKind.OFFICE:
        return actor.office_id == box.owner_id and any(role is not Role.CITIZEN for role in actor.roles)
    if box.state is BoxState.HANDED_OVER:
        return actor.id == box.heir_id
    return actor.id in (box.owner_id, box.heir_id)


def may_send(box: Box) -> bool:
    """Say whether who may open the box may also send from it: never in the name of somebody who left."""
    return box.state is BoxState.OPEN


async def access_box(store: MailStore, actor: Actor, box_id: str) -> Box:
    """Return the box when the actor may open it; raises ``NotFoundError``."""
    box = await store.get(Box, box_id)
    if box is None or not await _let_in(store, actor, box):
        raise NotFoundError
    return box


async def access_folder(store: MailStore, actor: Actor, folder_id: str) -> tuple[Box, Folder]:
    """Return the folder with its box; raises ``NotFoundError``."""
    folder = await store.get(Folder, folder_id)
    if folder is None:
        raise NotFoundError
    return await access_box(store, actor, folder.box_id), folder


async def access_item(store: MailStore, actor: Actor, item_id: str) -> tuple[Box, MailItem]:
    """Return the item with its box; raises ``NotFoundError``."""
    item = await store.get(MailItem, item_id)
    if item is None:
        raise NotFoundError
    return await access_box(store, actor, item.box_id), item


async def boxes_for(store: MailStore, actor: Actor) -> list[Box]:
    """Return the boxes that the actor may open, his own first."""
    found = await store.boxes_of(actor.id)
    if actor.office_id is not None:
        found += await store.boxes_of(actor.office_id)
    return [box for box in found if await _let_in(store, actor, box)]


async def _let_in(store: MailStore, actor: Actor, box: Box) -> bool:
    if box.kind is not BoxKind.COMPANY:
        return may_open(actor, box)
    delegate = await store.get(Delegate, delegate_id(box.owner_id, actor.id))
    return box.state is BoxState.OPEN and delegate is not None and actor.is_a(Role.CITIZEN)
