"""Whom the routes of the counter are for (see ``access_table``)."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import CLERK, NOBODY, Row, rows

_V1 = "/api/v1"

COUNTER: Mapping[str, Row] = {
    **rows(
        CLERK,
        "the counter: who has the citizen before him",
        "GET /counter",
        "POST /counter",
        "GET /desk/verifications",
        "GET /desk/citizens/new",
        "POST /desk/citizens",
        "GET /held-mail",
    ),
    **rows(CLERK, "the counter", "GET /counter/{id}", "POST /counter/{id}", of="citizen"),
    f"POST {_V1}/counter/citizens": Row(NOBODY, "a citizen who is not there, for the clerk as well"),
    "GET /desk/verifications/{id}": Row(CLERK, "who compares the card", of="applicant"),
    **rows(
        CLERK,
        "who compares the card",
        "POST /desk/verifications/{id}/verify",
        "POST /desk/verifications/{id}/refuse",
        of="applicant",
    ),
    **rows(
        CLERK,
        "mail of strangers is looked through by clerks",
        "GET /held-mail/{id}",
        "GET /held-mail/{id}/raw",
        "POST /held-mail/{id}/dismiss",
        of="held",
    ),
}
