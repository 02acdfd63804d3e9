"""Uploads in pieces, in the words of tus 1.0.0 (断点续传): a broken line goes on where it stopped.

POST /disk/uploads          Upload-Length, Upload-Metadata: filename, folder, mark   -> 201, Location, Upload-Offset
GET, HEAD /disk/uploads/ID                                                        -> 200, Upload-Offset, Upload-Length
PATCH /disk/uploads/ID      Upload-Offset, application/offset+octet-stream        -> 204, Upload-Offset
DELETE /disk/uploads/ID                                                           -> 204

Every request carries the session's cookie and, unless it only reads, the form token in ``X-CSRF-Token``.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
from aiohttp import hdrs, web

from minxin.core.errors import InvalidInputError, MinxinError
from minxin.mailbox.disk.moves import Announced
from minxin.mailbox.disk.records import DiskUpload
from minxin.mailbox.disk.uploads import OffsetError
from minxin.webui.context import language, origin, services
from minxin.webui.forms import MIB, FormLimits, form_limits
from minxin.webui.guards import require_login
from minxin.webui.i18n import sentences
from minxin.webui.pages.disk import folder_address
from minxin.webui.rendering import see_other

VERSION: Final = "1.0.0"
PIECE: Final = FormLimits(body_bytes=8 * MIB)
PIECE_TYPE: Final = "application/offset+octet-stream"
_TUS: Final = {"Tus-Resumable": VERSION}
_OFFSET, _LENGTH, _METADATA = "Upload-Offset", "Upload-Length", "Upload-Metadata"
_LONGEST_NUMBER = 15


async def begin(request: web.Request) -> web.Response:
    """Begin an upload; a refusal comes with the words for people."""
    actor = require_login(request)
    known = _metadata(request.headers.get(_METADATA, ""))
    try:
        file = Announced(
            known.get("folder", ""), known.get("filename", ""), _number(request, _LENGTH), known.get("mark", "")
        )
        upload = await services(request).disk.uploads.begin(actor, file, origin=origin(request))
    except MinxinError as error:
        return _refused(request, error)
    headers = {**_TUS, hdrs.LOCATION: f"/disk/uploads/{upload.id}", _OFFSET: "0"}
    return web.Response(status=web.HTTPCreated.status_code, headers=headers)


async def show(request: web.Request) -> web.Response:
    """Tell where to go on."""
    upload = await services(request).disk.uploads.state(require_login(request), request.match_info["id"])
    told = {"offset": upload.received_bytes, "length": upload.size_bytes}
    headers = {**_TUS, _OFFSET: str(upload.received_bytes), _LENGTH: str(upload.size_bytes)}
    return web.Response(body=msgspec.json.encode(told), content_type="application/json", headers=headers)


@form_limits(PIECE)
async def append(request: web.Request) -> web.Response:
    """Keep a piece; with the last one the upload is a file."""
    actor, upload_id = require_login(request), request.match_info["id"]
    uploads = services(request).disk.uploads
    await uploads.state(actor, upload_id)
    try:
        if request.content_type != PIECE_TYPE:
            raise InvalidInputError("disk.piece_type", field="files")
        offset, data = _number(request, _OFFSET), await request.read()
        kept = await uploads.append(actor, upload_id, offset, data, origin=origin(request))
    except OffsetError as error:
        return _refused(request, error, **{_OFFSET: str(error.params["offset"])})
    except MinxinError as error:
        return _refused(request, error)
    done = kept.received_bytes if isinstance(kept, DiskUpload) else offset + len(data)
    return web.Response(status=web.HTTPNoContent.status_code, headers={**_TUS, _OFFSET: str(done)})


async def drop(request: web.Request) -> web.Response:
    """Give an upload up."""
    actor = require_login(request)
    await services(request).disk.uploads.drop(actor, request.match_info["id"], origin=origin(request))
    return web.Response(status=web.HTTPNoContent.status_code, headers=_TUS)


async def drop_by_form(request: web.Request) -> web.Response:
    """Give an upload up by the button of a page."""
    actor, upload_id = require_login(request), request.match_info["id"]
    uploads = services(request).disk.uploads
    upload = await uploads.state(actor, upload_id)
    await uploads.drop(actor, upload_id, origin=origin(request))
    return see_other(request, folder_address(upload.folder_id), "notice.disk_upload_gone")


def _refused(request: web.Request, error: MinxinError, **headers: str) -> web.Response:
    """Answer a script: the sentence is for the person at it."""
    told = {"key": error.reason, "message": sentences().of_error(error, language(request))}
    return web.Response(
        body=msgspec.json.encode(told),
        status=error.http_status,
        content_type="application/json",
        headers={**_TUS, **headers},
    )


def _number(request: web.Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_NUMBER:
        raise InvalidInputError("disk.size", field="files")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Return the pairs of ``key base64, key base64`` (tus 1.0.0, Upload-Metadata); what can't be read is left out."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def routes() -> list[web.RouteDef]:
    """Return the routes of uploads; aiohttp answers HEAD by the route of GET."""
    return [
        web.post("/disk/uploads", begin),
        web.get("/disk/uploads/{id}", show),
        web.patch("/disk/uploads/{id}", append),
        web.delete("/disk/uploads/{id}", drop),
        web.post("/disk/uploads/{id}/drop", drop_by_form),
    ]
