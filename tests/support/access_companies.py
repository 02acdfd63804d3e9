"""Whom the routes of addresses, closing, handing over and companies are for."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import ADMINISTRATOR, CITIZENS, CLERK, LOGGED_IN, NOBODY, OWNER, Row, rows

_V1 = "/api/v1"
_ADDRESS = f"{_V1}/mailboxes/{{id}}/address"
_COMPANY = "/companies/{id}"
_DESK = "/desk/companies/{id}"
_STAFF_BOX = "/admin/staff/{id}/box"

COMPANIES: Mapping[str, Row] = {
    **rows(LOGGED_IN, "the address of one's own box", "GET /box/address", "POST /box/address"),
    **rows(
        CITIZENS,
        "one's own box; those of staff are the office's",
        "GET /box/closing",
        "POST /box/closing",
        "POST /box/closing/reopen",
    ),
    **rows(
        CITIZENS,
        "citizens act for companies; one's own list, be it empty",
        "GET /companies",
        "GET /companies/new",
        "POST /companies",
    ),
    **rows(OWNER, "who acts for the company", f"GET {_COMPANY}", f"POST {_COMPANY}/invite", of="company"),
    f"GET {_COMPANY}/letters": Row(NOBODY, "it is not verified yet", of="company"),
    **rows(
        NOBODY,
        "it is not verified yet",
        f"GET {_COMPANY}/pass-on",
        f"POST {_COMPANY}/pass-on",
        f"GET {_COMPANY}/close",
        f"POST {_COMPANY}/close",
        of="company",
    ),
    f"POST {_COMPANY}/remove": Row(NOBODY, "it has no such delegate", of="company", fields={"account": "x"}),
    f"POST {_COMPANY}/invitations/{{invitation}}/take-back": Row(
        NOBODY, "it has no such invitation", of="company", parts={"invitation": "x"}
    ),
    "POST /companies/invitations/{id}": Row(NOBODY, "there is no such invitation", of="company"),
    **rows(OWNER, "the address of one's own box", f"GET {_ADDRESS}", f"PUT {_ADDRESS}", of="citizen"),
    f"GET {_V1}/companies": Row(LOGGED_IN, "one's own list, be it empty"),
    "GET /desk/companies": Row(CLERK, "who sees licences at the counter"),
    **rows(
        CLERK,
        "who sees licences at the counter",
        f"GET {_DESK}",
        f"POST {_DESK}/verify",
        f"POST {_DESK}/refuse",
        f"POST {_DESK}/appoint",
        f"POST {_DESK}/reopen",
        of="company",
    ),
    "GET /admin/boxes": Row(ADMINISTRATOR, "who looks after boxes, and sees nothing in them"),
    **rows(
        ADMINISTRATOR,
        "who looks after boxes, and sees nothing in them",
        "GET /admin/boxes/{id}",
        "POST /admin/boxes/{id}/quotas",
        of="citizen",
    ),
    **rows(
        ADMINISTRATOR,
        "who opens and closes staff accounts says who goes on with their boxes",
        f"GET {_STAFF_BOX}",
        f"POST {_STAFF_BOX}/hand-over",
        f"POST {_STAFF_BOX}/hand-back",
        of="staff",
    ),
}
