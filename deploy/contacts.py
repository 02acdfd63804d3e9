"""The contacts of one house, with its offices as the official directory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from minxin.consult.records import Office
from minxin.core.clock import Clock
from minxin.mailbox.contacts.directory import LIFE, OfficeName, OfficialDirectory
from minxin.mailbox.contacts.service import Contacts
from minxin.mailbox.ports import MailStore


def open_contacts(
    store: MailStore, clock: Clock, offices: Callable[[], Awaitable[list[Office]]], fresh: timedelta = LIFE
) -> Contacts:
    """Return the contacts; ``offices`` gives the city's offices, and the directory is no older than ``fresh``."""

    async def names() -> Mapping[str, OfficeName]:
        return {one.id: OfficeName(one.name, one.short, one.name_en) for one in await offices()}

    return Contacts(store, clock, OfficialDirectory(store, names, fresh))
