"""HTML of strangers: nothing that runs or loads is left, and no bomb reaches the sanitizer."""

from __future__ import annotations

import pytest

from minxin.mailbox.mime.sanitize import guard, sanitize_html

ATTACKS = [
    "<script>x()</script>",
    "<img src=x onerror=x()>",
    "<svg onload=x()>",
    "<svg><animate href=#a>",
    "<math><mi href=javascript:x()>",
    "<a href=javascript:x()>a</a>",
    "<a href='java\tscript:x()'>a</a>",
    "<a href=//evil.example>a</a>",
    "<a href=data:text/html,x>a</a>",
    "<img src=http://tracker.example/1.png>",
    "<img srcset='http://tracker.example 2x'>",
    "<img src=data:image/svg+xml,x>",
    "<style>@import 'http://tracker.example'</style>",
    "<p style='background:url(http://tracker.example)'>x</p>",
    "<table background=http://tracker.example><td>x</table>",
    "<link rel=stylesheet href=http://tracker.example>",
    "<iframe src=http://evil.example></iframe>",
    "<object data=http://evil.example></object>",
    "<form action=http://evil.example><input></form>",
    "<base href=http://evil.example>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "<video poster=http://tracker.example></video>",
    "<noscript><p title='</noscript><img src=x onerror=x()>'>",
    "<template><img src=x onerror=x()></template>",
    "<math><mtext><table><mglyph><style><img src=x onerror=x()>",
    "<img src='cid:unknown@x'>",
    "<img width='1\" onerror=x()'>",
    "<xmp><p title='</xmp><img src=x onerror=x()>'></xmp>",
]
BANNED = (
    "<script",
    "onerror=",
    "onload=",
    "javascript:",
    "tracker.example",
    "//evil",
    "data:",
    "<svg",
    "<math",
    "<form",
    "style",
    "<meta",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_loads_is_left(attack: str) -> None:
    cleaned = sanitize_html(f"<p>a</p>{attack}", {}).html.replace("&lt;", "(")
    assert not [word for word in BANNED if word in cleaned.lower()]


def test_honest_html_is_kept() -> None:
    source = '<p>你好<b>世界</b> <a href="https://a.cn/">k</a><br><img src="cid:p@x" alt="y"></p>'
    safe = sanitize_html(source, {"p@x": "/files/1"})
    assert safe.problem == ""
    assert "<b>世界</b>" in safe.html
    assert 'rel="noopener noreferrer nofollow"' in safe.html
    assert 'src="/files/1"' in safe.html


BOMBS = {
    "html.depth": [
        "<div>" * 100_000,
        "<b>" * 150_000,
        "<rt>" * 50_000,
        "<li><dd>" * 50_000,
        "<optgroup>" * 50_000,
        "<div><!--</div>-->" * 20_000,
        "<div title='</div>'>" * 300,
        "<div><table><td></div></table>" * 300,
        "<div><style></div></style>" * 300,
        '<div "><div>' * 300,
        "".join(f"<p><b id={n}></p>" for n in range(300)),
        "<p>" + "".join(f"<b id={n}>" for n in range(190)) + "</p>" + "<p>x</p>" * 50_000,
    ],
    "html.size": ["x" * (640 * 1024 + 1), "<b>" * 1_000_000, f"<img src='data:image/png;base64,{'A' * 10_000_000}'>"],
    "html.links": ["<a href=http://a>x</a>" * 5_001],
    "html.references": ["&" * 60_000],
    "html.attributes": ["<a " + " ".join(f"a{n}=1" for n in range(60_000)) + ">", "<a" + "/a" * 201 + ">"],
    "html.foreign": ["<p><svg>"],
}


@pytest.mark.parametrize(("problem", "number"), [(key, n) for key, rows in BOMBS.items() for n in range(len(rows))])
def test_bomb_is_shown_as_plain_text(problem: str, number: int) -> None:
    safe = sanitize_html(BOMBS[problem][number], {})
    assert safe.problem == problem
    assert safe.html.startswith("<pre>")
    assert "<" not in safe.html.removeprefix("<pre>").removesuffix("</pre>")


@pytest.mark.parametrize(
    "honest", ["<p>x" * 5_000, "<ul>" + "<li>x" * 5_000, "<table>" + "<tr><td>x" * 5_000, "<br>" * 5_000]
)
def test_unclosed_but_flat_html_passes_the_guard(honest: str) -> None:
    assert guard(honest) == ""
