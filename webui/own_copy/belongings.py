"""What somebody set for his box, and his contacts, in a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.mailbox.contacts.vcard import VERSIONS
from minxin.webui.context import services
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.making import as_json

SETTINGS: Final = "mailbox/settings.json"
CONTACTS: Final = "mailbox/contacts.vcf"


async def belonging_pieces(request: web.Request, actor: Actor) -> AsyncIterator[Piece]:
    """Yield the settings of the actor's own box, and his contacts when he has any."""
    door = services(request)
    box = await door.boxes.own(actor)
    if box is None:
        return
    yield as_json(SETTINGS, await door.mailroom.settings.of(actor, box.id))
    if await door.contacts.all(actor, box.id):
        yield Piece(CONTACTS, await door.contacts.cards(actor, box.id, VERSIONS[0]))
