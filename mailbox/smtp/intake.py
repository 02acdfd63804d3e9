"""What kind of mail this is (来件甄别): decided from the envelope and a bounded look at the header, in linear time.

The look happens on the event loop, so it reads at most 64 KiB, cuts every field short, and leaves all real parsing to
the job that follows the acceptance.
"""

from __future__ import annotations

import hashlib
import re
from email.message import Message
from email.policy import compat32
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.mailbox.authenticity.records import NONE, PASS, Authenticity
from minxin.mailbox.mail.arrivals import AddressedBox
from minxin.mailbox.mime.address import parse_addresses
from minxin.mailbox.mime.envelope import Fields, read_marks
from minxin.mailbox.mime.head import FIELD_MAX, LINES_MAX, header_block, header_fields
from minxin.mailbox.mime.headers import field_text

HOPS_MAX: Final = 50
SUBJECT_MAX: Final = 200
ID_MARK: Final = ".minxin"

_ADDRESS = re.compile(r'[^\s<>()\[\],;:\\"@\x00-\x20\x7f]{1,64}@[^\s<>()\[\],;:\\"@\x00-\x20\x7f]{1,253}')
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_PASSED = re.compile(r";\s*dmarc\s*=\s*pass\b", re.IGNORECASE)
_LOOKED_AT: Final = frozenset(
    {
        "authentication-results",
        "auto-submitted",
        "content-type",
        "date",
        "from",
        "mailing-list",
        "message-id",
        "precedence",
        "return-path",
        "subject",
        "x-auto-response-suppress",
        "x-loop",
    }
)
_TRACES: Final = frozenset(
    {"authentication-results", "delivered-to", "dkim-signature", "received", "received-spf", "return-path"}
)
_PROGRAMS: Final = frozenset(
    {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "bounce", "bounces"}
)


class Recipient(StrEnum):
    """Whose box an address names."""

    MAYOR = "mayor"
    POSTMASTER = "postmaster"  # RFC 5321, 4.5.1
    BOX = "box"  # of our domains: whose box it is, if anybody's, the store knows
    UNKNOWN = "unknown"
    FOREIGN = "foreign"


class Reason(StrEnum):
    """Why mail is no letter at once; also the catalogue key of the sentence that clerks read."""

    UNKNOWN_SENDER = "mail.held.unknown_sender"
    SENDERS_DIFFER = "mail.held.senders_differ"
    NOT_PROVEN = "mail.held.not_proven"
    AUTOMATIC = "mail.held.automatic"
    POSTMASTER = "mail.held.postmaster"
    HEADER = "mail.held.header"


class OwnPost(Struct, frozen=True, kw_only=True):
    """The city's own place in the post.

    ``relay`` is the name under which the city's own relay writes ``Authentication-Results`` (RFC 8601); when it is set,
    a sender counts as proven only with its ``dmarc=pass``, and nothing is checked here. ``domains`` are those of boxes.
    """

    mayor: str
    domains: frozenset[str] = frozenset()
    city: str = "滨海市"
    city_en: str = "Binhai"
    site: str = ""
    relay: str = ""

    @property
    def domain(self) -> str:
        """The domain of the mayor's address."""
        return self.mayor.rpartition("@")[2].lower()

    def recipient(self, address: str) -> Recipient:
        """Say whose box the address is; a quoted local part is the same as the plain one."""
        plain = self.plain(address)
        local, at, domain = plain.rpartition("@")
        if not at:
            return Recipient.POSTMASTER if domain == "postmaster" else Recipient.UNKNOWN
        if domain not in self.domains and domain != self.domain:
            return Recipient.FOREIGN
        if local == "postmaster":
            return Recipient.POSTMASTER
        if plain == self.mayor.lower():
            return Recipient.MAYOR
        return Recipient.BOX if domain in self.domains else Recipient.UNKNOWN

    def plain(self, address: str) -> str:
        """Return the address as boxes know it: lower-case, its local part not quoted, its domain without a last dot."""
        local, at, domain = address.lower().rpartition("@")
        if len(local) > 2 and local.startswith('"') and local.endswith('"'):
            local = local[1:-1]
        return f"{local}{at}{domain.removesuffix('.')}"

    def is_own(self, address: str) -> bool:
        """Say whether the address is one of ours: our own mail that came back is nobody's letter."""
        return self.recipient(address) in (Recipient.MAYOR, Recipient.POSTMASTER)

    def is_ours(self, address: str) -> bool:
        """Say whether the address is of a domain that only people of the house write from."""
        return self.plain(address).rpartition("@")[2] in {*self.domains, self.domain}

    def message_id(self, name: str) -> str:
        """Return a Message-ID of ours, which is recognised when it comes back."""
        return f"<{name}{ID_MARK}@{self.domain}>"

    def is_own_message_id(self, message_id: str) -> bool:
        """Say whether mail with this Message-ID was written here."""
        return message_id.lower().endswith(f"{ID_MARK}@{self.domain}>")


