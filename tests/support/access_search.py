"""Whom the routes of searching are for: what is found is asked for at the access door, so that a list may be empty."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import ADMINISTRATOR, DESK, EVERYBODY, LOGGED_IN, Row, rows

_V1 = "/api/v1"

SEARCH: Mapping[str, Row] = {
    **rows(EVERYBODY, "public: what is published", "GET /published/search", f"GET {_V1}/public/search"),
    **rows(LOGGED_IN, "one's own letters, be there none", "GET /letters/search", f"GET {_V1}/letters/search"),
    **rows(DESK, "everybody with letters on a desk", "GET /desk/search", f"GET {_V1}/desk/search"),
    "GET /admin/search": Row(ADMINISTRATOR, "the machine room: figures alone"),
}
