"""Whom the routes of short messages, of the choice of notices, and of notices to staff are for."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import ADMINISTRATOR, LOGGED_IN, NOBODY, OFFICES, Row, rows

TEXTING: Mapping[str, Row] = {
    "GET /account/notices": Row(LOGGED_IN, "one's own account"),
    "POST /account/notices": Row(LOGGED_IN, "one's own account", fields={"way": "sms"}),
    "GET /admin/sms": Row(ADMINISTRATOR, "the machine room: neither phones nor words"),
    "GET /admin/outgoing": Row(ADMINISTRATOR, "the machine room: domains and reasons, no words"),
    "POST /admin/outgoing/{id}/again": Row(NOBODY, "no such mail, for the administrator as well"),
    "POST /admin/sms/{id}/again": Row(NOBODY, "no such failed message, for the administrator as well"),
    **rows(
        OFFICES,
        "an office's own groups and notices",
        "GET /desk/groups",
        "GET /desk/groups/new",
        "POST /desk/groups/new",
        "GET /desk/notices",
        "GET /desk/notices/new",
        "POST /desk/notices/new",
    ),
    **rows(
        NOBODY,
        "no such group or notice, for offices as well",
        "GET /desk/groups/{id}",
        "POST /desk/groups/{id}",
        "POST /desk/groups/{id}/delete",
        "GET /desk/notices/{id}",
        "POST /desk/notices/{id}/remind",
    ),
}
