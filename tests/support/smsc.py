"""A small SMSC on the loopback address: binds, takes messages, sends receipts, and hangs up when told to."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
RESPONSE = 0x80000000
BAD_PASSWORD, BAD_NUMBER, THROTTLED = 0x0E, 0x0B, 0x58


@dataclass
class Submitted:
    """A ``submit_sm`` as it came."""

    phone: str
    esm_class: int
    data_coding: int
    registered: int
    content: bytes


@dataclass
class Smsc:
    """What it got, and how it behaves."""

    password: str
    submitted: list[Submitted] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    binds: int = 0
    enquiries: int = 0
    mute: bool = False
    port: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _sequence: int = 0

    def receipt(self, message_id: str, state: str) -> None:
        """Send a delivery receipt to whoever is bound."""
        text = f"id:{message_id} sub:001 dlvrd:001 submit date:2603020900 done date:2603020901 stat:{state} err:004"
        words = text.encode()
        body = (
            b"\0" + b"\x01\x01861\0" + b"\0\0src\0" + b"\x04\0\0" + b"\0\0" + b"\0\0\0\0" + bytes([len(words)]) + words
        )
        self._sequence += 1
        self._writers[-1].write(_pdu(DELIVER, 0, self._sequence, body))

    def hang_up(self) -> None:
        """Drop every line."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one line."""
        self._writers.append(writer)
        try:
            while True:
                length, command, _, sequence = struct.unpack(">LLLL", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                if not self.mute:
                    self._answer(writer, command, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        status, content = 0, b""
        if command == BIND:
            self.binds += 1
            status = 0 if body.split(b"\0")[1].decode() == self.password else BAD_PASSWORD
            content = b"smsc\0"
        elif command == SUBMIT:
            one = _submitted(body)
            status = self.statuses.get(one.phone, 0)
            if not status:
                self.submitted.append(one)
                content = f"m{len(self.submitted)}\0".encode()
        elif command == ENQUIRE:
            self.enquiries += 1
        if not command & RESPONSE:
            writer.write(_pdu(command | RESPONSE, status, sequence, content))


def _pdu(command: int, status: int, sequence: int, body: bytes) -> bytes:
    return struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body


def _submitted(body: bytes) -> Submitted:
    """Read the mandatory fields (SMPP 3.4, 4.4.1)."""

    def text(at: int) -> tuple[str, int]:
        end = body.index(b"\0", at)
        return body[at:end].decode(), end + 1

    _, at = text(0)
    _, at = text(at + 2)
    phone, at = text(at + 2)
    esm_class = body[at]
    _, at = text(at + 3)
    _, at = text(at)
    registered, _, data_coding, _, length = body[at : at + 5]
    return Submitted(phone, esm_class, data_coding, registered, body[at + 5 : at + 5 + length])


@asynccontextmanager
async def open_smsc(password: str = "line4") -> AsyncIterator[Smsc]:  # noqa: S107 - of the fake
    """Open the SMSC on a free port."""
    smsc = Smsc(password)
    server = await asyncio.start_server(smsc.talk, "127.0.0.1", 0)
    smsc.port = server.sockets[0].getsockname()[1]
    try:
        yield smsc
    finally:
        server.close()
        smsc.hang_up()
