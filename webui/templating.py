"""Templates: one environment for each language, with that language's texts put in when a template is compiled.

A page's texts never change while the service runs, so nothing is translated while a page is rendered, and a file of
macros is one module for all pages of a language (``{% import "macros.html" as ui %}``, without the page's context).
What belongs to one request, such as a form's token, comes through :data:`RENDERED`; what belongs to none, such as a row
of a list, is a fragment.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from contextvars import Context, ContextVar
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from aiohttp import web
from babel import Locale
from babel.dates import get_month_names
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup
from yarl import URL

from minxin.core.clock import SHANGHAI
from minxin.core.fresh import Fresh
from minxin.webui.assets import static_url
from minxin.webui.context import SERVICES
from minxin.webui.csrf import CSRF_FIELD, csrf_token
from minxin.webui.forms import TOKEN_FIELD
from minxin.webui.i18n import Language, sentences, translations
from minxin.webui.kept import KeptPages

FOLDER = Path(__file__).parent / "templates"
RENDERED: ContextVar[web.Request] = ContextVar("rendered")
ENVIRONMENTS: web.AppKey[Mapping[Language, jinja2.Environment]] = web.AppKey("environments", Mapping)
FRESH_PARTS: web.AppKey[Fresh[Markup]] = web.AppKey("fresh_parts", Fresh)
KEPT_PAGES: web.AppKey[KeptPages] = web.AppKey("kept_pages", KeptPages)
# Stands for a form's token in a page that is kept; nobody who writes a mail can know it.
TOKEN_PLACE = f"token-{secrets.token_hex(16)}".encode()
_KEEPING: ContextVar[bool] = ContextVar("keeping", default=False)
FRESH = timedelta(seconds=1)
BETWEEN_TEMPLATES_S = 0.01
FRAGMENTS = 4096  # of a kilobyte or two, for each language
# Babel's own formatting takes a twentieth of a millisecond for each date, and each row of a list has another one.
_MONTHS = {language: get_month_names("abbreviated", locale=Locale.parse(language.locale)) for language in Language}
_DAY = {Language.ZH: "{at.year}年{at.month}月{at.day}日", Language.EN: "{at.day} {month} {at.year}"}
_INSTANT = {Language.ZH: f"{_DAY[Language.ZH]} {{at:%H:%M}}", Language.EN: f"{_DAY[Language.EN]}, {{at:%H:%M}}"}


def set_up_templates(app: web.Application) -> None:
    """Give the application its templates; a name that a template uses and nobody gave is an error, not a blank."""
    app[FRESH_PARTS] = Fresh(FRESH)
    app[KEPT_PAGES] = KeptPages()
    app[ENVIRONMENTS] = {language: _environment(app, language) for language in Language}


class PageEnvironment(jinja2.Environment):
    """All templates share the environment's own names: a chain of maps for each was a tenth of a page's time."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return self.globals if d is None else super().make_globals(d)


def _environment(app: web.Application, language: Language) -> jinja2.Environment:
    environment = PageEnvironment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
        auto_reload=False,
        # All of them: keeping the order in which they were used takes longer than finding one.
        cache_size=-1,
    )
    environment.code_generator_class = _generator(language)
    settings = app[SERVICES].settings
    words = sentences()
    environment.globals.update(
        language=language,
        language_tag=language.tag,
        settings=settings,
        city=settings.city if language is Language.ZH else settings.city_en,
        demo=app[SERVICES].demo_messages is not None,
        CSRF_FIELD=CSRF_FIELD,
        TOKEN_FIELD=TOKEN_FIELD,
        static_url=static_url,
        csrf_token=_csrf_token,
        here=_here,
        switch=_switch,
        _=_gettext(language),
        ngettext=_ngettext(language),
        sentence=lambda key, **params: words.sentence(key, language, **params),
        error_text=lambda error: words.of_error(error, language),
    )
    environment.globals["fragment"] = _fragments(environment)
    names = {} if language is Language.ZH else settings.area_names_en
    environment.filters["area_name"] = lambda name: names.get(name, name)
    environment.filters.update(instant=instant_filter(language), day=day_filter(language))
    return environment


class _TextsPutIn(NodeTransformer):
    """Replaces each text without parameters by its translation."""

    def __init__(self, language: Language) -> None:
        self._texts = translations(language)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that Jinja looks for
        self.generic_visit(node)
        is_text = isinstance(node.node, nodes.Name) and node.node.name == "_" and not node.kwargs
        if not is_text or not isinstance(node.args[0], nodes.Const):
            return node
        text = _ours(self._texts.gettext(node.args[0].value)) % {}
        return nodes.MarkSafe(nodes.Const(str(text), lineno=node.lineno), lineno=node.lineno)


