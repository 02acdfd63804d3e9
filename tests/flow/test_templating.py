"""Templates are compiled with the texts of their language, and what is kept of a page is nobody's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from jinja2 import ChoiceLoader, DictLoader, Environment
from markupsafe import Markup
from support.web import City

from minxin.webui.app import create_app
from minxin.webui.context import PREFERENCES, Preferences
from minxin.webui.i18n import Language
from minxin.webui.rendering import fresh_part, page
from minxin.webui.templating import ENVIRONMENTS, compile_templates, part

HOSTILE = "<script>window.__x=1</script>"


def _application(city: City, **templates: str) -> web.Application:
    application = create_app(city.services)
    for environment in application[ENVIRONMENTS].values():
        assert environment.loader is not None
        named = {f"{name}.html": text for name, text in templates.items()}
        environment.loader = ChoiceLoader([DictLoader(named), environment.loader])
    return application


def _request(application: web.Application, language: Language = Language.ZH) -> web.Request:
    request = make_mocked_request("GET", "/list", app=application)
    request[PREFERENCES] = Preferences(language, large_print=False)
    return request


def _ticking(environment: Environment) -> Iterator[int]:
    ticks = count(1)
    environment.globals["tick"] = lambda: next(ticks)
    return ticks


def _shown(application: web.Application, name: str = "x.html") -> str:
    text = page(_request(application), name).text
    assert text is not None
    return text


@pytest.mark.parametrize(("language", "text"), [(Language.ZH, "我的来信"), (Language.EN, "My letters")])
async def test_texts_stand_in_the_compiled_template_and_what_is_put_in_is_escaped(
    city: City, language: Language, text: str
) -> None:
    application = _application(city, x='{{ _("My letters") }} {{ _("%(city)s People\'s Letters", city=name) }}')
    shown = page(_request(application, language), "x.html", name=HOSTILE).text
    assert shown is not None
    assert shown.startswith(text)
    assert "&lt;script&gt;" in shown and "<script>" not in shown


async def test_a_fragment_is_rendered_once_for_each_value_and_escapes_it(city: City) -> None:
    application = _application(
        city,
        row="{{ value }}:{{ tick() }} ",
        x='{% for value in ["a", "<b>", "a", "<b>"] %}{{ fragment("row.html", value=value) }}{% endfor %}',
    )
    _ticking(application[ENVIRONMENTS][Language.ZH])
    assert _shown(application) == "a:1 &lt;b&gt;:2 a:1 &lt;b&gt;:2 "
    assert _shown(application) == "a:1 &lt;b&gt;:2 a:1 &lt;b&gt;:2 "


async def test_a_fragment_takes_no_marked_up_text(city: City) -> None:
    application = _application(city, row="{{ value }}", x='{{ fragment("row.html", value=_("Pages")) }}')
    with pytest.raises(TypeError):
        _shown(application)


@pytest.mark.parametrize("own", ["{{ csrf_token() }}", "{{ here() }}", '{{ switch("lang", "en") }}'])
async def test_what_is_kept_can_not_hold_anything_of_a_request(city: City, own: str) -> None:
    application = _application(city, row=own, x='{{ fragment("row.html", value=1) }}')
    with pytest.raises(LookupError):
        _shown(application)
    with pytest.raises(LookupError):
        part(application[ENVIRONMENTS][Language.ZH], "row.html", {})


async def test_a_fresh_part_is_put_together_once_for_each_key_and_second(city: City) -> None:
    application = _application(city, x="{{ number }}")
    numbers = count(1)

    async def context() -> dict[str, int]:
        return {"number": next(numbers)}

    request = _request(application)
    shown = [await fresh_part(request, "x.html", key, context) for key in ("one", "one", "other", "one")]
    city.clock.advance(timedelta(seconds=2))
    shown.append(await fresh_part(request, "x.html", "one", context))
    shown.append(await fresh_part(_request(application, Language.EN), "x.html", "one", context))
    assert shown == [Markup("1"), Markup("1"), Markup("2"), Markup("1"), Markup("3"), Markup("4")]


async def test_the_part_of_the_second_before_is_shown_until_the_new_one_is_there(city: City) -> None:
    application = _application(city, x="{{ number }}")
    numbers = count(1)
    goes_on = asyncio.Event()
    goes_on.set()

    async def context() -> dict[str, int]:
        await goes_on.wait()
        return {"number": next(numbers)}

    request = _request(application)
    shown = [await fresh_part(request, "x.html", "one", context)]
    city.clock.advance(timedelta(seconds=1))
    goes_on.clear()
    shown.append(await fresh_part(request, "x.html", "one", context))
    goes_on.set()
    city.clock.advance(timedelta(seconds=2))
    shown.append(await fresh_part(request, "x.html", "one", context))
    assert shown == [Markup("1"), Markup("1"), Markup("3")]


async def test_fresh_parts_turn_old_at_moments_of_their_own(city: City) -> None:
    application = _application(city, x="{{ number }}")
    numbers = count(1)

    async def context() -> dict[str, int]:
        return {"number": next(numbers)}

    request = _request(application)
    early, late = 250_000, 750_000  # the hash of a small number is itself: microseconds into the second
    shown = [await fresh_part(request, "x.html", key, context) for key in (early, late)]
    city.clock.advance(timedelta(seconds=1.5))
    shown += [await fresh_part(request, "x.html", key, context) for key in (early, late)]
    assert shown == [Markup("1"), Markup("2"), Markup("3"), Markup("2")]


async def test_every_template_compiles_in_every_language(city: City) -> None:
    application = create_app(city.services)
    await compile_templates(application)
    for environment in application[ENVIRONMENTS].values():
        assert environment.cache is not None
        assert len(environment.cache) == len(environment.list_templates()) > 50
