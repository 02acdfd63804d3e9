"""Names from a DNS server of our own on loopback: what it knows, what it does not, and when it is silent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from minxin.mailbox.authenticity.ports import NoAnswerError
from minxin.mailbox.gateways.dns_names import DnsNames

KNOWN = {
    ("home.example.", "TXT"): ['"v=spf1 " "-all"', '"other"'],
    ("home.example.", "MX"): ["10 mx.home.example."],
    ("mx.home.example.", "A"): ["192.0.2.1"],
    (".", "NS"): ["a.root.example."],
}


@contextmanager
def server(*, silent: bool = False) -> Iterator[str]:
    """Answer on loopback until the end; yields what ``DnsNames`` is opened with."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind(("127.0.0.1", 0))
        endpoint.settimeout(0.05)
        over = threading.Event()

        def run() -> None:
            while not over.is_set():
                try:
                    data, client = endpoint.recvfrom(4096)
                except TimeoutError:
                    continue
                if not silent:
                    endpoint.sendto(_answer(data), client)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"127.0.0.1:{endpoint.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def _answer(data: bytes) -> bytes:
    query = dns.message.from_wire(data)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    (question,) = query.question
    asked, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
    records = KNOWN.get((asked, kind))
    if records:
        response.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *records))
    elif asked == "broken.example.":
        response.set_rcode(dns.rcode.SERVFAIL)
    elif not any(name == asked for name, _ in KNOWN):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()


def soon() -> float:
    return time.monotonic() + 5.0


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("home.example", "TXT", ["v=spf1 -all", "other"]),
        ("HOME.example.", "MX", ["10 mx.home.example"]),
        ("mx.home.example", "A", ["192.0.2.1"]),
        ("mx.home.example", "AAAA", []),
        ("nobody.example", "TXT", []),
        (f"{'x' * 64}.example", "TXT", []),
        ("a..example", "TXT", []),
        ("市.example", "TXT", []),
    ],
)
def test_names_are_found_or_are_not_there(name: str, kind: str, found: list[str]) -> None:
    with server() as address:
        names = DnsNames(address)
        assert sorted(one.lower() for one in names.find(name, kind, soon())) == sorted(found)
        assert names.works()


def test_a_broken_zone_is_no_answer() -> None:
    with server() as address, pytest.raises(NoAnswerError):
        DnsNames(address).find("broken.example", "TXT", soon())


def test_a_silent_server_is_waited_for_only_so_long() -> None:
    with server(silent=True) as address:
        begun = time.monotonic()
        with pytest.raises(NoAnswerError):
            DnsNames(address).find("home.example", "TXT", begun + 0.2)
        with pytest.raises(NoAnswerError):
            DnsNames(address).find("home.example", "TXT", begun)
        assert time.monotonic() - begun < 3.0