def _generator(language: Language) -> type[CodeGenerator]:
    class Generator(CodeGenerator):
        """Jinja's own, after the texts were put in."""

        def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
            _TextsPutIn(language).visit(node)
            node.set_environment(self.environment)
            super().visit_Template(node, frame)

    return Generator


def _gettext(language: Language) -> Callable[..., Markup]:
    texts = translations(language)

    def gettext(message: str, **params: object) -> Markup:
        """Return the page's text; what is put into it is escaped."""
        return _ours(texts.gettext(message)) % params

    return gettext


def _ngettext(language: Language) -> Callable[..., Markup]:
    texts = translations(language)

    def ngettext(singular: str, plural: str, num: int, **params: object) -> Markup:
        """Return the text for so many; the number itself is the parameter ``num``."""
        return _ours(texts.ngettext(singular, plural, num)) % {"num": num, **params}

    return ngettext


def _ours(text: str) -> Markup:
    """Take the catalogue's own words as they are; whatever is put into them later is escaped."""
    return Markup(text)  # noqa: S704


def instant_filter(language: Language) -> Callable[[datetime], Markup]:
    """Return what writes an instant in the language."""
    pattern, months = _INSTANT[language], _MONTHS[language]

    def instant(at: datetime) -> Markup:
        """Return the instant in the city's own time, with the machine-readable one behind it."""
        local = at.astimezone(SHANGHAI)
        text = pattern.format(at=local, month=months[local.month])
        return _ours(f'<time datetime="{at.isoformat()}">{text}</time>')

    return instant


def day_filter(language: Language) -> Callable[[datetime | date], Markup]:
    """Return what writes a day in the language."""
    pattern, months = _DAY[language], _MONTHS[language]

    def day(at: datetime | date) -> Markup:
        """Return the day in the city's own time."""
        local = at.astimezone(SHANGHAI).date() if isinstance(at, datetime) else at
        text = pattern.format(at=local, month=months[local.month])
        return _ours(f'<time datetime="{local.isoformat()}">{text}</time>')

    return day


async def compile_templates(app: web.Application) -> None:
    """Compile every template, one at a time between the requests, so that the first reader of a page need not wait.

    Beside the loop: a large one takes a tenth of a second.
    """
    for environment in app[ENVIRONMENTS].values():
        for name in environment.list_templates():
            await asyncio.to_thread(environment.get_template, name)
            await asyncio.sleep(BETWEEN_TEMPLATES_S)


def part(environment: jinja2.Environment, template: str, values: Mapping[str, object]) -> Markup:
    """Render a part of a page that knows no request: there is none to take a token or an address from."""
    return _ours(Context().run(environment.get_template(template).render, values))


def with_token_places(
    request: web.Request, environment: jinja2.Environment, template: str, values: Mapping[str, object]
) -> str:
    """Render a page for the request, with :data:`TOKEN_PLACE` where its forms have their tokens."""
    context = Context()
    context.run(RENDERED.set, request)
    context.run(_KEEPING.set, True)
    return context.run(environment.get_template(template).render, values)


def _fragments(environment: jinja2.Environment) -> Callable[..., Markup]:
    @lru_cache(maxsize=FRAGMENTS)
    def rendered(template: str, values: tuple[tuple[str, object], ...]) -> Markup:
        return part(environment, template, dict(values))

    def fragment(template: str, **values: Hashable) -> Markup:
        """Return a part of a page that depends on nothing but these values, which is therefore rendered once for each.

        A list of thirty letters is mostly the same thirty rows as a moment ago, and for the next reader. Values are
        plain: marked-up text equals its plain twin, which must be escaped, so it is a ``TypeError``.
        """
        if any(isinstance(value, Markup) for value in values.values()):
            raise TypeError("a fragment takes no marked-up text")
        return rendered(template, tuple(values.items()))

    return fragment


def _csrf_token() -> str:
    """Return a token for a form on the page that is being rendered, or the place for one."""
    return TOKEN_PLACE.decode() if _KEEPING.get() else csrf_token(RENDERED.get())


def _here() -> URL:
    """Return the address of the page that is being rendered."""
    return RENDERED.get().rel_url


def _switch(name: str, value: str) -> str:
    """Return this page's address with one part of its query changed."""
    here = _here()
    if not here.query_string:
        return f"{here.raw_path}?{name}={quote(value, safe='')}"
    return str(here.update_query({name: value}))
