"""Whom the routes of the knowledge base are for (see ``access_table``)."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import CENTRE, EVERYBODY, OFFICES, Circle, Row, rows

_V1 = "/api/v1"
_ENTRIES = f"{_V1}/knowledge-entries"
_OWN_ENTRY = CENTRE | frozenset({"handler", "reviewer", "signer"})

KNOWLEDGE: Mapping[str, Row] = {
    **rows(
        EVERYBODY,
        "what is published is everybody's",
        "GET /knowledge/{id}",
        f"GET {_V1}/knowledge/{{id}}",
        of="entry",
    ),
    f"GET {_V1}/knowledge": Row(EVERYBODY, "what is published is everybody's"),
    **rows(
        CENTRE | OFFICES,
        "an office's own entries, those of all for the centre",
        f"GET {_ENTRIES}",
        f"POST {_ENTRIES}",
    ),
    f"GET {_ENTRIES}/{{id}}": Row(_OWN_ENTRY, "the office that owns the entry, and the centre", of="entry"),
    **rows(
        _OWN_ENTRY,
        "the office that owns the entry, and the centre; they are told why not",
        f"PUT {_ENTRIES}/{{id}}",
        f"POST {_ENTRIES}/{{id}}/submission",
        of="entry",
        last=True,
    ),
    f"POST {_ENTRIES}/{{id}}/decision": Row(
        CENTRE | frozenset({"reviewer", "signer"}), "the second person", of="entry", last=True
    ),
    f"POST {_ENTRIES}/{{id}}/withdrawal": Row(
        _OWN_ENTRY, "the office that owns the entry, and the centre", of="withdrawn_entry", last=True
    ),
    f"POST {_V1}/orders/{{id}}/knowledge": Row(
        Circle.ANSWERER,
        "the office that answered and the centre",
        of="order",
        letters=("answered", "sealed", "elsewhere"),
        last=True,
    ),
    **rows(
        CENTRE | OFFICES,
        "an office's own entries, those of all for the centre",
        "GET /desk/knowledge",
        "GET /desk/knowledge/new",
        "POST /desk/knowledge/new",
        "GET /desk/knowledge/import",
        "POST /desk/knowledge/import",
        "GET /desk/knowledge/export.csv",
        "GET /desk/knowledge/export.xlsx",
    ),
    **rows(
        _OWN_ENTRY,
        "the office that owns the entry, and the centre",
        "GET /desk/knowledge/{id}",
        "GET /desk/knowledge/{id}/edit",
        "POST /desk/knowledge/{id}/edit",
        of="entry",
    ),
    "POST /desk/knowledge/{id}/{step:submit|approve|send-back|withdraw|drop|take-over}": Row(
        _OWN_ENTRY,
        "the office that owns the entry, and the centre; they are told why not",
        of="entry",
        parts={"step": "take-over"},
        fields={"number": "1"},
        last=True,
    ),
    "POST /desk/orders/{id}/knowledge": Row(
        Circle.ANSWERER,
        "the office that answered and the centre",
        of="order",
        letters=("answered", "sealed", "elsewhere"),
        last=True,
    ),
}
