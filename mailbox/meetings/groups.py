"""An office's groups of staff as a service: listed, written, deleted by those who write for the office."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes, Record
from minxin.core.clock import Clock
from minxin.core.errors import DuplicateError, InvalidInputError, NotAllowedError, NotFoundError
from minxin.core.ids import new_id
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.mailbox.meetings.ports import MeetingStore
from minxin.mailbox.meetings.records import StaffGroup
from minxin.mailbox.meetings.tree import check_no_circle, holders_of
from minxin.mailbox.records import Account, AccountState

ROLES: Final = (Role.HANDLER, Role.REVIEWER, Role.SIGNER)
NAME_MAX: Final = 40
GROUPS_MAX: Final = 200


class GroupForm(Struct, frozen=True, kw_only=True):
    """A group as somebody wrote it: ids of accounts and of other groups."""

    name: str
    members: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()


class StaffGroups:
    """Every office has its own groups; nobody sees another's."""

    def __init__(self, store: MeetingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def listed(self, actor: Actor) -> list[StaffGroup]:
        """Return the office's groups by name; raises ``NotAllowedError`` for who does not write for an office."""
        return await self._store.staff_groups(office_of(actor))

    async def staff(self, actor: Actor) -> list[Account]:
        """Return the office's active staff by log-in name; raises as :meth:`listed` does."""
        return await active_staff(self._store, office_of(actor))

    async def group(self, actor: Actor, group_id: str) -> StaffGroup:
        """Return one of the office's groups; raises ``NotFoundError``, else as :meth:`listed` does."""
        group = await self._store.get(StaffGroup, group_id)
        if group is None or group.office_id != office_of(actor):
            raise NotFoundError
        return group

    async def write(self, actor: Actor, form: GroupForm, group_id: str | None, origin: str) -> StaffGroup:
        """Make the group, or write it anew when it has an id.

        Raises ``InvalidInputError`` for a name that is empty, too long or taken (``groups.name``, ``groups.taken``),
        for a circle (``groups.circle``), more groups than an office may have (``groups.too_many``), else as
        :meth:`group` does.
        """
        office_id = office_of(actor)
        before = await self.group(actor, group_id) if group_id else None
        groups = {one.id: one for one in await self._store.staff_groups(office_id)}
        if before is None and len(groups) >= GROUPS_MAX:
            raise InvalidInputError("groups.too_many", field="name", most=GROUPS_MAX)
        staff = {one.id for one in await active_staff(self._store, office_id)}
        base = before or StaffGroup(id=new_id(), office_id=office_id, name="")
        group = _filled(base, form, staff, groups)
        check_no_circle(groups | {group.id: group}, group.id, group.subgroups)
        changes = Changes(puts=[group]) if before else Changes(inserts=[group])
        try:
            await self._commit(actor, changes, "write_group", group.id, origin)
        except DuplicateError as error:
            raise InvalidInputError("groups.taken", field="name") from error
        return group

    async def delete(self, actor: Actor, group_id: str, origin: str) -> None:
        """Delete the group; those that held it hold it no more. Raises as :meth:`group` does."""
        group = await self.group(actor, group_id)
        holders = holders_of(await self._store.staff_groups(group.office_id), group_id)
        kept: list[Record] = [
            replace(one, subgroups=tuple(held for held in one.subgroups if held != group_id)) for one in holders
        ]
        await self._commit(actor, Changes(deletes=[group], puts=kept), "delete_group", group_id, origin)

    async def _commit(self, actor: Actor, changes: Changes, action: str, target: str, origin: str) -> None:
        entry = AuditEntry(self._clock.now(), actor.id, action, target, "ok", actor.office_id, origin)
        await asyncio.shield(self._store.commit(changes + Changes(audit=[entry])))


def office_of(actor: Actor) -> str:
    """Return the office that the actor writes for; raises ``NotAllowedError`` when he writes for none."""
    if actor.office_id is None or not actor.is_a(*ROLES):
        raise NotAllowedError
    return actor.office_id


async def active_staff(store: MeetingStore, office_id: str) -> list[Account]:
    """Return the office's active staff by log-in name."""
    found: list[Account] = []
    page = PageRequest(None, MAX_PAGE)
    while True:
        batch = await store.staff(office_id, page)
        found += [one for one in batch.items if one.state is AccountState.ACTIVE]
        if batch.next is None:
            return found
        page = PageRequest(batch.next, MAX_PAGE)


def _filled(base: StaffGroup, form: GroupForm, staff: Iterable[str], groups: Iterable[str]) -> StaffGroup:
    name = " ".join(form.name.split())
    if not 0 < len(name) <= NAME_MAX:
        raise InvalidInputError("groups.name", field="name", most=NAME_MAX)
    return replace(
        base,
        name=name,
        members=tuple(sorted(set(form.members) & set(staff))),
        subgroups=tuple(sorted(set(form.subgroups) & set(groups))),
    )
