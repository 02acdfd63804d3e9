"""The routes of mail in the browser: whoever may open a box may do everything in it, and nobody else anything."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import LOGGED_IN, NOBODY, OWNER, Row, rows

_V1 = "/api/v1"
_BOX = "account-writer"
_OWN = "one's own mailbox"
_TYPED = {"sender": _BOX, "key": "k" * 22, "to": "a@b.example", "text": "x", "act": "save"}

WEBMAIL: Mapping[str, Row] = {
    **rows(LOGGED_IN, _OWN, "GET /box/compose", "GET /box/folders", "POST /box/acts"),
    "GET /box/export.{kind:mbox|zip}": Row(LOGGED_IN, _OWN, parts={"kind": "mbox"}),
    "GET /box/compose/disk": Row(NOBODY, "there is no such draft", query="box=no-such&key=none"),
    "POST /box/compose/disk": Row(NOBODY, "there is no such draft", fields={"box": _BOX, "key": "none", "item": "x"}),
    "POST /box/compose": Row(OWNER, _OWN, fields=_TYPED),
    "POST /box/drafts": Row(OWNER, _OWN, fields=_TYPED),
    "POST /box/folders": Row(OWNER, _OWN, fields={"box": _BOX, "name": "x"}),
    "POST /box/empty": Row(OWNER, _OWN, fields={"box": _BOX, "folder": "trash"}),
    **rows(
        NOBODY,
        "there is no such folder",
        "POST /box/folders/{folder}/name",
        "POST /box/folders/{folder}/delete",
        parts={"folder": "no-such"},
        fields={"box": _BOX, "name": "y"},
    ),
    f"GET {_V1}/mailboxes": Row(LOGGED_IN, _OWN),
    **rows(
        OWNER,
        _OWN,
        f"GET {_V1}/mailboxes/{{id}}/folders",
        f"GET {_V1}/mailboxes/{{id}}/mail",
        f"PUT {_V1}/mailboxes/{{id}}/draft",
        f"POST {_V1}/mailboxes/{{id}}/mail",
        of="citizen",
    ),
    **rows(OWNER, "one's own message", f"GET {_V1}/mail/{{id}}", f"GET {_V1}/mail/{{id}}/raw", of="message"),
    **rows(
        NOBODY,
        "there is no such mail",
        f"POST {_V1}/mail/flags",
        f"POST {_V1}/mail/move",
        f"POST {_V1}/mail/delete",
    ),
    "GET /box/{id}/raw": Row(OWNER, "one's own message", of="message"),
    "POST /box/{id}/take": Row(NOBODY, "only mail of a shared box is taken", of="message"),
    "GET /box/{id}/pictures": Row(NOBODY, "the message has no HTML", of="message"),
    "GET /box/{id}/files/{number:[0-9][0-9]?}/picture": Row(
        NOBODY, "the message has no such file", of="message", parts={"number": "7"}
    ),
}
