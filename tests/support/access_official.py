"""Whom the routes of official mail, and of where a citizen lives, are for."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import ADMINISTRATOR, CITIZENS, NOBODY, OFFICES, Row, rows

_V1 = "/api/v1/official"

OFFICIAL: Mapping[str, Row] = {
    **rows(CITIZENS, "where a citizen lives is his own word", "GET /account/area", "POST /account/area"),
    **rows(
        OFFICES | ADMINISTRATOR,
        "an office's own notices; the administrator may have to stop one",
        "GET /desk/official",
        f"GET {_V1}",
    ),
    **rows(
        OFFICES,
        "an office writes",
        "GET /desk/official/new",
        "POST /desk/official/new",
        f"POST {_V1}",
    ),
    **rows(
        NOBODY,
        "no such notice, for offices as well",
        "GET /desk/official/{id}",
        "GET /desk/official/{id}/edit",
        "POST /desk/official/{id}/edit",
        f"GET {_V1}/{{id}}",
        f"PUT {_V1}/{{id}}",
        f"DELETE {_V1}/{{id}}",
        f"POST {_V1}/{{id}}/taking-back",
        f"POST {_V1}/{{id}}/submission",
        f"POST {_V1}/{{id}}/decision",
        f"POST {_V1}/{{id}}/stop",
        f"POST {_V1}/{{id}}/resumption",
    ),
    "GET /desk/official/{id}/files/{number:[0-9]}": Row(
        NOBODY, "no such notice, for offices as well", parts={"number": "0"}
    ),
    "POST /desk/official/{id}/{move}": Row(NOBODY, "no such notice, for offices as well", parts={"move": "submit"}),
}
