"""Address fields into names and addresses, in linear time (地址). RFC 5322 section 3.4, read generously."""

from __future__ import annotations

import re

import msgspec

from minxin.mailbox.mime.headers import clean_line, decode_words, raw_text

MAX_ADDRESSES = 200


class Address(msgspec.Struct, frozen=True):
    """A person's name as shown, and the address: the domain in lower case, the local part untouched."""

    name: str
    address: str


_WORD = r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?="
# An encoded word is one token although a comma or a bracket may stand in it, as careless mail programs write.
_TOKEN = re.compile(
    rf'"((?:[^"\\]|\\.)*+)(?:"|\Z)|<([^<>]*+)(?:>|\Z|(?=<))|([,;:()])|({_WORD}|(?:(?!{_WORD})[^"<>,;:()])++)|>',
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(
    r"""(?P<local>[^\s<>()\[\],;:\\"@\x00-\x1f\x7f]{1,64})@(?P<domain>[^\s<>()\[\],;:\\"@\x00-\x1f\x7f]{1,253})"""
)


class _Mailbox:
    """The pieces of one mailbox while its tokens pass by."""

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.comment: list[str] = []
        self.angle: str | None = None

    def finish(self) -> Address | None:
        phrase, comment = (" ".join(pieces).strip() for pieces in (self.phrase, self.comment))
        if self.angle is not None:
            return _address(phrase or comment, self.angle)
        return _address(comment, phrase) if phrase else None


def _address(name: str, text: str) -> Address | None:
    shown = clean_line(decode_words(name))
    bare = text.strip().rpartition(":")[2]
    match = _ADDRESS.fullmatch(bare)
    if match is None:
        return Address(shown or clean_line(decode_words(text)), "") if shown or text.strip() else None
    return Address(shown, f"{match['local']}@{match['domain'].rstrip('.').lower()}")


def parse_addresses(value: str) -> tuple[Address, ...]:
    """The mailboxes of a From, To or Cc field, at most 200; one whose address is no address has it empty."""
    found: list[Address] = []
    current, depth = _Mailbox(), 0
    for token in _TOKEN.finditer(raw_text(value)):
        mark = token[3]
        if mark in ("(", ")"):
            depth = depth + 1 if mark == "(" else max(depth - 1, 0)
        elif depth:
            current.comment.append(token[4] or token[1] or "")
        elif mark in (",", ";"):
            _keep(current, found)
            current = _Mailbox()
        elif mark == ":":
            current = _Mailbox()
        else:
            _take(current, token)
    _keep(current, found)
    return tuple(found[:MAX_ADDRESSES])


def _take(mailbox: _Mailbox, token: re.Match[str]) -> None:
    if token[2] is not None:
        mailbox.angle = token[2] if mailbox.angle is None else mailbox.angle
    elif token[1] is not None:
        mailbox.phrase.append(_QUOTED_PAIR.sub(r"\1", token[1]))
    elif token[4] is not None and token[4].strip():
        mailbox.phrase.append(token[4].strip())


def _keep(mailbox: _Mailbox, found: list[Address]) -> None:
    address = mailbox.finish()
    if address is not None:
        found.append(address)
