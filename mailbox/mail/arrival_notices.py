"""The short message that somebody wrote (来信短信): who and when, never a word of what, and never a link.

A name in a header is worth what stands behind it: only somebody of the house, or a sender who is proven to be an
office, is named. A word that a stranger chose would else go out under the city's own signature.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.changes import Changes
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.sentences import sentence
from minxin.mailbox.texting.rules import Kind, NoticeRules

OUTSIDE: Final = "mail.wrote.outside"


class ArrivalNotices:
    """Writes the notice for the outbox; when and whether it leaves is decided there (``texting/rules.py``).

    ``signature`` is the city's name, which stands before the words.
    """

    def __init__(self, vault: Vault, signature: str, rules: NoticeRules) -> None:
        self._vault = vault
        self._signature = signature
        self._rules = rules

    def of(
        self, box: Box, owner: Account | None, sender: str, item_id: str, at: datetime, name: str = ""
    ) -> Changes | None:
        """Return the notice that ``sender`` (an address) wrote into the box; None for a box of nobody alone.

        ``name`` is who that is for certain; without it the notice says that somebody from outside wrote.
        """
        if box.kind is BoxKind.OFFICE or owner is None or owner.state is not AccountState.ACTIVE:
            return None
        who = name or sentence(OUTSIDE, owner.language)
        message = sms.wrote(self._signature, owner.language, who, at, at + self._rules.life)
        return sms.notice(self._vault, owner.id, Kind.NOTICE, sender, message, f"mail:{item_id}")
