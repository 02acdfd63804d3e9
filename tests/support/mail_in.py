"""Boxes behind the SMTP door, a DNS of our own making, and a domain that signs its mail."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from support.post import NOON, PostOffice, Wire, stuffed

from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.authenticity.checking import Mode, SenderChecks
from minxin.mailbox.authenticity.ports import Names, NoAnswerError
from minxin.mailbox.mail.contents import raw_of
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, FolderRole, MailItem
from minxin.mailbox.sms import Lane

WANG = "wang@citizen.binhai.example"
WANG_ALIAS = "wang.xm@citizen.binhai.example"
LI = "li@gov.binhai.example"
POLICE = "police@gov.binhai.example"
COMPANY = "acme@citizen.binhai.example"
FRIEND = "friend@home.example"
OUTSIDE = "93.184.216.34"  # an address that SPF is asked about; nothing is ever sent to it


async def open_boxes(post: PostOffice) -> None:
    """Open a box for a citizen with an alias, a civil servant, an office and a company."""
    for box_id, kind, address in (
        ("wang", BoxKind.CITIZEN, WANG),
        ("li", BoxKind.STAFF, LI),
        ("police", BoxKind.OFFICE, POLICE),
        ("acme", BoxKind.COMPANY, COMPANY),
    ):
        await post.store.commit(open_box(box_id, kind, box_id, address, NOON)[1])
    await post.store.commit(Changes(inserts=[BoxAddress(id=WANG_ALIAS, box_id="wang")]))


async def set_box(post: PostOffice, box_id: str, **fields: object) -> None:
    """Change fields of a box."""
    from msgspec.structs import replace

    box = await post.store.get(Box, box_id)
    assert box is not None
    await post.store.commit(Changes(puts=[replace(box, **fields)]))


async def items(post: PostOffice, box_id: str, role: FolderRole = FolderRole.INBOX) -> list[MailItem]:
    """Return what lies in a folder of a box, newest first."""
    return (await post.store.mail_items(role_folder(box_id, role), PageRequest(size=200))).items


async def raw(post: PostOffice, item: MailItem) -> bytes:
    """Return the mail as it is kept."""
    return await raw_of(post.store, item.content_id)


async def told(post: PostOffice) -> list[str]:
    """Return the ids of accounts that a short message about mail waits for."""
    claims = await post.store.claim(
        Queue.OUTBOX, [Lane.NOTICE], post.clock.now() + timedelta(seconds=1), timedelta(minutes=1), 100
    )
    return [claim.work.payload["account_id"] for claim in claims]


async def send_to(wire: Wire, mail: bytes, *recipients: str, sender: str = FRIEND, size: bool = False) -> str:
    """Send a mail to several and return the last reply; refused recipients are left out."""
    declared = f" SIZE={len(mail)}" if size else ""
    await wire.say(f"MAIL FROM:<{sender}>{declared}")
    replies = [await wire.say(f"RCPT TO:<{one}>") for one in recipients]
    if not any(reply.startswith("250") for reply in replies):
        return replies[-1]
    assert (await wire.say("DATA")).startswith("354")
    return await wire.say(stuffed(mail) + b".")


class Zone:
    """A DNS of our own: ``mailbox.authenticity.ports.Names`` over a table; ``away`` and ``slow_s`` make it fail."""

    def __init__(self, records: dict[tuple[str, str], list[str]] | None = None) -> None:
        self.records = records or {}
        self.away = False
        self.slow_s = 0.0
        self.asked: list[str] = []

    def find(self, name: str, kind: str, until: float) -> list[str]:
        self.asked.append(name)
        if self.slow_s:
            time.sleep(min(self.slow_s, max(0.0, until - time.monotonic())))
            raise NoAnswerError
        if self.away:
            raise NoAnswerError
        return self.records.get((name.lower(), kind), [])

    def works(self) -> bool:
        return not self.away


def checks_over(zone: Zone, mode: Mode = Mode.ON, limit_s: float = 5.0) -> Callable[[], SenderChecks]:
    """Return what makes checks that ask this zone."""

    def names() -> Names:
        return zone

    return lambda: SenderChecks(names, mode, limit_s)


@cache
def key() -> tuple[bytes, str]:
    """Return a private key (PEM) and the text record of its public half."""

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def zone_of(domain: str, policy: str = "reject", spf: str = "v=spf1 -all") -> Zone:
    """Return a zone in which the domain signs its mail, and asks to treat other mail by the policy ("" for none)."""
    records = {
        (f"mail._domainkey.{domain}", "TXT"): [key()[1]],
        (domain, "TXT"): [spf] if spf else [],
    }
    if policy:
        records[f"_dmarc.{domain}", "TXT"] = [f"v=DMARC1; p={policy}"]
    return Zone(records)


def signed(mail: bytes, domain: str, **options: object) -> bytes:
    """Return the mail with the domain's signature on top."""
    line: bytes = dkim.sign(mail, b"mail", domain.encode(), key()[0], **options)
    return line + mail
