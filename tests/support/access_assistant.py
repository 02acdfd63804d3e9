"""The routes of the assistant's conversations, of what stands beside a letter, and of the gap list."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import CENTRE, CITIZENS, EVERYBODY, LOGGED_IN, NOBODY, OFFICES, Row, rows

_V1 = "/api/v1"

ASSISTANT: Mapping[str, Row] = {
    f"POST {_V1}/conversations": Row(EVERYBODY, "anybody may ask the assistant"),
    **rows(
        NOBODY,
        "a conversation opens to its own key alone",
        f"GET {_V1}/conversations/{{id}}/messages",
        f"POST {_V1}/conversations/{{id}}/messages",
        f"PUT {_V1}/conversations/{{id}}/marks",
        f"GET {_V1}/conversations/{{id}}",
        f"POST {_V1}/conversations/{{id}}/end",
        f"PUT {_V1}/conversations/{{id}}/rating",
        otherwise="nothing",
    ),
    **rows(
        NOBODY,
        "no such entry, for citizens as well",
        "POST /write/solved",
        "POST /write/solved/end",
        told_no=LOGGED_IN - CITIZENS,
    ),
    **rows(
        OFFICES | CENTRE,
        "an office's own gaps, those of all for the centre",
        f"GET {_V1}/gaps",
        f"GET {_V1}/gaps/failing-entries",
    ),
    f"POST {_V1}/gaps/{{id}}/settlement": Row(NOBODY, "no such gap, for the centre as well"),
    f"GET {_V1}/gaps/rates": Row(CENTRE, "the rates of all offices are the centre's"),
    "GET /desk/gaps": Row(OFFICES, "an office's own gaps"),
    "POST /desk/gaps": Row(NOBODY, "no such gap, for the centre as well"),
    **rows(
        CENTRE,
        "the rates and gaps of all offices are the centre's",
        "GET /manage/gaps",
        "GET /manage/gaps/rates.svg",
    ),
}