class Head(Struct, frozen=True, kw_only=True):
    """What the look at the header found. ``whole`` is False when it did not fit into what is looked at.

    ``id_field`` is the Message-ID field as it came, ``identity`` a digest of all fields that no relay touches.
    """

    whole: bool
    senders: tuple[str, ...]
    hops: int
    automatic: bool
    message_id: str
    id_field: bytes
    subject: str
    proofs: str
    identity: bytes
    body_at: int


class Envelope(Struct, frozen=True, kw_only=True):
    """What the SMTP session said: the sender, empty for ``<>``, who is to get the mail, and how the client came.

    ``tls`` says that the way was sealed, ``helo`` what the client called itself.
    """

    sender: str
    to_mayor: bool = False
    to_postmaster: bool = False
    boxes: tuple[AddressedBox, ...] = ()
    helo: str = ""
    tls: bool = False


class Verdict(Struct, frozen=True):
    """A letter if the sender is a citizen of ours (no ``reason``), or kept for the reason, answered or not."""

    reason: Reason | None
    answer: bool


def scan(raw: bytes) -> Head:
    """Look at the header of a mail; any bytes will do."""
    block, body_at, whole = header_block(raw)
    message: Message[str, str] = Message(policy=compat32)
    hops, lists, lines = 0, False, 0
    id_field = b""
    identity = hashlib.sha256()
    for name, value, count in header_fields(block):
        lines += count
        if lines > LINES_MAX:
            whole = False
            break
        hops += name == "received"
        lists = lists or name.startswith("list-")
        if name not in _TRACES and not name.startswith(("x-", "arc-")):
            identity.update(name.encode("utf-8", "replace") + b":" + value.strip() + b"\n")
        if name not in _LOOKED_AT:
            continue
        if name == "message-id" and not id_field:
            id_field = value.strip()
        if name == "from" and len(value) > FIELD_MAX:
            whole = False
        message.set_raw(name, value[:FIELD_MAX].decode("ascii", "surrogateescape"))
    fields = Fields(message)
    return Head(
        whole=whole,
        senders=tuple(one.address.lower() for field in fields.all("from")[:5] for one in parse_addresses(field)),
        hops=hops,
        automatic=read_marks(fields).automatic or lists,
        message_id=_plain_id(fields.first("message-id")),
        id_field=id_field,
        subject=field_text(fields.first("subject"))[:SUBJECT_MAX],
        proofs=fields.first("authentication-results"),
        identity=identity.digest(),
        body_at=body_at,
    )


def judge(head: Head, envelope: Envelope, post: OwnPost, found: Authenticity) -> Verdict:
    """Say what becomes of mail to the mayor or postmaster, as far as the mail and the checks of its sender tell.

    RFC 3834 section 2 on what may be answered: never a program, never ourselves, never nobody.
    """
    if _from_a_program(head, envelope, post):
        return Verdict(Reason.AUTOMATIC, answer=False)
    if not head.whole:
        return Verdict(Reason.HEADER, answer=False)
    if not envelope.to_mayor:
        return Verdict(Reason.POSTMASTER, answer=False)
    if head.senders != (envelope.sender.lower(),):
        return Verdict(Reason.SENDERS_DIFFER, answer=not found.forged)
    if found.checked and not found.aligned:
        return Verdict(Reason.NOT_PROVEN, answer=not found.forged)
    return Verdict(None, answer=True)


def relayed(head: Head, post: OwnPost) -> Authenticity:
    """Return what our own relay found, who checks instead of us: the topmost ``Authentication-Results`` counts."""
    proven = _proven(head.proofs, post.relay)
    domain = head.senders[0].rpartition("@")[2] if len(head.senders) == 1 else ""
    return Authenticity(checked=True, from_domain=domain, dmarc=PASS if proven else NONE, aligned=proven)


def is_address(text: str) -> bool:
    """Say whether the text is a plain address that may stand in an envelope and a header of ours."""
    return _ADDRESS.fullmatch(text) is not None and text.isprintable()


def key_of(raw: bytes, head: Head, sender: str) -> str:
    """Return the key by which a resend is recognised: sender, Message-ID and body.

    What relays add or change on the way (Received and its like) does not count. Without a Message-ID, all the rest of
    the header stands for it. The same Message-ID over another body is another mail.
    """
    name = b"id\0" + head.id_field if head.id_field else b"no id\0" + head.identity
    digest = hashlib.sha256(sender.lower().encode("utf-8", "surrogateescape") + b"\0" + name + b"\0")
    digest.update(memoryview(raw)[head.body_at :])
    return digest.hexdigest()


def _plain_id(value: str) -> str:
    found = _MESSAGE_ID.search(value)
    return found[0] if found else ""


def _from_a_program(head: Head, envelope: Envelope, post: OwnPost) -> bool:
    if head.automatic or post.is_own_message_id(head.message_id) or not is_address(envelope.sender):
        return True
    addresses = (envelope.sender.lower(), *head.senders)
    return any(address.partition("@")[0] in _PROGRAMS or post.is_own(address) for address in addresses)


def _proven(proofs: str, relay: str) -> bool:
    """Say whether the topmost ``Authentication-Results`` is our relay's, and says that the sender is who he says."""
    return proofs.strip().lower().startswith(f"{relay.lower()};") and _PASSED.search(proofs) is not None
