"""The post of one house: how mail comes in, what is held, and how answers go out."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from msgspec import structs

from minxin.core.errors import ConfigError
from minxin.deploy.city import City
from minxin.deploy.mailroom import arrival_notices, domains_of
from minxin.deploy.senders import OurNames, sender_checks
from minxin.deploy.settings import Settings
from minxin.deploy.storing import CityStore
from minxin.mailbox.apppasswords import AppPasswords
from minxin.mailbox.authenticity.checking import SenderChecks
from minxin.mailbox.held import HeldMails
from minxin.mailbox.imap.door import ImapDoor
from minxin.mailbox.imap.limits import ImapLimits
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.ports import LetterDesk, MailStore
from minxin.mailbox.smtp.answers import Answers
from minxin.mailbox.smtp.appraisal import Appraiser
from minxin.mailbox.smtp.boxes import BoxDelivery
from minxin.mailbox.smtp.door import SmtpDoor
from minxin.mailbox.smtp.intake import OwnPost
from minxin.mailbox.smtp.limits import SmtpLimits
from minxin.mailbox.smtp.reception import Reception
from minxin.mailbox.submission.door import SubmissionDoor
from minxin.mailbox.texting.by_mail import NoticeMail

MOST_RECIPIENTS = 100


@dataclass(frozen=True)
class Post:
    """The parts of the post."""

    held: HeldMails
    reception: Reception
    checks: SenderChecks
    answers: Answers
    by_mail: NoticeMail


def open_post(settings: Settings, city: City, kit: Kit, desk: LetterDesk, store: CityStore, rules: MailRules) -> Post:
    """Join the post over the account services' kit and the office's desk."""
    own = own_post(settings, city)
    held = HeldMails(kit, desk)
    checks = sender_checks(settings)
    government = frozenset(settings.government_domains.lower().split())
    appraiser = Appraiser(checks, own.domains | {own.domain}, government, OurNames(store, city), store)
    boxes = BoxDelivery(kit.store, kit.clock, rules, arrival_notices(settings, city, kit.vault))
    return Post(
        held=held,
        reception=Reception(kit.store, kit.clock, desk, held, own, boxes, appraiser),
        checks=checks,
        answers=Answers(kit.store, kit.vault, kit.clock, own),
        by_mail=NoticeMail(kit.store, kit.vault, kit.clock, own),
    )


def own_post(settings: Settings, city: City) -> OwnPost:
    """Return the city's own place in the post."""
    return OwnPost(
        mayor=city.mayor_address,
        domains=frozenset(one for one in structs.astuple(domains_of(city)) if one),
        city=city.name,
        city_en=city.name_en,
        site=settings.address,
        relay=settings.smtp_trusted_relay,
    )


def imap_door(settings: Settings, store: MailStore, mailboxes: Mailboxes, programs: AppPasswords) -> ImapDoor:
    """Return the IMAP door, not yet open; raises ``ConfigError`` for a certificate that can't be used."""
    limits = ImapLimits(network_connections=settings.imap_connections)
    return ImapDoor(store, mailboxes, programs, limits, server_tls(settings))


def submission_door(settings: Settings, city: City, sending: Sending, programs: AppPasswords) -> SubmissionDoor:
    """Return the door for mail that programs hand in, not yet open; raises ``ConfigError``."""
    limits = SmtpLimits(network_connections=settings.smtp_connections, recipients=MOST_RECIPIENTS)
    hostname = own_post(settings, city).domain
    return SubmissionDoor(sending, programs, limits, hostname=hostname, tls=server_tls(settings))


def smtp_door(settings: Settings, reception: Reception) -> SmtpDoor:
    """Return the SMTP door, not yet open; raises ``ConfigError`` for a certificate that can't be used."""
    limits = SmtpLimits(
        network_connections=settings.smtp_connections,
        loopback_connections=settings.smtp_loopback_connections,
        tarpit_s=settings.smtp_tarpit_s,
        greylist=settings.smtp_greylist,
    )
    return SmtpDoor(reception, limits, hostname=reception.post.domain, tls=server_tls(settings))


def server_tls(settings: Settings) -> ssl.SSLContext | None:
    """Return what the doors for mail speak TLS with, if anything; raises ``ConfigError``."""
    if settings.smtp_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.smtp_certificate, settings.smtp_key)
    except OSError as error:
        raise ConfigError(f"smtp_certificate {settings.smtp_certificate} can't be used: {error}") from error
    return context
