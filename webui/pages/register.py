"""Registration with the real name (实名注册): phone, then code, name, ID number, password and consent on one page."""

from __future__ import annotations

from aiohttp import web

from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.forms import Application
from minxin.mailbox.phonecodes import CodePurpose
from minxin.webui import csrf
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.log_in_cookie import device_of, give_session
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.chat import recognise

PHONE_PAGE = "account/register_phone.html"
DETAILS_PAGE = "account/register_details.html"


async def ask_phone(request: web.Request) -> web.Response:
    """Show the first step."""
    return page(request, PHONE_PAGE, form=Form())


async def send_code(request: web.Request) -> web.Response:
    """Send the code and show the second step; asked again from there, keep what was typed."""
    form = form_of(request)
    again = "name" in form
    try:
        await services(request).accounts.applications.request_phone_code(
            CodePurpose.APPLY,
            form.text("phone"),
            origin(request),
            language=language(request),
            binding=csrf.binding(request),
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, DETAILS_PAGE if again else PHONE_PAGE, form, error, sent=False)
    return page(request, DETAILS_PAGE, form=form, sent=True)


async def apply(request: web.Request) -> web.Response:
    """Take the application, log the applicant in, and show where he stands."""
    form = form_of(request)
    accounts = services(request).accounts
    try:
        account = await accounts.applications.apply(_application(request, form), origin(request))
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, DETAILS_PAGE, form, error, sent=False)
    ticket = await accounts.log_ins.log_in(
        form.text("phone"), form.text("password"), origin(request), device_of(request)
    )
    notice = "notice.registered" if account.verification else "notice.applied"
    response = see_other(request, "/account", notice)
    give_session(request, response, ticket)
    await recognise(request, ticket)
    return response


def _application(request: web.Request, form: Form) -> Application:
    return Application(
        name=form.text("name"),
        id_number=form.text("id_number"),
        phone=form.text("phone"),
        code=form.text("code"),
        password=form.text("password"),
        consent=form.flag("consent"),
        login=form.text("login"),
        address=form.text("address"),
        language=language(request),
        binding=csrf.binding(request),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the registration."""
    return [
        web.get("/register", ask_phone),
        web.post("/register/code", send_code),
        web.post("/register", apply),
    ]
