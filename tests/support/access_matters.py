"""The routes of the matters catalogue, the planner, and the files of one's own messages."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import ADMINISTRATOR, CITIZENS, EVERYBODY, NOBODY, Row, rows

_V1 = "/api/v1"

MATTERS: Mapping[str, Row] = {
    **rows(
        EVERYBODY,
        "public: what the city does for people, and nothing of anybody",
        "GET /matters",
        "POST /matters",
        "GET /offices",
        "POST /offices",
        "GET /plan",
        "POST /plan",
        "POST /plan/pdf",
        f"GET {_V1}/matters",
        f"POST {_V1}/plans",
    ),
    **rows(
        NOBODY,
        "no such matter, and no such form of one",
        "GET /matters/{code}",
        "GET /matters/{code}/forms/{form}",
        f"GET {_V1}/matters/{{code}}",
        parts={"code": "XX-000", "form": "apply"},
        otherwise="nothing",
    ),
    **rows(
        EVERYBODY,
        "an office is everybody's",
        "GET /offices/{id}",
        f"GET {_V1}/offices/{{id}}",
        parts={"id": "cgj"},
    ),
    "POST /plan/box": Row(CITIZENS, "a list is kept in a citizen's own mailbox"),
    **rows(
        NOBODY,
        "the message has no such file",
        "GET /box/{id}/files/{number:[0-9][0-9]?}",
        "GET /box/{id}/html",
        f"GET {_V1}/box/{{id}}/files/{{number}}",
        of="message",
        parts={"number": "7"},
    ),
    **rows(
        ADMINISTRATOR,
        "the catalogue is the administrator's to change",
        "GET /admin/matters",
        "GET /admin/matters/file",
        "POST /admin/matters",
    ),
}
