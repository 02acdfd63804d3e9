"""What a FETCH asks for (RFC 3501 section 6.4.5), and the bytes of a section of a mail."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from minxin.mailbox.imap.structure import HEADER_MAX, Part, header_end, header_fields
from minxin.mailbox.imap.words import BadCommandError, Words, literal_pieces, string

ITEMS_MAX: Final = 50
PATH_MAX: Final = 60
MACROS: Final = {
    b"ALL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"),
    b"FAST": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"),
    b"FULL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"),
}
SIMPLE: Final = frozenset(
    {b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY", b"BODYSTRUCTURE", b"UID", b"MODSEQ"}
)
_NAME = re.compile(rb"[A-Za-z0-9.]+")
_SPEC = re.compile(rb"[0-9A-Za-z.]*")
_SECTION = re.compile(
    rb"(?P<path>(?:[1-9]\d{0,8}(?:\.[1-9]\d{0,8})*)?)(?:(?:(?<=\d)\.|^)"
    rb"(?P<text>HEADER(?:\.FIELDS(?:\.NOT)?)?|TEXT|MIME)|)"
)
_ATOM = re.compile(rb"[A-Za-z0-9-]+")  # some programs know their own names again only without quotes
_PARTIAL = re.compile(rb"<\d{1,10}\.[1-9]\d{0,9}>")
_WHOLE, _HEADER, _TEXT, _MIME = b"", b"HEADER", b"TEXT", b"MIME"
_PICKED, _OTHERS = b"HEADER.FIELDS", b"HEADER.FIELDS.NOT"


class Section(Struct, frozen=True, kw_only=True):
    """A part of a mail's bytes. ``path`` are the numbers of parts, ``text`` which text of it, or empty for all.

    ``label`` is how the answer names it. ``start`` and ``count`` cut a piece out.
    """

    label: bytes
    path: tuple[int, ...] = ()
    text: bytes = _WHOLE
    names: frozenset[bytes] = frozenset()
    start: int = 0
    count: int | None = None
    peek: bool = True

    @property
    def header_only(self) -> bool:
        """Whether the header of the mail is all that is needed."""
        return not self.path and self.text in (_HEADER, _PICKED, _OTHERS)

    @property
    def needs_whole(self) -> bool:
        """Whether the header alone does not tell."""
        return not self.header_only

    @property
    def needs_parts(self) -> bool:
        """Whether the mail must be parted."""
        return bool(self.path)


class Wanted(Struct, frozen=True):
    """What a FETCH asks for: names of data that is one word each, and sections."""

    names: tuple[bytes, ...]
    sections: tuple[Section, ...]

    @property
    def in_pieces(self) -> bool:
        """Whether a piece of the mail is asked for, and more pieces of it are likely to be."""
        return any(section.count is not None for section in self.sections)

    @property
    def marks_seen(self) -> bool:
        """Whether fetching this means that somebody reads the mail."""
        return any(not section.peek for section in self.sections)


_OLD: Final = {
    b"RFC822": Section(label=b"RFC822", peek=False),
    b"RFC822.HEADER": Section(label=b"RFC822.HEADER", text=_HEADER),
    b"RFC822.TEXT": Section(label=b"RFC822.TEXT", text=_TEXT, peek=False),
}


def read_wanted(words: Words) -> Wanted:
    """Read what is asked for; raises ``BadCommandError``."""
    names: list[bytes] = []
    sections: list[Section] = []
    if not words.skip(b"("):
        _read_item(words, names, sections, macros=True)
        return Wanted(tuple(dict.fromkeys(names)), tuple(sections))
    while True:
        _read_item(words, names, sections, macros=False)
        if words.skip(b")"):
            return Wanted(tuple(dict.fromkeys(names)), tuple(sections))
        words.space()
        if len(names) + len(sections) > ITEMS_MAX:
            raise BadCommandError("too much is asked for at once")


def _read_item(words: Words, names: list[bytes], sections: list[Section], *, macros: bool) -> None:
    name = words.word(_NAME).upper()
    if macros and name in MACROS:
        names += MACROS[name]
    elif name in (b"BODY", b"BODY.PEEK") and words.skip(b"["):
        sections.append(_read_section(words, peek=name == b"BODY.PEEK"))
    elif name in SIMPLE:
        names.append(name)
    elif name in _OLD:
        sections.append(_OLD[name])
    else:
        raise BadCommandError("unknown data is asked for")


def _read_section(words: Words, *, peek: bool) -> Section:
    spec = words.word(_SPEC).upper()
    found = _SECTION.fullmatch(spec)
    text = (found["text"] or _WHOLE) if found else _WHOLE
    path = tuple(int(number) for number in found["path"].split(b".")) if found and found["path"] else ()
    if found is None or len(path) > PATH_MAX or (text == _MIME and not path):
        raise BadCommandError("a section is wrong")
    label = b"BODY[" + spec
    names: list[bytes] = []
    if text in (_PICKED, _OTHERS):
        words.space()
        names = words.astrings()
        label += b" (" + b" ".join(name if _ATOM.fullmatch(name) else string(name) for name in names) + b")"
    words.need(b"]")
    start, count = 0, None
    if words.sees(b"<"):
        start, count = (int(number) for number in words.word(_PARTIAL)[1:-1].split(b"."))
    return Section(
        label=label + (b"]" if count is None else b"]<%d>" % start),
        path=path,
        text=text,
        names=frozenset(name.lower() for name in names),
        start=start,
        count=count,
        peek=peek,
    )


def section_bytes(section: Section, raw: bytes, root: Part | None) -> bytes | None:
    """Return the bytes of a section, None where the mail has no such part.

    ``raw`` may be the beginning of the mail where the header is all that is needed; ``root`` is needed elsewhere.
    """
    data = _all_bytes(section, raw, root)
    if data is None or section.count is None:
        return data
    return data[section.start : section.start + section.count]


def write_section(section: Section, raw: bytes, root: Part | None) -> tuple[bytes, ...]:
    """Write a section as the answer to a FETCH has it: in pieces, so that a large one is not copied."""
    data = section_bytes(section, raw, root)
    if data is None:
        return (section.label + b" NIL",)
    return section.label + b" ", *literal_pieces(data)


def _all_bytes(section: Section, raw: bytes, root: Part | None) -> bytes | None:
    if section.header_only:
        return _header(section, raw[: header_end(raw)])
    if not section.path:
        return raw if section.text == _WHOLE else raw[header_end(raw) :]
    part = locate(root, section.path) if root is not None else None
    if part is None:
        return None
    if section.text == _WHOLE:
        return raw[part.body : part.end]
    if section.text == _MIME:
        return raw[part.start : part.body]
    if not part.is_message:
        return None
    inner = part.children[0]
    return raw[inner.body : inner.end] if section.text == _TEXT else _header(section, raw[inner.start : inner.body])


def _header(section: Section, header: bytes) -> bytes:
    if section.text == _HEADER:
        return header
    wanted = section.text == _PICKED
    fields = header_fields(header[:HEADER_MAX])
    return b"".join(one.raw for one in fields if (one.name.lower() in section.names) is wanted) + b"\r\n"


def locate(root: Part, path: tuple[int, ...]) -> Part | None:
    """Return the part with these numbers: 1.2 is the second part of the first."""
    around: Part | None = root
    found: Part | None = None
    for number in path:
        if around is None:
            return None
        inside = around.children if around.is_multipart else [around]
        if not 0 < number <= len(inside):
            return None
        found = inside[number - 1]
        around = _numbered(found, around)
    return found


def _numbered(part: Part, around: Part) -> Part | None:
    """Return what the next number counts in: the parts of the part, or those of the message that it is."""
    if part.is_message:
        return part.children[0]
    return part if part.is_multipart and part is not around else None
