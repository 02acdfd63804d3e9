"""The words of a command (RFC 3501 section 9), read off one by one, and the words of an answer.

A command comes as *pieces*: the text of a line, a literal, the text after it, and so on. Nothing here recurses, and no
literal is ever searched or copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_PATTERN = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')  # a name of LIST, with its wildcards
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n]|\\["\\])*+)"')
_ESCAPED = re.compile(rb"\\(.)")
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]{1,100}')
_NUMBER = re.compile(rb"\d{1,20}")
_PLAIN = re.compile(rb"[\x20-\x7e]*")
QUOTED_MAX: Final = 1000


class BadCommandError(Exception):
    """The client wrote something that is no command; the text says what, in a few words of our own."""


class Words:
    """A command that is being read."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._piece = 0
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._piece == len(self._pieces) - 1 and self._at >= len(self._text)

    @property
    def _text(self) -> bytes:
        return self._pieces[self._piece]

    def end(self) -> None:
        """Check that nothing follows."""
        if not self.at_end:
            raise BadCommandError("too many words")

    def sees(self, start: bytes) -> bool:
        """Say whether this follows."""
        return self._text.startswith(start, self._at)

    def sees_any(self, start: re.Pattern[bytes]) -> bool:
        """Say whether something that the pattern takes follows."""
        return start.match(self._text, self._at) is not None

    def skip(self, mark: bytes) -> bool:
        """Go past a mark that may be there; letters count in either case."""
        if self._text[self._at : self._at + len(mark)].upper() != mark:
            return False
        self._at += len(mark)
        return True

    def need(self, mark: bytes) -> None:
        """Go past a mark that must be there."""
        if not self.skip(mark):
            raise BadCommandError("unexpected end or sign")

    def space(self) -> None:
        """Go past the one space between two words."""
        self.need(b" ")

    def tag(self) -> bytes:
        """Read the tag of the command, and the space after it."""
        found = self._match(_TAG)[0]
        self.space()
        return found

    def atom(self) -> bytes:
        """Read an atom, in capitals."""
        return self._match(_ATOM)[0].upper()

    def number(self) -> int:
        """Read a number."""
        return int(self._match(_NUMBER)[0])

    def flag(self) -> str:
        """Read a flag or keyword."""
        return self._match(_FLAG)[0].decode("ascii")

    def word(self, pattern: re.Pattern[bytes]) -> bytes:
        """Read what the pattern takes."""
        return self._match(pattern)[0]

    def string(self) -> bytes:
        """Read a quoted string or a literal."""
        if self.sees(b'"'):
            return _ESCAPED.sub(rb"\1", self._match(_QUOTED)[1])
        if self._at == len(self._text) and self._piece + 2 < len(self._pieces):
            literal = self._pieces[self._piece + 1]
            self._piece, self._at = self._piece + 2, 0
            return literal
        raise BadCommandError("a string is missing")

    def astring(self) -> bytes:
        """Read an atom or a string."""
        found = _ASTRING.match(self._text, self._at)
        return self._past(found) if found else self.string()

    def list_name(self) -> bytes:
        """Read a name of LIST, in which ``%`` and ``*`` may stand."""
        found = _PATTERN.match(self._text, self._at)
        return self._past(found) if found else self.string()

    def astrings(self) -> list[bytes]:
        """Read a list of atoms or strings in brackets."""
        self.need(b"(")
        words = [self.astring()]
        while self.skip(b" "):
            words.append(self.astring())
        self.need(b")")
        return words

    def flags(self) -> list[str]:
        """Read flags, with or without the brackets around them."""
        if not self.skip(b"("):
            flags = [self.flag()]
            while self.skip(b" "):
                flags.append(self.flag())
            return flags
        flags = []
        while not self.skip(b")"):
            flags.append(self.flag())
            self.skip(b" ")
        return flags

    def _match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise BadCommandError("a word is missing or has a sign that it may not have")
        self._at = found.end()
        return found

    def _past(self, found: re.Match[bytes]) -> bytes:
        self._at = found.end()
        return found[0]


def string(value: bytes | str | None) -> bytes:
    """Write a string: quoted where that can say it, else a literal; NIL for None."""
    if value is None:
        return b"NIL"
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    if len(data) <= QUOTED_MAX and _PLAIN.fullmatch(data):
        return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"".join(literal_pieces(data))


def literal_pieces(data: bytes) -> tuple[bytes, bytes]:
    """Write a literal. A zero byte can't be sent in one (RFC 3501, 9: CHAR8), and becomes a space."""
    return b"{%d}\r\n" % len(data), data.replace(b"\0", b" ")


def listed(words: Iterable[bytes]) -> bytes:
    """Write words in brackets."""
    return b"(" + b" ".join(words) + b")"


def flag_list(flags: Iterable[str]) -> bytes:
    """Write flags in brackets."""
    return listed(flag.encode("ascii", "replace") for flag in flags)
