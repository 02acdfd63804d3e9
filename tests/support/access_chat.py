"""Whom the routes of the live chat are for (see ``access_table``)."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import CENTRE, CITIZENS, CLERK, NOBODY, OFFICES, Row, Viewers, rows
from support.conversations import CHAT_FILE

_V1 = "/api/v1"
_OWN_OFFICE: Viewers = frozenset({"handler", "reviewer", "signer"})
_SERVES: Viewers = CLERK | OFFICES
_READS: Viewers = CENTRE | OFFICES

CHAT: Mapping[str, Row] = {
    **rows(
        NOBODY,
        "a visitor's own conversation: none of them has called a person or sent a file",
        "GET /ask/live",
        "GET /ask/poll",
        "GET /ask/files/{file}",
        otherwise="nothing",
    ),
    **rows(
        CITIZENS,
        "their own conversation, which they have opened through the interface; they are told why not now",
        "POST /ask/say",
        "POST /ask/end",
        "POST /ask/letter",
        otherwise="nothing",
    ),
    "POST /ask/rate": Row(
        CITIZENS, "their own conversation; they are told why not now", fields={"rating": "5"}, otherwise="nothing"
    ),
    **rows(
        _READS,
        "who serves visitors, and managers: the lists hold what each may see",
        "GET /desk/chats",
        "GET /desk/chats/poll",
    ),
    "GET /desk/chats/live": Row(
        _READS, "a socket is for our own pages: they are told no without the page's address", told_no=_READS
    ),
    "GET /manage/chats": Row(CENTRE, "how the city serves its visitors"),
    **rows(_SERVES, "who serves visitors", "POST /desk/chats/duty", "GET /desk/chats/answers"),
    f"GET {_V1}/desk/conversations": Row(_READS, "the lists hold what each may see"),
    **rows(_SERVES, "who serves visitors", f"PUT {_V1}/desk/duty", f"GET {_V1}/desk/answers"),
    **rows(
        CENTRE | _OWN_OFFICE,
        "the office that the question is for, and the centre",
        "GET /desk/chats/{id}",
        f"GET {_V1}/desk/conversations/{{id}}/messages",
        of="chat",
    ),
    "GET /desk/chats/{id}/files/{file}": Row(
        CENTRE | _OWN_OFFICE,
        "the office that the question is for, and the centre",
        of="chat",
        parts={"file": CHAT_FILE},
    ),
    **rows(
        CLERK | _OWN_OFFICE,
        "the office that the question is for, and the centre's clerks; they are told why not now",
        "POST /desk/chats/{id}/take",
        "POST /desk/chats/{id}/say",
        "POST /desk/chats/{id}/back",
        "POST /desk/chats/{id}/transfer",
        "POST /desk/chats/{id}/end",
        f"POST {_V1}/desk/conversations/{{id}}/take",
        f"POST {_V1}/desk/conversations/{{id}}/messages",
        f"POST {_V1}/desk/conversations/{{id}}/return",
        f"POST {_V1}/desk/conversations/{{id}}/transfer",
        f"POST {_V1}/desk/conversations/{{id}}/end",
        of="chat",
        last=True,
    ),
}
