"""WebDAV, properties that programs keep: PROPPATCH (RFC 4918, 9.2), all of a request or nothing."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from aiohttp import web

from minxin.core.errors import InvalidInputError
from minxin.webui.context import origin, services
from minxin.webui.dav.door import Client, check_locks, for_programs
from minxin.webui.dav.properties import PROPERTIES, told_of
from minxin.webui.dav.reading import multistatus
from minxin.webui.dav.xml import DAV, BadXmlError, read_xml

REFUSED, FAILED, DONE = "403 Forbidden", "424 Failed Dependency", "200 OK"
NO_ROOM = "507 Insufficient Storage"


@for_programs
async def set_properties(request: web.Request, client: Client) -> web.StreamResponse:
    """Keep and take away properties; what the disk tells by itself can't be set, nor anything of the top."""
    item = client.item()
    check_locks(client, client.path)
    values = _values(read_xml(await request.read()))
    refused = [name for name in values if item is None or name in PROPERTIES]
    if item is None or refused:
        rest = [name for name in values if name not in refused]
        told = [(REFUSED, refused), (FAILED, rest)]
        return await multistatus([told_of(client.path, item is None or item.is_folder, told)])
    try:
        await services(request).disk.files.note(client.actor, item.id, values, origin=origin(request))
    except InvalidInputError:
        return await multistatus([told_of(client.path, item.is_folder, [(NO_ROOM, list(values))])])
    return await multistatus([told_of(client.path, item.is_folder, [(DONE, list(values))])])


def _values(root: Element) -> dict[str, str | None]:
    """Return the value of each property as XML in the order of the request, None for one that is taken away."""
    if root.tag != DAV + "propertyupdate":
        raise BadXmlError
    found: dict[str, str | None] = {}
    for change in root:
        for prop in change.findall(DAV + "prop"):
            for one in prop:
                one.tail = None
                found[one.tag] = tostring(one, encoding="unicode") if change.tag == DAV + "set" else None
    return found
