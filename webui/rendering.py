"""Pages: templates with the visitor's language, time as people read it, and moving on after a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web
from babel import Locale
from babel.dates import format_date, format_datetime
from jinja2.runtime import Context
from markupsafe import Markup

from minxin.core.clock import SHANGHAI
from minxin.core.errors import MinxinError
from minxin.webui import cookies
from minxin.webui.assets import static_url
from minxin.webui.context import PREFERENCES, REQUEST_ID, services, visitor
from minxin.webui.csrf import CSRF_FIELD, csrf_token
from minxin.webui.forms import TOKEN_FIELD, Form
from minxin.webui.i18n import Language, sentences, translations

FOLDER = Path(__file__).parent / "templates"
NOTICE_PREFIX = "notice."
# Parsed once: Babel takes a third of a millisecond to find zh_CN by its name, for every date of a page.
_LOCALES = {language: Locale.parse(language.locale) for language in Language}
_DAY = {Language.ZH: "yyyy年M月d日", Language.EN: "d MMM yyyy"}
_INSTANT = {Language.ZH: "yyyy年M月d日 HH:mm", Language.EN: "d MMM yyyy, HH:mm"}


def set_up_templates(app: web.Application) -> None:
    """Give the application its templates; a name that a template uses and nobody gave is an error, not a blank."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        default_helpers=False,
        auto_reload=False,
    )
    # Not by the extension's own wrapper, which formats every text anew: that was a fifth of a page's time.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals.update(gettext=_gettext, _=_gettext, ngettext=_ngettext)
    environment.globals.update(static_url=static_url, CSRF_FIELD=CSRF_FIELD, TOKEN_FIELD=TOKEN_FIELD)
    environment.globals.update(sentence=_sentence, error_text=_error_text)
    environment.filters.update(instant=_instant, day=_day, iso=_iso)


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Render a page for the visitor.

    Templates get, besides ``context``: ``request``, ``path``, ``language`` ("zh" or "en"), ``language_tag``,
    ``large_print``, ``visitor``, ``actor``, ``settings``, ``city``, ``csrf_token()``, ``notice``, ``request_id``,
    ``switch(name, value)``, ``demo``.
    """
    notice = cookies.read_cookie(request, cookies.NOTICE)
    response = aiohttp_jinja2.render_template(template, request, {**_common(request, notice), **context}, status=status)
    if notice:
        cookies.drop_cookie(request, response, cookies.NOTICE)
    return response


def refused_page(request: web.Request, template: str, form: Form, error: MinxinError, **context: Any) -> web.Response:
    """Render the page of the form again, with all that was typed and the error beside its field."""
    response = page(request, template, status=error.http_status, form=form.with_error(error), **context)
    if "retry_after_s" in error.params:
        response.headers[hdrs.RETRY_AFTER] = str(error.params["retry_after_s"])
    return response


def see_other(request: web.Request, path: str, notice: str | None = None) -> web.Response:
    """Send the browser on after a form was taken; ``notice`` is a catalogue key shown once on the next page."""
    response = web.Response(status=web.HTTPSeeOther.status_code, headers={"Location": path})
    if notice:
        cookies.set_cookie(request, response, cookies.NOTICE, notice)
    return response


def _common(request: web.Request, notice: str | None) -> Mapping[str, Any]:
    preferences = request[PREFERENCES]
    who = visitor(request)
    settings = services(request).settings
    return {
        "request": request,
        "path": request.path,
        "language": preferences.language,
        "language_tag": preferences.language.tag,
        "large_print": preferences.large_print,
        "visitor": who,
        "actor": who.actor,
        "settings": settings,
        "city": settings.city if preferences.language is Language.ZH else settings.city_en,
        "csrf_token": lambda: csrf_token(request),
        "notice": notice if notice and notice.startswith(NOTICE_PREFIX) and notice in sentences() else None,
        "request_id": request.get(REQUEST_ID, ""),
        "demo": services(request).demo_messages is not None,
        "switch": lambda name, value: str(request.rel_url.update_query({name: value})),
    }


@jinja2.pass_context
def _gettext(context: Context, message: str, **params: object) -> Markup:
    """Return the page's text in the visitor's language; what is put into it is escaped."""
    text = _text(message, context["language"])
    return text % params if params else _without_params(message, context["language"])


@lru_cache(maxsize=4096)
def _text(message: str, language: Language) -> Markup:
    return _ours(translations(language).gettext(message))


def _ours(text: str) -> Markup:
    """Take the catalogue's own words as they are; whatever is put into them later is escaped."""
    return Markup(text)  # noqa: S704


@lru_cache(maxsize=4096)
def _without_params(message: str, language: Language) -> Markup:
    """Return the text as the format operator leaves it: ``%%`` is one sign."""
    return _text(message, language) % {}


@jinja2.pass_context
def _ngettext(context: Context, singular: str, plural: str, num: int, **params: object) -> Markup:
    """Return the text for so many; the number itself is the parameter ``num``."""
    text = _ours(translations(context["language"]).ngettext(singular, plural, num))
    return text % {"num": num, **params}


@jinja2.pass_context
def _sentence(context: Context, key: str, **params: object) -> str:
    return sentences().sentence(key, context["language"], **params)


@jinja2.pass_context
def _error_text(context: Context, error: MinxinError) -> str:
    return sentences().of_error(error, context["language"])


@jinja2.pass_context
def _instant(context: Context, at: datetime) -> Markup:
    """Return the instant in the city's own time, with the machine-readable one behind it."""
    return _instant_in(at, context["language"])


@jinja2.pass_context
def _day(context: Context, at: datetime | date) -> Markup:
    """Return the day in the city's own time."""
    return _day_in(at.astimezone(SHANGHAI).date() if isinstance(at, datetime) else at, context["language"])


@lru_cache(maxsize=8192)
def _instant_in(at: datetime, language: Language) -> Markup:
    text = format_datetime(at.astimezone(SHANGHAI), _INSTANT[language], locale=_LOCALES[language])
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)


@lru_cache(maxsize=2048)
def _day_in(day: date, language: Language) -> Markup:
    text = format_date(day, _DAY[language], locale=_LOCALES[language])
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), text)


def _iso(at: datetime) -> str:
    return at.isoformat()
