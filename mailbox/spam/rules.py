"""How likely a mail is spam (垃圾邮件评分): a sum of plain rules, each with a reason that can be shown. Pure.

No rule refuses anything: mail above the threshold goes into the junk folder, where its reader finds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.core.characters import fold_character
from minxin.mailbox.authenticity.records import FAIL, SOFTFAIL, Authenticity
from minxin.mailbox.spam.words import CERTAIN_WORDS, LIKELY_WORDS

JUNK_POINTS: Final = 5.0
MOST_POINTS: Final = 10.0
LOOKED_AT: Final = 48 * 1024
CAMPAIGN: Final = 20
_FUTURE: Final = timedelta(days=1)
_PAST: Final = timedelta(days=10)

_NUMBERED_LINK = re.compile(rb"https?://\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", re.IGNORECASE)
_PROGRAM = re.compile(
    rb"name\*?=[^\r\n]{0,200}\.(?:exe|scr|pif|com|bat|cmd|vbs|vbe|js|jse|wsf|lnk|hta|iso|img)\b", re.I
)


class Signals(Struct, frozen=True, kw_only=True):
    """What the rules look at. ``alike`` is how many mails with the same body came lately from outside."""

    found: Authenticity
    imitates: bool = False
    senders: int = 1
    sender_domain: str = ""
    reply_domain: str = ""
    subject: str = ""
    message_id: str = ""
    date: datetime | None = None
    now: datetime
    helo: str = ""
    own_domains: frozenset[str] = frozenset()
    head: bytes = b""
    alike: int = 0


class Score(Struct, frozen=True):
    """How likely (0 to 1), and why: keys of the catalogue, the weightiest first."""

    likelihood: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def junk(self) -> bool:
        """Whether the mail belongs into the junk folder."""
        return self.likelihood * MOST_POINTS >= JUNK_POINTS


class Rule(Struct, frozen=True):
    """A reason, what it weighs, and when it holds."""

    reason: str
    points: float
    holds: Callable[[Signals], bool]


def _forged(signals: Signals) -> bool:
    return signals.found.forged and signals.found.wish != "none"


def _not_sure(signals: Signals) -> bool:
    return signals.found.forged and signals.found.wish == "none"


def _spf_failed(signals: Signals) -> bool:
    return signals.found.spf == FAIL and not signals.found.aligned


def _spf_doubts(signals: Signals) -> bool:
    return signals.found.spf == SOFTFAIL and not signals.found.aligned


def _signature_broken(signals: Signals) -> bool:
    return any(one.result == FAIL for one in signals.found.signatures) and not signals.found.aligned


def _says_it_is_us(signals: Signals) -> bool:
    return signals.helo.lower().strip("[]") in signals.own_domains


def _nameless_client(signals: Signals) -> bool:
    return "." not in signals.helo.strip("[]") and ":" not in signals.helo


def _sender_missing(signals: Signals) -> bool:
    return signals.senders != 1


def _answers_elsewhere(signals: Signals) -> bool:
    return bool(signals.reply_domain) and signals.reply_domain != signals.sender_domain


def _time_is_wrong(signals: Signals) -> bool:
    return signals.date is None or not signals.now - _PAST < signals.date < signals.now + _FUTURE


def _certain_words(signals: Signals) -> bool:
    plain = _plain(signals.subject)
    return any(word in plain for word in CERTAIN_WORDS)


def _program(signals: Signals) -> bool:
    return b"name" in signals.head.lower() and _PROGRAM.search(signals.head) is not None


def _numbered_link(signals: Signals) -> bool:
    return b"://" in signals.head and _NUMBERED_LINK.search(signals.head) is not None


def _likely_words(signals: Signals) -> bool:
    plain = _plain(signals.subject)
    return sum(word in plain for word in LIKELY_WORDS) >= 2


def _plain(text: str) -> str:
    """Return the subject as it is compared: what is put between the characters to hide a word is left out."""
    return "".join(sign for sign in "".join(map(fold_character, text)) if sign.isalnum())


RULES: Final = (
    Rule("spam.imitates", 6.0, lambda signals: signals.imitates),
    Rule("spam.forged", 5.0, _forged),
    Rule("spam.program", 5.0, _program),
    Rule("spam.words", 4.0, _certain_words),
    Rule("spam.many", 4.0, lambda signals: signals.alike >= CAMPAIGN and not signals.found.aligned),
    Rule("spam.spf", 3.0, _spf_failed),
    Rule("spam.says_it_is_us", 3.0, _says_it_is_us),
    Rule("spam.likely_words", 2.0, _likely_words),
    Rule("spam.not_aligned", 2.0, _not_sure),
    Rule("spam.numbered_link", 2.0, _numbered_link),
    Rule("spam.sender", 2.0, _sender_missing),
    Rule("spam.spf_soft", 1.0, _spf_doubts),
    Rule("spam.signature", 1.0, _signature_broken),
    Rule("spam.client", 1.0, _nameless_client),
    Rule("spam.reply_to", 1.0, _answers_elsewhere),
    Rule("spam.date", 1.0, _time_is_wrong),
    Rule("spam.message_id", 1.0, lambda signals: not signals.message_id),
)


def score(signals: Signals) -> Score:
    """Return how likely the mail is spam, and the reasons."""
    held = [rule for rule in RULES if rule.holds(signals)]
    points = min(sum(rule.points for rule in held), MOST_POINTS)
    return Score(points / MOST_POINTS, tuple(rule.reason for rule in held))
