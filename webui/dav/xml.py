"""XML of WebDAV: small bodies read without entities or document types, and answers written."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, fromstring, register_namespace, tostring
from xml.parsers import expat

from minxin.core.errors import MinxinError

DAV: Final = "{DAV:}"
MAX_ELEMENTS: Final = 500
MAX_DEPTH: Final = 20
register_namespace("D", "DAV:")


class BadXmlError(MinxinError):
    """The body is no XML, or XML that no honest client sends: with a document type, too deep or too long."""

    key = "error.bad_request"
    temporary = False
    http_status = 400


class _Reader:
    """Builds a tree, and stops at the first thing that a request of WebDAV never holds (RFC 4918, 20.6)."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = 0
        self._count = 0

    def read(self, body: bytes) -> Element:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._tree.data
        # A document type is where entities come from: whatever they are for, it is not this.
        parser.StartDoctypeDeclHandler = self._refuse
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            raise BadXmlError from error
        found: Element = self._tree.close()
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise BadXmlError
        self._tree.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._tree.end(_named(name))

    def _refuse(self, *_: object) -> None:
        raise BadXmlError


def read_xml(body: bytes) -> Element:
    """Return the document's element; raises :class:`BadXmlError`."""
    return _Reader().read(body)


def write_xml(root: Element) -> bytes:
    """Return the document."""
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def part_of_xml(element: Element) -> bytes:
    """Return a part of a document that is put together of them."""
    written: bytes = tostring(element, encoding="utf-8")
    return written


def own_xml(text: bytes) -> Element:
    """Return the element of a text that we wrote ourselves, from a tree that was read without entities."""
    return fromstring(text)  # noqa: S314


def dav(name: str, *children: Element, text: str | None = None) -> Element:
    """Return an element of the namespace ``DAV:``."""
    element = Element(DAV + name)
    element.text = text
    element.extend(children)
    return element


def add(parent: Element, name: str, text: str | None = None) -> Element:
    """Add an element of the namespace ``DAV:``, and return it."""
    element = SubElement(parent, DAV + name)
    element.text = text
    return element


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name
