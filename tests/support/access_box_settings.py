"""Whom the routes of settings, contacts and the security page are for: everybody has his own, offices share theirs."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import LOGGED_IN, OWNER, Row, rows

_V1 = "/api/v1"
_OWN = "one's own box"

BOX_SETTINGS: Mapping[str, Row] = {
    **rows(LOGGED_IN, "one's own account", "GET /account/security", "POST /account/security/sessions/end"),
    "POST /account/security/sessions/{id}/end": Row(
        LOGGED_IN, "one's own account: ends nothing of another's", of="message", last=True
    ),
    **rows(LOGGED_IN, _OWN, "GET /box/settings"),
    "POST /box/settings/signature": Row(LOGGED_IN, _OWN, fields={"signature": "x"}),
    "POST /box/settings/vacation": Row(LOGGED_IN, _OWN, fields={"subject": "x", "text": "y"}),
    "POST /box/settings/vacation/end": Row(LOGGED_IN, _OWN),
    "POST /box/settings/blocked": Row(LOGGED_IN, _OWN, fields={"sender": "x@far.example"}),
    "POST /box/settings/blocked/remove": Row(LOGGED_IN, _OWN, fields={"sender": "x@far.example"}),
    **rows(LOGGED_IN, _OWN, "GET /box/contacts", "GET /box/contacts/export", "GET /box/suggest"),
    "POST /box/contacts/new": Row(LOGGED_IN, _OWN, fields={"name": "x", "addresses": "x@far.example"}),
    "POST /box/contacts/import": Row(LOGGED_IN, _OWN),
    **rows(OWNER, "a contact of one's own box", "GET /box/contacts/{id}", of="contact"),
    "POST /box/contacts/{id}": Row(
        OWNER, "a contact of one's own box", of="contact", fields={"name": "x", "addresses": "x@far.example"}
    ),
    "POST /box/contacts/{id}/delete": Row(OWNER, "a contact of one's own box", of="contact", last=True),
    **rows(
        OWNER,
        _OWN,
        f"GET {_V1}/mailboxes/{{id}}/settings",
        f"PUT {_V1}/mailboxes/{{id}}/settings",
        f"GET {_V1}/mailboxes/{{id}}/contacts",
        f"POST {_V1}/mailboxes/{{id}}/contacts",
        f"GET {_V1}/mailboxes/{{id}}/suggestions",
        of="citizen",
    ),
    f"PUT {_V1}/contacts/{{id}}": Row(OWNER, "a contact of one's own box", of="contact"),
    f"DELETE {_V1}/contacts/{{id}}": Row(OWNER, "a contact of one's own box", of="contact_gone", last=True),
    "POST /box/{id}/contact": Row(OWNER, "one's own message", of="message"),
    "POST /box/{id}/block": Row(OWNER, "one's own message; the house's own can't be blocked", of="message"),
}
