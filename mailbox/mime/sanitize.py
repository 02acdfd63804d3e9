"""Hostile HTML into a fragment that a page of ours may show (HTML净化): an allow-list, behind a linear guard.

The sanitizer builds a tree as a browser does and is quadratic on deep nesting (100 000 ``<div>`` take 98 s), so what
the guard finds too deep, too long or too full is shown as plain text. Run it in a process that can be killed, too.
"""

from __future__ import annotations

import html as html_library
import re
from collections.abc import Mapping

import msgspec
import nh3

from minxin.mailbox.mime.markup import Tag, attribute_count, html_to_text, tokens

MAX_CHARS = 640 * 1024
MAX_DEPTH = 200
MAX_LINKS = 5_000
MAX_ATTRIBUTES = 200
MAX_REFERENCES = 50_000
MAX_REBUILT = 300_000
MAX_VIEW_CHARS = 1_000_000

_TAGS = frozenset(
    "a abbr b bdi big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em"
    " figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike"
    " strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr".split()
)
_DROPPED_WITH_CONTENT = frozenset(
    "script style title iframe noembed noframes noscript object embed applet svg math template select textarea"
    " audio video".split()
)
_ATTRIBUTES = {
    "*": {"title", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "table": {"border", "cellpadding", "cellspacing"},
    "col": {"span"},
    "ol": {"start", "type"},
    "font": {"color", "size"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s]+", re.IGNORECASE)
_REMOTE_PICTURE = re.compile(r"https://[^\s]{1,2000}", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,4}%?")
_NUMBERED = frozenset(
    {"width", "height", "colspan", "rowspan", "span", "start", "border", "cellpadding", "cellspacing"}
)

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr frame keygen".split())
# These never nest on their own: the parser closes the one before, or ignores them outside a table.
_END_OPTIONAL = frozenset("html head body p tr td th tbody thead tfoot colgroup".split())
# These close a neighbour of their own family only, so two families in turn nest without end.
_FAMILY = {"li": "li", "dd": "dd", "dt": "dd", "option": "option"}
# An element that stays in force when the block around it ends, until it is closed by its own name (WHATWG 13.2.4.3).
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
# An end tag does not look for its start tag beyond these (WHATWG 13.2.4.2).
_SCOPES = frozenset("table caption template select object applet marquee button noscript".split())
_FOREIGN = frozenset({"svg", "math"})


class SafeHtml(msgspec.Struct, frozen=True):
    """``html`` may be put into a page as it is. ``problem`` names why it is only a plain-text view, if it is one."""

    html: str
    problem: str = ""


def sanitize_html(markup: str, inline_images: Mapping[str, str]) -> SafeHtml:
    """Clean a mail's HTML; ``inline_images`` maps content-ids to addresses of ours, every other image is dropped.

    Nothing that is left loads anything from anywhere: no remote image, style, SVG, MathML, form or frame.
    """
    return _cleaned(markup, inline_images, remote_images=False)


def sanitize_with_remote_images(markup: str, inline_images: Mapping[str, str]) -> SafeHtml:
    """Clean a mail's HTML and leave its pictures over HTTPS in: only for a reader who was told what that tells the
    sender, and asked for it.
    """
    return _cleaned(markup, inline_images, remote_images=True)


def _cleaned(markup: str, inline_images: Mapping[str, str], *, remote_images: bool) -> SafeHtml:
    problem = guard(markup)
    if problem:
        text = html_to_text(markup[:MAX_VIEW_CHARS])
        return SafeHtml(f"<pre>{html_library.escape(text)}</pre>", problem)

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            return _picture(value, inline_images, remote_images)
        if attribute == "href":
            return value if _LINK.fullmatch(value.strip()) else None
        if attribute in _NUMBERED:
            return value if _NUMBER.fullmatch(value) else None
        return value

    cleaned = nh3.clean(
        markup,
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return SafeHtml(cleaned)


def _picture(address: str, inline_images: Mapping[str, str], remote: bool) -> str | None:
    if address.startswith("cid:"):
        return inline_images.get(address.removeprefix("cid:"))
    return address if remote and _REMOTE_PICTURE.fullmatch(address) else None


def guard(markup: str) -> str:
    """The catalogue key of the limit that the HTML breaks, or an empty string; linear in its length."""
    if len(markup) > MAX_CHARS:
        return "html.size"
    if markup.count("&") > MAX_REFERENCES:
        return "html.references"
    nesting = _Nesting()
    links = 0
    for token in tokens(markup):
        if isinstance(token, str):
            continue
        links += token.name == "a" and not token.closing
        problem = _tag_problem(token, links) or nesting.follow(token)
        if problem:
            return problem
    return ""


def _tag_problem(tag: Tag, links: int) -> str:
    if tag.name in _FOREIGN:
        return "html.foreign"
    if links > MAX_LINKS:
        return "html.links"
    if len(tag.attributes) > 2 * MAX_ATTRIBUTES and attribute_count(tag) > MAX_ATTRIBUTES:
        return "html.attributes"
    return ""


class _Nesting:
    """How deep and how large the browser's tree gets: not less than this in the cases that grow without end.

    ``rebuilt`` bounds the copies of formatting elements: each block that starts while some are in force gets its own.
    """

    def __init__(self) -> None:
        self.open: list[str] = []
        self.formatting = 0
        self.rebuilt = 0

    def follow(self, tag: Tag) -> str:
        self.rebuilt += self.formatting
        name = _FAMILY.get(tag.name, tag.name)
        if tag.closing:
            self._close(name)
        elif name not in _VOID and name not in _END_OPTIONAL and not (name in _FAMILY and name in self.open[-1:]):
            self.open.append(name)
            self.formatting += name in _FORMATTING
        too_large = len(self.open) > MAX_DEPTH or self.rebuilt > MAX_REBUILT
        return "html.depth" if too_large else ""

    def _close(self, name: str) -> None:
        if name not in self.open:
            return
        at = len(self.open) - 1
        while self.open[at] != name:
            if self.open[at] in _SCOPES:
                return
            at -= 1
        inside = self.open[at + 1 :]
        if name in _FORMATTING:
            self.formatting -= 1
            self.open[at:] = inside
        else:
            self.open[at:] = [inner for inner in inside if inner in _FORMATTING]
