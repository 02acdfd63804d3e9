"""Every route of the site: whom it is for, and why. A new route fails the tests until it stands here."""

from __future__ import annotations

from collections.abc import Mapping

from support.access import (
    ADMINISTRATOR,
    AUDITOR,
    CENTRE,
    CITIZENS,
    DECIDERS,
    DESK,
    EVERYBODY,
    LOGGED_IN,
    MANAGER,
    NOBODY,
    OFFICES,
    OWNER,
    Circle,
    Row,
)
from support.access import rows as _rows
from support.access_assistant import ASSISTANT
from support.access_box_settings import BOX_SETTINGS
from support.access_chat import CHAT
from support.access_companies import COMPANIES
from support.access_counter import COUNTER
from support.access_disk import DISK
from support.access_knowledge import KNOWLEDGE
from support.access_matters import MATTERS
from support.access_official import OFFICIAL
from support.access_search import SEARCH
from support.access_texting import TEXTING
from support.access_webmail import WEBMAIL

_V1 = "/api/v1"
_STAFF = LOGGED_IN - CITIZENS
_ORDERS = f"{_V1}/orders/{{id}}"
_DESK_ORDER = "/desk/orders/{id}"
_COPIED = ("answered", "tray", "sealed", "elsewhere")
_FIGURE = "formula=timely_closing"

