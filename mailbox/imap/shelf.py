"""Folders by the names under which a mail program knows them (文件夹名): one's own, and those of shared boxes.

The folders of one's own box have their own names. A shared box of the office, or one that was handed over, stands below
``Shared/`` and its address (RFC 2342: a namespace of shared mailboxes).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.mailbox.mail.records import INBOX, Box, Folder, FolderRole
from minxin.mailbox.mail.service import FolderShown, Mailboxes

LEVEL: Final = "/"
SHARED: Final = "Shared/"
USES: Final = {
    FolderRole.SENT: b"\\Sent",
    FolderRole.DRAFTS: b"\\Drafts",
    FolderRole.JUNK: b"\\Junk",
    FolderRole.TRASH: b"\\Trash",
    FolderRole.ARCHIVE: b"\\Archive",
}


class Place(NamedTuple):
    """Where a name leads: into a box, and to a folder's name in it."""

    box: Box
    prefix: str
    name: str


class Shelf:
    """The boxes of one person, as names."""

    def __init__(self, mailboxes: Mailboxes, actor: Actor) -> None:
        self._mailboxes = mailboxes
        self._actor = actor

    async def boxes(self) -> dict[str, Box]:
        """Return the boxes by the prefix of their folders' names."""
        found = await self._mailboxes.boxes(self._actor)
        own = next((box for box in found if box.owner_id == self._actor.id), None)
        prefixes = {"" if box is own else f"{SHARED}{box.address}{LEVEL}": box for box in found}
        return dict(sorted(prefixes.items()))

    async def folders(self) -> dict[str, FolderShown]:
        """Return all folders by name."""
        found = {}
        for prefix, box in (await self.boxes()).items():
            for shown in await self._mailboxes.folders(self._actor, box.id):
                found[prefix + shown.folder.name] = shown
        return found

    async def place(self, name: str) -> Place:
        """Return where the name leads, whether there is such a folder or not. Raises ``NotFoundError``."""
        boxes = await self.boxes()
        prefix = next((one for one in boxes if one and name.startswith(one)), "")
        if prefix not in boxes or (not prefix and f"{name}{LEVEL}".startswith(SHARED)):
            raise NotFoundError
        bare = name.removeprefix(prefix)
        return Place(boxes[prefix], prefix, INBOX if bare.upper() == INBOX else bare)

    async def folder(self, name: str) -> tuple[Box, FolderShown]:
        """Return the folder of this name with its box. Raises ``NotFoundError``."""
        place = await self.place(name)
        for shown in await self._mailboxes.folders(self._actor, place.box.id):
            if shown.folder.name == place.name:
                return place.box, shown
        raise NotFoundError


def matches(pattern: str, name: str) -> bool:
    """Say whether the name fits the pattern of a LIST; ``%`` stops at a level, ``*`` does not.

    All places in the pattern that the name may have come to are followed at once: no pattern takes long.
    """
    places = _with_wildcards({0}, pattern)
    for sign in name:
        after = set()
        for place in places:
            if place == len(pattern):
                continue
            mark = pattern[place]
            if mark == "*" or (mark == "%" and sign != LEVEL):
                after.add(place)
            elif mark == sign:
                after.add(place + 1)
        places = _with_wildcards(after, pattern)
    return len(pattern) in places


def attributes(names: dict[str, Folder | None], name: str) -> list[bytes]:
    """Return what LIST says of a name; a level that is no folder is None."""
    folder = names[name]
    inside = any(one.startswith(name + LEVEL) for one in names)
    found = [b"\\HasChildren" if inside else b"\\HasNoChildren"]
    if folder is None:
        return [b"\\Noselect", *found]
    if folder.role in USES:
        found.append(USES[folder.role])
    return found


def with_levels(folders: dict[str, Folder]) -> dict[str, Folder | None]:
    """Return the folders by name with the levels above them that are no folders, as None."""
    found: dict[str, Folder | None] = dict(folders)
    for name in folders:
        parts = name.split(LEVEL)
        for count in range(1, len(parts)):
            found.setdefault(LEVEL.join(parts[:count]), None)
    return found


def _with_wildcards(places: set[int], pattern: str) -> set[int]:
    """Add the places behind wildcards, which may stand for nothing."""
    found = set(places)
    for place in places:
        at = place
        while at < len(pattern) and pattern[at] in "*%":
            at += 1
            found.add(at)
    return found
