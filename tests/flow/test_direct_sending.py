"""Mail straight to the recipient's server: which one, which never, and how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.mail import NOON
from support.sending import HOST, OUTSIDE, World, open_sending

from minxin.core.clock import FixedClock
from minxin.core.errors import NotYetError
from minxin.mailbox.authenticity.ports import NoAnswerError
from minxin.mailbox.outgoing.carriers import AT_ONCE, DirectCarrier, OneAtATime
from minxin.mailbox.outgoing.ports import Envelope, Handed
from minxin.mailbox.outgoing.records import OutgoingState
from minxin.mailbox.outgoing.smtp_client import Patience, SmtpClient, TlsPolicy


class Names:
    """Names as a zone file has them; "?" is a server that does not answer."""

    def __init__(self, zone: dict[tuple[str, str], list[str]]) -> None:
        self.zone = zone

    def find(self, name: str, kind: str, until: float) -> list[str]:
        found = self.zone.get((name, kind), [])
        if found == ["?"]:
            raise NoAnswerError
        return found

    def works(self) -> bool:
        return True


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().open() as opened:
        yield opened


def mail_to(*recipients: str) -> Envelope:
    return Envelope("w@x.example", recipients, b"Subject: x\r\n\r\ny\r\n", "key")


def direct(world: World, zone: dict[tuple[str, str], list[str]], *, guarded: bool = False) -> DirectCarrier:
    client = SmtpClient("binhai.example", TlsPolicy.OFF, Patience(connect_s=1.0, reply_s=1.0, whole_s=3.0))
    allowed = None if guarded else (lambda address: True)
    return DirectCarrier(client, lambda: Names(zone), world.port, allowed)


@pytest.mark.parametrize(
    ("zone", "handed"),
    [
        ({("outside.example", "MX"): ["10 mx.example"], ("mx.example", "A"): [HOST]}, True),
        ({("outside.example", "A"): [HOST]}, True),
        (
            {
                ("outside.example", "MX"): ["20 mx.example", "10 dead.example"],
                ("dead.example", "A"): ["127.0.0.9"],
                ("mx.example", "A"): [HOST],
            },
            True,
        ),
        ({("outside.example", "MX"): ["0 ."]}, False),
        ({}, False),
    ],
)
async def test_a_domain_says_where_its_mail_goes(
    world: World, zone: dict[tuple[str, str], list[str]], *, handed: bool
) -> None:
    (told,) = (await direct(world, zone).carry(mail_to(OUTSIDE))).values()
    assert (told.taken, told.final, len(world.mails)) == (handed, True, int(handed))
    assert handed or told.status in ("5.1.2", "5.1.10")


async def test_a_resolver_that_is_silent_is_asked_again_later(tmp_path: Path, world: World) -> None:
    carrier = direct(world, {("outside.example", "MX"): ["?"]})
    async with open_sending(tmp_path, carrier) as hall:
        item = await hall.send(OUTSIDE)
        await hall.work()
        record = (await hall.states(item))[OUTSIDE]
    assert (record.state, record.status) == (OutgoingState.WAITING, "4.4.3")


async def test_no_domain_leads_into_a_network_of_one_s_own(world: World) -> None:
    zone = {("outside.example", "MX"): ["10 mx.example"], ("mx.example", "A"): [HOST, "10.0.0.1"]}
    (told,) = (await direct(world, zone, guarded=True).carry(mail_to(OUTSIDE))).values()
    assert (told.final, told.status, world.mails) == (True, "5.1.2", [])


async def test_one_domain_takes_only_so_many_lanes() -> None:
    gate, clock = asyncio.Event(), FixedClock(NOON)

    class Slow:
        async def carry(self, mail: Envelope) -> dict[str, Handed]:
            await gate.wait()
            return dict.fromkeys(mail.recipients, Handed(taken=True, final=True))

    lanes = OneAtATime(Slow(), clock)
    busy = [asyncio.create_task(lanes.carry(mail_to(OUTSIDE))) for one in range(AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(NotYetError) as later:
        await lanes.carry(mail_to("other@Outside.example"))
    other = asyncio.create_task(lanes.carry(mail_to("a@other.example")))
    gate.set()
    taken = [one.taken for said in await asyncio.gather(*busy, other) for one in said.values()]
    assert taken == [True] * (AT_ONCE + 1)
    assert timedelta() < later.value.until - clock.now() <= timedelta(minutes=1)
    assert (await lanes.carry(mail_to(OUTSIDE)))[OUTSIDE].taken


async def test_whom_one_server_puts_off_the_next_one_takes_and_nobody_gets_it_twice(world: World) -> None:
    zone = {("outside.example", "MX"): ["10 mx.example", "20 mx.example"], ("mx.example", "A"): [HOST]}
    world.at_recipient = ["250 ok", "451 4.7.1 later", "550 5.1.1 nobody"]
    said = await direct(world, zone).carry(mail_to(*(f"{one}@outside.example" for one in "abc")))

    assert [one.taken for one in said.values()] == [True, True, False]
    assert [to for _, to, _ in world.mails] == [["a@outside.example"], ["b@outside.example"]]
