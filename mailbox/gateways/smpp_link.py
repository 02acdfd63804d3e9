"""One line to an SMSC by SMPP 3.4, kept open in a thread of its own: ``smpplib`` blocks.

The thread binds as transceiver, submits what it is given, reads answers and receipts, asks ``enquire_link`` when the
line is quiet, and binds again after a fall, each time waiting longer.
"""

from __future__ import annotations

import logging
import queue
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from msgspec import Struct
from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as LineError
from smpplib.exceptions import PDUError, UnknownCommandError

log = logging.getLogger(__name__)
# The library writes whole messages, phones among them, and at the bind the password.
WIRE_LOG: Final = "minxin.smpp.wire"
logging.getLogger(WIRE_LOG).setLevel(logging.CRITICAL)

POLL_S: Final = 1.0
# What the library raises for a line that fell, and for bytes that are no SMPP.
LINE_TROUBLES: Final = (
    OSError,
    LineError,
    PDUError,
    UnknownCommandError,
    struct.error,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
)


class SmppProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SMSC. Times are in seconds; ``permanent`` are the ``command_status`` that will never change."""

    host: str
    port: int = 2775
    system_id: str
    system_type: str = ""
    source: str = ""
    source_ton: int = 0
    source_npi: int = 0
    dest_ton: int = 1
    dest_npi: int = 1
    answer_s: float = 10.0
    enquire_s: float = 30.0
    back_off_s: tuple[float, ...] = (1.0, 5.0, 30.0, 60.0)
    # ESME_RINVMSGLEN, RINVDSTADR, RINVDSTTON, RINVDSTNPI, RINVESMCLASS, RINVSRCADR (SMPP 3.4, 5.1.3)
    permanent: tuple[int, ...] = (0x01, 0x0B, 0x50, 0x51, 0x43, 0x0A)


class Submit(Struct, frozen=True):
    """What ``submit_sm`` is given, in parts, and who waits for the status of each."""

    parts: Sequence[dict[str, Any]]
    answers: Sequence[Future[tuple[int, str]]]


class SmppLink:
    """The line. ``received`` is called in the line's thread with every ``deliver_sm``, before it is acknowledged."""

    def __init__(self, profile: SmppProfile, password: str, received: Callable[[Any], None]) -> None:
        self._profile = profile
        self._password = password
        self._received = received
        self._given: queue.SimpleQueue[Submit] = queue.SimpleQueue()
        self._awaited: dict[int, Future[tuple[int, str]]] = {}
        self._near, self._far = socket.socketpair()
        self._far.setblocking(False)
        self._ends = threading.Event()
        self.bound = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smpp", daemon=True)
        self._thread.start()

    def submit(self, parts: Sequence[dict[str, Any]]) -> list[Future[tuple[int, str]]]:
        """Send the parts and return a future of the status and the SMSC's id for each; they fail with the line."""
        answers: list[Future[tuple[int, str]]] = [Future() for _ in parts]
        self._given.put(Submit(parts, answers))
        self._wake()
        return answers

    def close(self) -> None:
        """Unbind and end the thread, within a few seconds."""
        self._ends.set()
        self._wake()
        self._thread.join(self._profile.answer_s + POLL_S)
        self._near.close()
        self._far.close()

    def _wake(self) -> None:
        with suppress(OSError):
            self._far.send(b"\0")

    def _run(self) -> None:
        falls = 0
        while not self._ends.is_set():
            client = self._client()
            try:
                self._bind(client)
                falls = 0
                self.bound.set()
                self._serve(client)
            except LINE_TROUBLES as error:
                log.warning("the SMPP line fell: %s", type(error).__name__, extra={"event": "smpp_line"})
            finally:
                self.bound.clear()
                self._let_go(client)
            waits = self._profile.back_off_s
            self._ends.wait(waits[min(falls, len(waits) - 1)])
            falls += 1

    def _client(self) -> Client:
        profile = self._profile
        client = Client(
            profile.host, profile.port, timeout=profile.answer_s, logger_name=WIRE_LOG, allow_unknown_opt_params=True
        )
        client.set_message_sent_handler(self._answered)
        client.set_error_pdu_handler(self._answered)
        client.set_message_received_handler(self._take)
        return client

    def _bind(self, client: Client) -> None:
        profile = self._profile
        client.connect()
        client.bind_transceiver(system_id=profile.system_id, password=self._password, system_type=profile.system_type)

    def _serve(self, client: Client) -> None:
        """Work until the line falls or is to end; whoever holds the line silently falls silent himself."""
        heard = asked = monotonic()
        line = client._socket  # noqa: SLF001 - the library shows it nowhere else
        with selectors.DefaultSelector() as ready:
            ready.register(line, selectors.EVENT_READ)
            ready.register(self._near, selectors.EVENT_READ)
            while not self._ends.is_set():
                sources = {key.fileobj for key, _ in ready.select(POLL_S)}
                now = monotonic()
                if line in sources:
                    client.read_once(auto_send_enquire_link=False)
                    heard = now
                if self._near in sources:
                    self._near.recv(4096)
                self._submit_given(client)
                asked = self._enquire(client, heard, asked, now)

    def _enquire(self, client: Client, heard: float, asked: float, now: float) -> float:
        """Ask a quiet line whether it lives, and return when it was last asked; one that does not answer is dead."""
        profile = self._profile
        if asked > heard and now - asked > profile.answer_s:
            raise LineError
        if now - max(heard, asked) > profile.enquire_s:
            client.send_pdu(smpp.make_pdu("enquire_link", client=client))
            return now
        return asked

    def _submit_given(self, client: Client) -> None:
        while not self._given.empty():
            given = self._given.get_nowait()
            for part, answer in zip(given.parts, given.answers, strict=True):
                if answer.set_running_or_notify_cancel():
                    sent = client.send_message(**part)
                    self._awaited[sent.sequence] = answer

    def _answered(self, pdu: Any) -> None:
        answer = self._awaited.pop(pdu.sequence, None)
        if answer is not None and not answer.done():
            message_id = getattr(pdu, "message_id", None) or b""
            answer.set_result((int(pdu.status), message_id.decode("ascii", "replace")))

    def _take(self, pdu: Any) -> int:
        self._received(pdu)
        return int(consts.SMPP_ESME_ROK)

    def _let_go(self, client: Client) -> None:
        with suppress(*LINE_TROUBLES):
            if client.state != consts.SMPP_CLIENT_STATE_CLOSED and self._ends.is_set():
                client.unbind()
        with suppress(*LINE_TROUBLES):
            client.disconnect()
        lost = list(self._awaited.values())
        self._awaited.clear()
        while not self._given.empty():
            lost += self._given.get_nowait().answers
        for answer in lost:
            if not answer.done() and (answer.running() or answer.set_running_or_notify_cancel()):
                answer.set_exception(LineError())
