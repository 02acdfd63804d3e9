"""The mail room (收发室): the services of boxes, joined.

room = open_mailroom(store, pool, clock, MailRules(), domains, {"zh": "滨海市", "en": "Binhai"}, sending)
await room.mailboxes.items(actor, folder_id, PageRequest())
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from minxin.core.clock import Clock
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.answering import VacationAnswers
from minxin.mailbox.mail.boxkeeping import BoxKeeping
from minxin.mailbox.mail.filling_notices import FillingNotices
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.mail.settingskeeping import SettingsKeeping
from minxin.mailbox.mail.upkeep import MailUpkeep
from minxin.mailbox.mail.webmail import Webmail
from minxin.mailbox.ports import MailStore
from minxin.mailbox.safe_pool import SafePool


@dataclass(frozen=True)
class MailRoom:
    """The services by what they are about; ``house`` writes the house's own notices."""

    mailboxes: Mailboxes
    keeping: BoxKeeping
    house: HouseMail
    upkeep: MailUpkeep
    settings: SettingsKeeping
    webmail: Webmail
    sending: Sending
    answers: VacationAnswers


def open_mailroom(
    store: MailStore,
    pool: SafePool,
    clock: Clock,
    rules: MailRules,
    domains: Domains,
    sender: Mapping[str, str],
    sending: Sending,
) -> MailRoom:
    """Return the services; ``sender`` is what the house calls itself, by language."""
    house = HouseMail(domains.house)
    mailboxes = Mailboxes(store, pool, clock, rules)
    return MailRoom(
        mailboxes=mailboxes,
        keeping=BoxKeeping(store, clock, domains),
        house=house,
        upkeep=MailUpkeep(store, clock, rules, FillingNotices(store, clock, house, sender)),
        settings=SettingsKeeping(store, clock, domains),
        webmail=Webmail(store, pool, clock, rules, mailboxes),
        sending=sending,
        answers=VacationAnswers(store, clock, domains, rules, sending),
    )
