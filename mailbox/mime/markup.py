"""HTML cut into tags and text in linear time, for the guard before the sanitizer and for the plain-text view.

The cuts follow the tokenizer of the HTML standard (WHATWG 13.2.5) closely enough that nobody can hide a tag from the
guard: attribute values, comments and raw-text elements are skipped as a browser would skip them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import msgspec

_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >]*+)"""
_ATTRIBUTE = rf"[^\t\n\f\r />][^\t\n\f\r />=]*+(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+{_VALUE})?+"
_MARKUP = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]*+(?:>|\Z)|</(?![a-zA-Z])[^>]*+(?:>|\Z)"
    rf"|<(?P<close>/?)(?P<name>[a-zA-Z][^\t\n\f\r />]*+)(?P<attributes>(?:[\t\n\f\r /]++|{_ATTRIBUTE})*+)(?:>|\Z)",
    re.DOTALL,
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_RAW_TEXT = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_RAW_END = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in _RAW_TEXT}
_HIDDEN = frozenset({"script", "style", "title", "iframe", "noembed", "noframes"})
_BLOCKS = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
    " html li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
# Python refuses to read an integer of thousands of digits, and html.unescape does not expect that.
_LONG_NUMBER = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{7,});?")


class Tag(msgspec.Struct, frozen=True):
    """A start tag or, when ``closing``, an end tag; ``attributes`` is the raw text between name and bracket."""

    name: str
    closing: bool
    attributes: str


def tokens(markup: str) -> Iterator[Tag | str]:
    """Tags and the raw text between them, in order; what stands in a script, a style or the like is text."""
    position = 0
    while match := _MARKUP.search(markup, position):
        if match.start() > position:
            yield markup[position : match.start()]
        position = match.end()
        name = (match["name"] or "").lower()
        if not name:
            continue
        yield Tag(name, bool(match["close"]), match["attributes"])
        if name in _RAW_END and not match["close"]:
            end = _RAW_END[name].search(markup, position)
            stop = end.start() if end else len(markup)
            yield markup[position:stop]
            position = stop
    if position < len(markup):
        yield markup[position:]


def attribute_count(tag: Tag) -> int:
    """How many attributes the tag has."""
    return sum(1 for _ in _ATTRIBUTES.finditer(tag.attributes))


def html_to_text(markup: str) -> str:
    """The words of an HTML document, one line for each block; linear, and total on any input."""
    pieces: list[str] = []
    hidden = False
    for token in tokens(markup):
        if isinstance(token, str):
            pieces.append("" if hidden else re.sub(r"[ \t\n\f\r]+", " ", _unescape(token)))
            hidden = False
        elif token.name == "br" or token.name in _BLOCKS:
            pieces.append("\n")
        elif token.name in ("td", "th") and token.closing:
            pieces.append("\t")
        hidden = isinstance(token, Tag) and token.name in _HIDDEN and not token.closing
    lines = (" ".join(line.split(" ")).strip() for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unescape(text: str) -> str:
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text))
