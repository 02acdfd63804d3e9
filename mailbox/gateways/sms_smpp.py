"""The SMS gateway over SMPP 3.4: UCS2 in segments, delivery receipts, one line for all."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from smpplib import consts, gsm
from smpplib.exceptions import ConnectionError as LineError

from minxin.core.errors import UnavailableError
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.gateways.smpp_link import SmppLink, SmppProfile
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.ports import DeliveryReport

COUNTRY: Final = "86"
RECEIPTS_MOST: Final = 100_000
_RECEIPT: Final = re.compile(rb"id:(\S+).*?stat:([A-Z]+)(?:.*?err:(\w+))?", re.DOTALL)
# SMPP 3.4, 5.2.28; what is not final tells nothing yet.
_STATES: Final = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}
_FINAL: Final = frozenset(_STATES.values())


class SmppSms:
    """Sends by ``submit_sm`` (``texting.ports.SmsGateway``).

    A text longer than one message goes in segments with a user data header; it is sent when all of them are, and the
    receipt of the last one stands for it. What has no answer within ``answer_s`` is tried again: SMPP knows no keys, so
    that it may come twice.
    """

    def __init__(self, profile: SmppProfile, password: str) -> None:
        self._profile = profile
        self._receipts: deque[DeliveryReport] = deque(maxlen=RECEIPTS_MOST)
        self._link = SmppLink(profile, password, self._received)
        self.bound = self._link.bound

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        """Submit the message; raises as the port says."""
        if not self._link.bound.is_set():
            raise UnavailableError("sms.gateway")
        answers = [asyncio.wrap_future(one) for one in self._link.submit(self._parts(phone, message.text))]
        try:
            async with asyncio.timeout(self._profile.answer_s):
                statuses = await asyncio.gather(*answers)
        except (LineError, TimeoutError) as error:
            raise UnavailableError("sms.gateway") from error
        for status, _ in statuses:
            if status in self._profile.permanent:
                raise SmsRefusedError(f"0x{status:02X}")
            if status != consts.SMPP_ESME_ROK:
                raise UnavailableError("sms.gateway")
        return statuses[-1][1]

    async def reports(self) -> Sequence[DeliveryReport]:
        """Return the receipts that came since the last call."""
        found = []
        while self._receipts:
            found.append(self._receipts.popleft())
        return found

    async def close(self) -> None:
        """Unbind and end the line."""
        await asyncio.to_thread(self._link.close)

    def _parts(self, phone: str, text: str) -> list[dict[str, Any]]:
        profile = self._profile
        parts, coding, esm_class = gsm.make_parts(text, consts.SMPP_ENCODING_ISO10646)
        common = {
            "source_addr": profile.source,
            "source_addr_ton": profile.source_ton,
            "source_addr_npi": profile.source_npi,
            "destination_addr": international(phone),
            "dest_addr_ton": profile.dest_ton,
            "dest_addr_npi": profile.dest_npi,
            "data_coding": coding,
            "esm_class": esm_class,
        }
        last = len(parts) - 1
        return [
            common | {"short_message": part, "registered_delivery": number == last} for number, part in enumerate(parts)
        ]

    def _received(self, pdu: Any) -> None:
        report = report_of(pdu)
        if report is not None:
            self._receipts.append(report)


def international(phone: str) -> str:
    """Return a Chinese mobile number with its country code, as an SMSC wants it."""
    return phone if phone.startswith(COUNTRY) and len(phone) > 11 else COUNTRY + phone


def report_of(pdu: Any) -> DeliveryReport | None:
    """Return what a ``deliver_sm`` says became of a message, None when it is no receipt or not final.

    By its optional fields, else by the text that SMSCs write (SMPP 3.4, appendix B).
    """
    state = _STATES.get(getattr(pdu, "message_state", None) or 0, "")
    reference = _text(getattr(pdu, "receipted_message_id", None))
    found = _RECEIPT.search(getattr(pdu, "short_message", None) or b"")
    if found:
        reference = reference or _text(found[1])
        state = state or _text(found[2])
    if not reference or state not in _FINAL:
        return None
    delivered = state == "DELIVRD"
    error = _text(found[3]) if found and found[3] else ""
    return DeliveryReport(reference, delivered, "" if delivered else f"{state} {error}".strip())


def _text(value: bytes | str | None) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return (value or "").strip("\0")
