"""Logging in, with a second factor for staff, and out."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from minxin.core.errors import InvalidInputError, NotLoggedInError, TooManyTriesError
from minxin.mailbox.sessions import LoggedIn
from minxin.webui import cookies
from minxin.webui.context import origin, services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import safe_next
from minxin.webui.log_in_cookie import device_of, give_session
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.chat import recognise
from minxin.webui.visitor_key import forget_visitor

LOGIN_PAGE = "account/login.html"
CODE_PAGE = "account/login_code.html"
AFTER_LOGIN = "/account"


async def show_login(request: web.Request) -> web.Response:
    """Show the log-in form; who is logged in already goes on."""
    goal = safe_next(request.query.get("next", ""), AFTER_LOGIN)
    if visitor(request).logged_in:
        return see_other(request, goal)
    return page(request, LOGIN_PAGE, form=Form.of(next=goal), asked="next" in request.query)


async def log_in(request: web.Request) -> web.Response:
    """Check name and password; go on, or ask for the second factor."""
    form = form_of(request)
    goal = safe_next(form.text("next"), AFTER_LOGIN)
    log_ins = services(request).accounts.log_ins
    try:
        ticket = await log_ins.log_in(
            form.text("identifier"), form.text("password"), origin(request), device_of(request)
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, LOGIN_PAGE, form, error, asked=False)
    response = see_other(request, goal if ticket.session.complete else _code_path(goal))
    give_session(request, response, ticket)
    await recognise(request, ticket)
    return response


async def show_code(request: web.Request) -> web.Response:
    """Ask for the second factor."""
    found = await _pending(request)
    form = Form.of(next=safe_next(request.query.get("next", ""), AFTER_LOGIN))
    return page(request, CODE_PAGE, form=form, by_app=found.account.totp_secret is not None)


async def check_code(request: web.Request) -> web.Response:
    """Check the second factor and complete the log-in."""
    form = form_of(request)
    found = await _pending(request)
    try:
        ticket = await services(request).accounts.log_ins.second_factor(
            cookies.session_token(request), form.text("code"), origin(request)
        )
    except (InvalidInputError, TooManyTriesError) as error:
        by_app = found.account.totp_secret is not None
        return refused_page(request, CODE_PAGE, form, error, by_app=by_app)
    response = see_other(request, safe_next(form.text("next"), AFTER_LOGIN))
    give_session(request, response, ticket)
    return response


async def send_code_again(request: web.Request) -> web.Response:
    """Send the second factor's SMS once more."""
    form = form_of(request)
    goal = safe_next(form.text("next"), AFTER_LOGIN)
    try:
        await services(request).accounts.log_ins.resend_second_factor(cookies.session_token(request), origin(request))
    except TooManyTriesError as error:
        return refused_page(request, CODE_PAGE, form, error, by_app=False)
    return see_other(request, _code_path(goal), "notice.code_sent")


async def log_out(request: web.Request) -> web.Response:
    """End the session."""
    await services(request).accounts.log_ins.log_out(cookies.session_token(request), origin(request))
    response = see_other(request, "/login", "notice.logged_out")
    cookies.drop_cookie(request, response, cookies.SESSION)
    forget_visitor(request, response)
    # A browser that keeps pages for the back button forgets them (ASVS 14.3.1).
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _pending(request: web.Request) -> LoggedIn:
    found = await services(request).accounts.log_ins.pending(cookies.session_token(request))
    if found is None:
        raise NotLoggedInError("login.expired")
    return found


def _code_path(goal: str) -> str:
    return f"/login/code?{urlencode({'next': goal})}"


def routes() -> list[web.RouteDef]:
    """Return the routes of logging in and out."""
    return [
        web.get("/login", show_login),
        web.post("/login", log_in),
        web.get("/login/code", show_code),
        web.post("/login/code", check_code),
        web.post("/login/code/again", send_code_again),
        web.post("/logout", log_out),
    ]