TABLE: Mapping[str, Row] = {
    **_rows(
        EVERYBODY,
        "public: tells nothing of anybody",
        "GET /healthz",
        "GET /readyz",
        "GET /",
        "GET /ask",
        "POST /ask",
        "GET /published",
        f"GET {_V1}/openapi.json",
        f"GET {_V1}/",
        f"GET {_V1}/offices",
        f"POST {_V1}/suggestions",
        f"GET {_V1}/public",
    ),
    **MATTERS,
    **TEXTING,
    **OFFICIAL,
    **WEBMAIL,
    **BOX_SETTINGS,
    **COMPANIES,
    **DISK,
    "GET /static/{digest}/{name}": Row(EVERYBODY, "style and script", parts={"digest": "0", "name": "minxin.css"}),
    **_rows(
        EVERYBODY,
        "a published letter is everybody's",
        "GET /published/{id}",
        f"GET {_V1}/public/{{id}}",
        letters=("published",),
    ),
    **_rows(
        EVERYBODY,
        "number and query code together are the key; wrong ones are told beside the field",
        "GET /query",
        "POST /query",
    ),
    "POST /api/v1/query": Row(
        NOBODY,
        "wrong number and code: not there, for everybody alike, and soon not asked any more",
        otherwise="nothing",
    ),
    **_rows(
        EVERYBODY,
        "the way in",
        "GET /register",
        "POST /register",
        "POST /register/code",
        "GET /login",
        "POST /login",
        "GET /password",
        "POST /password",
        "POST /password/code",
    ),
    **_rows(
        NOBODY,
        "half of a log-in belongs to the browser that began it; without one the way leads back to its beginning",
        "GET /login/code",
        "POST /login/code",
        "POST /login/code/again",
        otherwise="log in",
    ),
    "POST /logout": Row(EVERYBODY, "who leaves may leave", last=True),
    "POST /write/begin": Row(EVERYBODY, "a question may be asked before the log-in"),
    **_rows(
        LOGGED_IN,
        "one's own account",
        "GET /account",
        "GET /account/close",
        "GET /account/export",
        "POST /account/export",
        "POST /account/close",
        "GET /account/password",
        "POST /account/password",
        "GET /account/app-passwords",
        "POST /account/app-passwords",
        "GET /account/keys",
        "POST /account/keys",
        "GET /account/second-factor",
        "POST /account/second-factor",
    ),
    "POST /account/language": Row(LOGGED_IN, "one's own account", fields={"language": "zh"}),
    "POST /account/app-passwords/{id}/revoke": Row(OWNER, "one's own program's", of="app_password", last=True),
    "POST /account/keys/{id}/revoke": Row(OWNER, "one's own key", of="key", last=True),
    **_rows(
        CITIZENS,
        "letters are written by citizens",
        "GET /write",
        "POST /write",
        "POST /write/check",
        "POST /write/suggestion",
        "POST /drafts",
        f"POST {_V1}/letters",
        told_no=_STAFF,
    ),
    **_rows(CITIZENS, "letters are written by citizens", f"GET {_V1}/drafts", f"POST {_V1}/drafts"),
    **_rows(
        OWNER,
        "one's own draft",
        f"GET {_V1}/drafts/{{id}}",
        f"PUT {_V1}/drafts/{{id}}",
        f"POST {_V1}/drafts/{{id}}/attachments",
        of="draft",
    ),
    "GET /drafts/{id}": Row(OWNER, "one's own draft; staff are told that citizens write", of="draft", told_no=_STAFF),
    "POST /drafts/{id}/drop": Row(
        OWNER, "one's own draft; staff are told that citizens write", of="dropped", told_no=_STAFF, last=True
    ),
    f"DELETE {_V1}/drafts/{{id}}/attachments/{{file}}": Row(OWNER, "one's own draft", of="draft", last=True),
    f"POST {_V1}/drafts/{{id}}/send": Row(OWNER, "one's own draft", of="sent", last=True),
    f"DELETE {_V1}/drafts/{{id}}": Row(OWNER, "one's own draft", of="deleted", last=True),
    **_rows(
        LOGGED_IN,
        "one's own list, be it empty",
        "GET /letters",
        "GET /box",
        f"GET {_V1}/letters",
        f"GET {_V1}/box",
        f"GET {_V1}/queues",
    ),
    **_rows(
        OWNER,
        "one's own message",
        "GET /box/{id}",
        "POST /box/{id}/open",
        f"GET {_V1}/box/{{id}}",
        f"POST {_V1}/box/{{id}}/read",
        of="message",
    ),
    **_rows(
        Circle.WRITER,
        "the writer's own page of the letter; staff have the desk's",
        "GET /letters/{id}",
        "GET /letters/{id}/receipt",
        f"GET {_V1}/letters/{{id}}/receipt",
    ),
    "GET /letters/{id}/why/{name:accept|sign|answer}": Row(
        Circle.WRITER, "the writer's own page of the letter", parts={"name": "answer"}
    ),
    **_rows(
        Circle.WRITER,
        "only the writer reminds, rates and sends papers here",
        "POST /letters/{id}/orders/{order}/remind",
        "GET /letters/{id}/orders/{order}/papers",
        "POST /letters/{id}/orders/{order}/papers",
        "GET /letters/{id}/orders/{order}/follow-up",
        "POST /letters/{id}/orders/{order}/follow-up",
    ),
    "POST /letters/{id}/withdraw": Row(Circle.WRITER, "only the writer takes a letter back", last=True),
    **_rows(
        Circle.ALL,
        "a letter's text and files are read by those whom it concerns",
        "GET /letters/{id}/files/{file}",
        f"GET {_V1}/letters/{{id}}",
        f"GET {_V1}/letters/{{id}}/timeline",
        f"GET {_V1}/letters/{{id}}/attachments/{{file}}",
    ),
    f"GET {_V1}/letters/{{id}}/limits/{{name}}": Row(
        Circle.ALL, "a letter's limits are read by those whom it concerns", parts={"name": "answer"}
    ),
    f"POST {_V1}/letters/{{id}}/withdraw": Row(
        Circle.ALL, "those whom it concerns are told that only the writer may; tried by moves", last=True
    ),
    f"GET {_ORDERS}": Row(Circle.ALL, "a work order is read by those whom its letter concerns", of="order"),
    **{
        f"POST {_ORDERS}/{move}": Row(
            Circle.ALL, "those whom the letter concerns are told why not; tried by moves", of="order", last=True
        )
        for move in (
            "dispatch",
            "split",
            "refuse",
            "unseal",
            "rule",
            "ask_papers",
            "supply_papers",
            "ask_extension",
            "mark_complex",
            "decide_extension",
            "submit",
            "send_back",
            "approve",
            "sign_off",
            "rate",
            "remind",
        )
    },
    **_rows(
        Circle.ALL,
        "those whom the letter concerns are told why not; in the tray there is nothing to sign for or to give back",
        f"POST {_ORDERS}/sign_for",
        f"POST {_ORDERS}/return",
        of="order",
        letters=("desk", "answered", "sealed", "elsewhere"),
        last=True,
    ),
    **_rows(
        Circle.STAFF,
        "drafts are the staff's own",
        f"GET {_ORDERS}/reply/check",
        f"POST {_ORDERS}/reply/check",
        of="order",
        letters=("answered",),
    ),
    f"POST {_ORDERS}/places": Row(
        CENTRE,
        "the centre knows the city, and dispatches",
        of="order",
        letters=("desk", "answered", "tray", "elsewhere"),
    ),
    f"PUT {_ORDERS}/reply": Row(Circle.ALL, "those whom the letter concerns are told why not", of="order", last=True),
    f"POST {_ORDERS}/reveal": Row(
        Circle.HANDS,
        "who has the letter in hands; section chiefs and signers decide on the text and need no name",
        of="order",
        told_no=DECIDERS,
    ),
    **_rows(
        Circle.ANSWERER,
        "the office that answered and the centre propose a public copy",
        f"GET {_ORDERS}/publication",
        f"POST {_ORDERS}/publication",
        of="order",
        letters=_COPIED,
    ),
    f"GET {_V1}/publications": Row(CENTRE | DECIDERS, "those who may be the second person"),
    f"POST {_V1}/publications/{{id}}/decision": Row(
        Circle.DECIDER, "the second person", letters=("published",), last=True
    ),
    **_rows(
        Circle.STAFF,
        "the desk's page of the letter is for the staff who deal with it",
        "GET /desk/letters/{id}",
    ),
    **_rows(
        Circle.STAFF,
        "the desk's page of the letter is for the staff who deal with it",
        f"GET {_DESK_ORDER}",
        f"GET {_DESK_ORDER}/reply",
        f"POST {_DESK_ORDER}/reveal",
        of="order",
    ),
    f"POST {_DESK_ORDER}/places": Row(
        CENTRE,
        "the centre knows the city, and dispatches",
        of="order",
        letters=("desk", "answered", "tray", "elsewhere"),
    ),
    f"GET {_DESK_ORDER}/why/{{name:accept|sign|return|answer|alarm}}": Row(
        Circle.STAFF, "the limits of the work order", of="order", parts={"name": "answer"}
    ),
    f"GET {_DESK_ORDER}/mail": Row(
        Circle.STAFF, "the raw mail, for who must read what the parser could not", of="order", letters=("mailed",)
    ),
    f"POST {_DESK_ORDER}/moves/{{move}}": Row(
        Circle.STAFF, "staff are told why not", of="order", parts={"move": "ask_papers"}, last=True
    ),
    f"POST {_DESK_ORDER}/reply": Row(Circle.STAFF, "staff are told why not", of="order", last=True),
    f"GET {_DESK_ORDER}/publication": Row(
        Circle.ANSWERER, "the office that answered and the centre propose a public copy", of="order", letters=_COPIED
    ),
    f"POST {_DESK_ORDER}/publication": Row(
        Circle.STAFF, "the staff who deal with the letter are told why not", of="order", letters=_COPIED
    ),
    "GET /desk/lessons": Row(CENTRE, "whoever may choose an office"),
    "POST /desk/lessons/{id}/take-back": Row(CENTRE, "whoever may choose an office", of="lesson", last=True),
    "GET /desk/taught-places": Row(CENTRE, "whoever may teach a place"),
    "POST /desk/taught-places/{id}/take-back": Row(CENTRE, "whoever may teach a place", of="place", last=True),
    "GET /desk/publications": Row(CENTRE | DECIDERS, "those who may be the second person"),
    "GET /desk/publications/{id}": Row(Circle.STAFF, "the staff who deal with the letter", letters=("published",)),
    "POST /desk/publications/{id}": Row(
        Circle.STAFF, "the second person; others are told why not", letters=("published",), fields={"approve": "no"}
    ),
    **SEARCH,
    "GET /desk": Row(DESK, "everybody with letters on a desk"),
    **_rows(
        CENTRE,
        "the centre dispatches, and may ask the judge about any text",
        f"POST {_V1}/judgements",
        f"POST {_V1}/judgements/batch",
    ),
    f"GET {_V1}/queues/{{name}}": Row(CENTRE, "the tray is the centre's", parts={"name": "to_dispatch"}),
    **_rows(
        MANAGER,
        "who answers for the limits confirms that they move",
        "GET /manage/calendar",
        "POST /manage/calendar",
    ),
    **_rows(
        CENTRE,
        "the manager's figures over all offices; clerks help",
        "GET /manage",
        "GET /manage/letters",
        "GET /manage/hot",
        f"GET {_V1}/hot-issues",
        "GET /manage/trend.svg",
        "GET /manage/export.csv",
        "GET /manage/export.xlsx",
        f"GET {_V1}/statistics/now",
        f"GET {_V1}/statistics/trend",
    ),
    **_rows(
        NOBODY,
        "no such issue, for the centre as well",
        "GET /manage/hot/{id}",
        f"GET {_V1}/hot-issues/{{id}}",
    ),
    f"GET {_V1}/orders/{{id}}/alike": Row(Circle.STAFF, "like letters are for who works on the letter", of="order"),
    "GET /manage/figure": Row(CENTRE, "the manager's figures over all offices", query=_FIGURE),
    f"GET {_V1}/statistics/now/{{tile}}": Row(CENTRE, "the manager's figures", parts={"tile": "open"}),
    **_rows(
        OFFICES,
        "an office's own figures",
        "GET /office/figures",
        "GET /office/figures/export.csv",
        "GET /office/figures/export.xlsx",
    ),
    "GET /office/figures/figure": Row(OFFICES, "an office's own figures", query=_FIGURE),
    f"GET {_V1}/statistics": Row(CENTRE | OFFICES, "all figures for the centre, an office's own for it"),
    f"GET {_V1}/statistics/figures/{{formula}}": Row(
        CENTRE | OFFICES, "all figures for the centre, an office's own for it", parts={"formula": "timely_closing"}
    ),
    **COUNTER,
    **_rows(
        CITIZENS,
        "a citizen confirms his own mail",
        "GET /confirm-mail",
        "POST /confirm-mail",
        "POST /confirm-mail/confirm",
    ),
    **_rows(
        ADMINISTRATOR,
        "the machine room",
        "GET /admin",
        "GET /admin/settings",
        "GET /admin/staff",
        "GET /admin/staff/new",
        "POST /admin/staff",
        "GET /admin/routing",
        "POST /admin/routing",
        "GET /admin/rules",
        "GET /admin/synonyms",
        "POST /admin/synonyms",
        "POST /admin/synonyms/remove",
        "GET /admin/calendar",
    ),
    **_rows(ADMINISTRATOR, "staff accounts", "GET /admin/staff/{id}", "POST /admin/staff/{id}/switch", of="staff"),
    "POST /admin/work/{queue}/{id}/release": Row(
        NOBODY, "no such work, for the administrator as well", of="staff", parts={"queue": "jobs"}
    ),
    **ASSISTANT,
    **CHAT,
    **KNOWLEDGE,
    **_rows(AUDITOR, "the log of what was done is the auditor's alone", "GET /audit", "GET /audit/export.csv"),
    **_rows(NOBODY, "there only in a demonstration", "GET /demo/phone", "POST /demo/phone", otherwise="nothing"),
}
