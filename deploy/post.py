"""The post of one house: how mail comes in, what is held, and how answers go out."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from minxin.core.errors import ConfigError
from minxin.deploy.city import City
from minxin.deploy.settings import Settings
from minxin.mailbox.gateways.mail_folder import MailFolder
from minxin.mailbox.gateways.relay import Relay
from minxin.mailbox.held import HeldMails
from minxin.mailbox.kit import Kit
from minxin.mailbox.ports import LetterDesk, MailSender
from minxin.mailbox.smtp.answers import Answers
from minxin.mailbox.smtp.door import SmtpDoor
from minxin.mailbox.smtp.intake import OwnPost
from minxin.mailbox.smtp.limits import SmtpLimits
from minxin.mailbox.smtp.reception import Reception

SMTP_PORT = 25


@dataclass(frozen=True)
class Post:
    """The parts of the post."""

    held: HeldMails
    reception: Reception
    answers: Answers


def open_post(settings: Settings, city: City, kit: Kit, desk: LetterDesk) -> Post:
    """Join the post over the account services' kit and the office's desk."""
    own = OwnPost(
        mayor=city.mayor_address,
        city=city.name,
        city_en=city.name_en,
        site=settings.address,
        relay=settings.smtp_trusted_relay,
    )
    held = HeldMails(kit, desk)
    return Post(
        held=held,
        reception=Reception(kit.store, kit.clock, desk, held, own),
        answers=Answers(kit.store, kit.vault, kit.clock, own, _sender(settings, own)),
    )


def smtp_door(settings: Settings, reception: Reception) -> SmtpDoor:
    """Return the SMTP door, not yet open; raises ``ConfigError`` for a certificate that can't be used."""
    limits = SmtpLimits(
        network_connections=settings.smtp_connections, loopback_connections=settings.smtp_loopback_connections
    )
    return SmtpDoor(reception, limits, hostname=reception.post.domain, tls=_tls(settings))


def _sender(settings: Settings, own: OwnPost) -> MailSender:
    if not settings.mail_relay:
        return MailFolder(settings.data / "mail")
    host, _, port = settings.mail_relay.partition(":")
    return Relay(host, int(port or SMTP_PORT), hostname=own.domain)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.smtp_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.smtp_certificate, settings.smtp_key)
    except OSError as error:
        raise ConfigError(f"smtp_certificate {settings.smtp_certificate} can't be used: {error}") from error
    return context
