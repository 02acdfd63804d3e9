"""Every kind of place in the small city that an address can name, and the addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace
from support.access import Row
from support.companies import applied
from support.disk import disk_belongings
from support.scene import Scene, Written

NO_SUCH = {"id": "no-such-id", "order": "no-such-order", "file": "no-such-file"}
_PART = re.compile(r"\{(\w+)[^}]*\}")


async def letters_of(scene: Scene) -> dict[str, Written]:
    """Write a letter for each place, by the names that the table of access has for them."""
    return {
        "desk": await scene.signed_for(await scene.written()),
        "answered": await scene.proposed(await scene.answered(await scene.written())),
        "published": await scene.proposed(await scene.answered(await scene.written()), published=True),
        "tray": await scene.written(),
        "sealed": await scene.written(sealed=True),
        "elsewhere": await scene.signed_for(await scene.written("neighbour"), "zjj"),
        "mailed": await scene.mailed(),
    }


async def belongings_of(scene: Scene) -> dict[str, str]:
    """Return the ids of everything that is no letter; routes that end a draft have one each."""
    found = await scene.belongings()
    letterbox = scene.city.services.letterbox
    draft = await letterbox.draft(scene.actors["writer"], found["draft"])
    for name in ("dropped", "sent", "deleted"):
        another = replace(draft, id=f"draft-{name}", version=0, attachments=())
        found[name] = (await letterbox.save_draft(scene.actors["writer"], another)).id
    contacts, writer = scene.city.services.contacts, scene.actors["writer"]
    box = await scene.city.services.boxes.own(writer)
    assert box is not None
    for name in ("contact", "contact_gone"):
        found[name] = (await contacts.add(writer, box.id, name=name, addresses=f"{name}@far.example")).id
    found["company"] = (await applied(scene.city, writer)).id
    return {**found, **await disk_belongings(scene.city, scene.actors["writer"])}


def targets(
    route: str, row: Row, letters: Mapping[str, Written], ids: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what the row is tried on, with the parts of the address that name it."""
    if "{id}" not in route:
        yield "nothing", {**NO_SUCH, **row.parts}
    elif row.of not in ("letter", "order"):
        yield row.of, {"id": ids[row.of], "file": ids["draft_file"], **row.parts}
    else:
        for name in row.letters:
            letter = letters[name]
            named = letter.order if row.of == "order" else letter.letter
            yield name, {"id": named, "order": letter.order, "file": letter.file, **row.parts}


def address_of(path: str, row: Row, parts: Mapping[str, str]) -> str:
    """Return the address with its parts filled in."""
    return _PART.sub(lambda part: parts[part[1]], path) + (f"?{row.query}" if row.query else "")
