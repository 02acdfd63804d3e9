"""The routes of the network disk: everybody has his own, and nobody another's."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import CITIZENS, EVERYBODY, LOGGED_IN, NOBODY, OWNER, Circle, Row, rows

_STAFF = LOGGED_IN - CITIZENS
_WHY = "one's own disk"
_DAV = "/dav{path:(?:/.*)?}"

DISK: Mapping[str, Row] = {
    **rows(
        LOGGED_IN,
        "one's own disk, be it empty",
        "GET /disk",
        "POST /disk/folders",
        "POST /disk/files",
        "GET /disk/bin",
        "GET /disk/shares",
        "POST /disk/uploads",
    ),
    **rows(OWNER, _WHY, "GET /disk/items/{id}", "GET /disk/items/{id}/file", of="disk_file"),
    "GET /disk/items/{id}/picture": Row(OWNER, _WHY, of="disk_picture"),
    "POST /disk/items/{id}/versions": Row(OWNER, _WHY, of="disk_file", fields={"number": "1", "what": "bring"}),
    "POST /disk/items/{id}/name": Row(OWNER, _WHY, of="disk_moved", fields={"name": "n.txt"}),
    "POST /disk/items/{id}/move": Row(OWNER, _WHY, of="disk_moved", fields={"folder": ""}),
    "POST /disk/items/{id}/share": Row(OWNER, _WHY, of="disk_file"),
    "POST /disk/items/{id}/letter": Row(
        OWNER, "one's own file, into a letter that citizens write", of="disk_file", told_no=_STAFF
    ),
    "POST /drafts/disk": Row(CITIZENS, "letters are written by citizens", told_no=_STAFF),
    "GET /disk/attach/{id}": Row(OWNER, "one's own draft; staff are told that citizens write", "draft", told_no=_STAFF),
    "POST /disk/attach/{id}": Row(
        OWNER,
        "one's own file into one's own draft; staff are told that citizens write",
        "draft",
        fields={"item": "disk_file"},
        told_no=_STAFF,
    ),
    **rows(OWNER, "one's own upload", "GET /disk/uploads/{id}", "PATCH /disk/uploads/{id}", of="disk_upload"),
    "DELETE /disk/uploads/{id}": Row(OWNER, "one's own upload", of="disk_upload_gone", last=True),
    "POST /disk/uploads/{id}/drop": Row(OWNER, "one's own upload", of="disk_upload_dropped", last=True),
    "POST /letters/{id}/files/{file}/keep": Row(Circle.ALL, "who may read a letter's file may keep it on his own disk"),
    "POST /box/{id}/files/{number:[0-9][0-9]?}/keep": Row(
        NOBODY, "the message has no such file", of="message", parts={"number": "7"}
    ),
    "POST /disk/items/{id}/bin": Row(OWNER, _WHY, of="disk_moved", last=True),
    "POST /disk/items/{id}/restore": Row(OWNER, _WHY, of="disk_binned", last=True),
    "POST /disk/items/{id}/delete": Row(OWNER, _WHY, of="disk_deleted", last=True),
    "POST /disk/shares/{id}/end": Row(OWNER, "one's own share", of="disk_share", last=True),
    "POST /disk/bin": Row(LOGGED_IN, "one's own disk, be it empty", last=True),
    f"OPTIONS {_DAV}": Row(EVERYBODY, "tells what the door can do, and nothing of anybody", parts={"path": "/"}),
    **rows(
        NOBODY,
        "only for programs with an application password: no cookie opens it",
        *(f"{method} {_DAV}" for method in "GET PROPFIND PROPPATCH PUT DELETE MKCOL MOVE COPY LOCK UNLOCK".split()),
        parts={"path": "/a.txt"},
        otherwise="log in",
    ),
    **rows(
        NOBODY,
        "no such share: for everybody alike",
        "GET /shared/{token}",
        "POST /shared/{token}",
        parts={"token": "x" * 43},
        otherwise="nothing",
    ),
}
