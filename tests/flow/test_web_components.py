"""The parts that pages are made of render in both languages and stay safe with hostile text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from string import Formatter
from types import SimpleNamespace

import pytest
from aiohttp.test_utils import make_mocked_request
from jinja2 import ChoiceLoader, DictLoader
from support.web import City

from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.webui.app import create_app
from minxin.webui.context import PREFERENCES, Preferences
from minxin.webui.forms import Form
from minxin.webui.i18n import SENTENCE_FILES, Language, Sentences, sentences
from minxin.webui.rendering import page
from minxin.webui.templating import ENVIRONMENTS

HOSTILE = "<script>window.__x=1</script>\"'"
ALL_PARTS = """
{% import "macros.html" as ui %}
{{ ui.error_summary(form) }}{{ ui.csrf() }}{{ ui.form_token(form) }}
{{ ui.text_field(form, "subject", "Subject", hint="a hint", maxlength=50) }}
{{ ui.textarea(form, "text", "Text", maxlength=100) }}
{{ ui.select(form, "kind", "Kind", [("a", "A"), ("b", "B")]) }}
{{ ui.radios(form, "level", "Level", [("1", "one"), ("2", "two")]) }}
{{ ui.checkbox(form, "public", "Public") }}
{{ ui.file_field(form, "files", "Files", accept="image/*") }}
{{ ui.submit("Send", "danger", "do", "it") }}{{ ui.button_link("Go", "/x") }}
{% for kind in ["info", "success", "warning", "danger"] %}
{% call ui.alert(kind, hostile) %}{{ hostile }}{% endcall %}
{% endfor %}
{% call ui.card(hostile, 3, "here") %}inside{% endcall %}
{% for tone in ["neutral", "green", "amber", "red", "blue"] %}{{ ui.badge(hostile, tone) }}{% endfor %}
{% for colour in ["green", "amber", "red", "grey"] %}{{ ui.light(colour) }}{% endfor %}
{{ ui.timeline(steps) }}
{% call ui.table("Letters", ["A", "B"]) %}
<tr><td>{{ at|instant }}</td><td>{{ at|day }} {{ birthday|day }}</td></tr>
{% endcall %}
{{ ui.facts([("Term", hostile)]) }}{{ ui.pager("next-one") }}{{ ui.empty(hostile) }}
{{ ui.read_aloud("main") }}{{ ui.print_button() }}
{{ _("%(city)s People's Letters", city=hostile) }}{{ sentence("form.too_many_files", most=hostile) }}
"""


def _render(city: City, language: Language) -> str:
    application = create_app(city.services)
    environment = application[ENVIRONMENTS][language]
    assert environment.loader is not None
    environment.loader = ChoiceLoader([DictLoader({"parts.html": ALL_PARTS}), environment.loader])
    request = make_mocked_request("GET", "/list?after=here&state=open", app=application)
    request[PREFERENCES] = Preferences(language, large_print=False)
    wrong = [
        InvalidInputError("form.too_many_files", field="files", most=HOSTILE),
        InvalidInputError("error.invalid", field="text"),
    ]
    form = Form.of(subject=HOSTILE, text=HOSTILE, kind="b", level="2", public="1").with_error(InvalidFormError(wrong))
    at = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    steps = [
        SimpleNamespace(title=HOSTILE, at=at, text=HOSTILE, state="done"),
        SimpleNamespace(title="later", at=None, text="", state="todo"),
    ]
    response = page(request, "parts.html", form=form, hostile=HOSTILE, steps=steps, at=at, birthday=date(2026, 3, 1))
    assert response.text is not None
    return response.text


@pytest.mark.parametrize("language", list(Language))
async def test_every_part_renders_and_escapes(city: City, language: Language) -> None:
    text = _render(city, language)
    assert "<script>" not in text
    assert text.count("&lt;script&gt;") > 10
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="hint-subject"' in text
    assert 'aria-describedby="error-text"' in text
    assert 'href="/list?state=open"' in text
    assert "after=next-one" in text


async def test_people_are_shown_the_city_s_own_time(city: City) -> None:
    assert ">2026年3月2日 00:30</time>" in _render(city, Language.ZH)
    assert ">2 Mar 2026, 00:30</time>" in _render(city, Language.EN)


def test_sentence_with_a_missing_parameter_is_the_general_one() -> None:
    known = Sentences([{"error.invalid": {"zh": "不行", "en": "no"}, "x": {"zh": "{n} 个", "en": "{n}"}}])
    assert known.sentence("x", Language.ZH, n=3) == "3 个"
    assert known.sentence("x", Language.ZH) == "不行"
    assert known.sentence("unheard of", Language.EN) == "no"


def test_every_sentence_is_there_in_both_languages_with_the_same_parameters() -> None:
    assert all(file.exists() for file in SENTENCE_FILES)
    for key, by_language in sentences().items():
        assert set(by_language) >= {"zh", "en"}, key
        assert _parameters(by_language["zh"]) == _parameters(by_language["en"]), key


def _parameters(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
