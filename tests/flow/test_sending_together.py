"""Recipients of one domain share a connection, and each has his own answer; and relays that ask who we are."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from support.certificates import certificates
from support.reports import POSTFIX
from support.sending import ADMINISTRATOR, HOST, WANG, SendingHall, World, open_sending, relay_to

from minxin.mailbox.mail.delivery import fields_of, item_id, pack
from minxin.mailbox.mail.receiving import Arrived, receive_mail
from minxin.mailbox.mail.records import Box
from minxin.mailbox.mime.head import look
from minxin.mailbox.outgoing.hearing import Hearing
from minxin.mailbox.outgoing.ports import Envelope
from minxin.mailbox.outgoing.records import OutgoingState
from minxin.mailbox.outgoing.smtp_client import Login, Patience, Place, SmtpClient, TlsPolicy
from minxin.mailbox.safe_pool import SafePool

FRIENDS = tuple(f"{one}@outside.example" for one in "abc")
ELSEWHERE = "x@elsewhere.example"
LATER = timedelta(minutes=2)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().open() as opened:
        yield opened


@pytest.fixture
async def hall(tmp_path: Path, world: World) -> AsyncIterator[SendingHall]:
    async with open_sending(tmp_path, relay_to(world)) as opened:
        yield opened


def recipients(world: World) -> list[list[str]]:
    """Return to whom each mail went that the world took, in the order of the domains."""
    return sorted((sorted(to) for _, to, _ in world.mails), key=lambda to: to[0].rpartition("@")[2])


async def test_a_mail_goes_once_to_each_domain_whatever_the_order_of_its_recipients(
    hall: SendingHall, world: World
) -> None:
    item = await hall.send(FRIENDS[0], ELSEWHERE, FRIENDS[1].replace("outside", "Outside"), FRIENDS[2])
    turns = await hall.work()

    assert recipients(world) == [[ELSEWHERE], [*FRIENDS]]
    assert (turns, {one.state for one in (await hall.states(item)).values()}) == (2, {OutgoingState.SENT})


async def test_each_recipient_has_his_own_answer_and_only_who_was_put_off_is_tried_again(
    hall: SendingHall, world: World
) -> None:
    world.at_recipient = ["250 ok", "451 4.7.1 later", "550 5.1.1 nobody"]
    item = await hall.send(*FRIENDS)
    await hall.work()
    first = await hall.states(item)
    await hall.later(LATER)

    assert [first[one].state for one in FRIENDS] == [OutgoingState.SENT, OutgoingState.WAITING, OutgoingState.FAILED]
    assert recipients(world) == [[FRIENDS[0]], [FRIENDS[1]]]
    (report,) = await hall.items()
    assert FRIENDS[2] in (await hall.boxes.open(WANG, report.id)).text.text


async def test_a_refused_message_fails_for_all_and_is_told_in_one_report(hall: SendingHall, world: World) -> None:
    world.at_data = ["554 5.7.1 spam"]
    item = await hall.send(*FRIENDS)
    await hall.work()
    (report,) = await hall.items()
    text = (await hall.boxes.open(WANG, report.id)).text.text

    assert {one.status for one in (await hall.states(item)).values()} == {"5.7.1"}
    assert all(one in text for one in FRIENDS)


async def test_a_server_that_takes_few_recipients_at_once_gets_several_mails_in_the_same_turn(
    hall: SendingHall, world: World
) -> None:
    crowded = "452 4.5.3 too many recipients"
    world.at_recipient = ["250 ok", crowded, crowded, "250 ok", crowded, "250 ok"]
    item = await hall.send(*FRIENDS)
    turns = await hall.work()

    assert (turns, recipients(world)) == (1, [[one] for one in FRIENDS])
    assert {one.attempts for one in (await hall.states(item)).values()} == {1}


async def test_one_recipient_can_be_tried_at_once_without_the_others(hall: SendingHall, world: World) -> None:
    world.at_recipient = ["451 later"] * 3
    item = await hall.send(*FRIENDS)
    await hall.work()
    record = (await hall.states(item))[FRIENDS[0]]
    await hall.queue.try_again(ADMINISTRATOR, record.id, HOST)
    at_once = await hall.work()
    await hall.later(LATER)
    await hall.later(timedelta(hours=1))

    assert (at_once, recipients(world)) == (1, [[FRIENDS[0]], [FRIENDS[1], FRIENDS[2]]])


async def test_what_an_administrator_wants_while_the_mail_is_under_way_sends_nothing_twice(
    hall: SendingHall, world: World
) -> None:
    world.hang.clear()
    item = await hall.send(*FRIENDS)
    turn = asyncio.create_task(hall.work())
    record = (await hall.states(item))[FRIENDS[0]]
    await hall.queue.try_again(ADMINISTRATOR, record.id, HOST)
    world.hang.set()
    await turn
    await hall.later(LATER)

    assert {one.state for one in (await hall.states(item)).values()} == {OutgoingState.SENT}
    assert sum(FRIENDS[1] in to for to in recipients(world)) == 1


class Reporting:
    """A server that can send reports (RFC 3461), and keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ended: asyncio.Queue[None] = asyncio.Queue()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = {"EHLO": b"250-here\r\n250 DSN\r\n", "DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}
        writer.write(b"220 here\r\n")
        body = False
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            body = body and line != "."
            if not body:
                self.lines.append(line)
                writer.write(answers.get(line[:4], b"250 2.0.0 ok\r\n"))
                body = line == "DATA"
        writer.close()
        await writer.wait_closed()
        self.ended.put_nowait(None)


async def test_reports_are_asked_for_under_the_address_that_was_written_to() -> None:
    reporting = Reporting()
    server = await asyncio.start_server(reporting.talk, HOST, 0)
    async with server:
        place = Place(HOST, server.sockets[0].getsockname()[1])
        client = SmtpClient("binhai.example", TlsPolicy.OFF, Patience(whole_s=5.0))
        for sender in ("w@binhai.example", ""):
            mail = Envelope(sender, ("a+b=c@outside.example",), b"Subject: x\r\n.\r\ny\r\n", "k")
            assert (await client.hand_over(place, mail))["a+b=c@outside.example"].taken
            await reporting.ended.get()
    asked = [line for line in reporting.lines if line.startswith(("MAIL", "RCPT"))]
    assert asked == [
        "MAIL FROM:<w@binhai.example> RET=HDRS ENVID=k",
        "RCPT TO:<a+b=c@outside.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@outside.example",
        "MAIL FROM:<> RET=HDRS ENVID=k",
        "RCPT TO:<a+b=c@outside.example> NOTIFY=NEVER",
    ]


async def test_a_report_about_one_of_several_is_noted_at_him_alone(hall: SendingHall) -> None:
    item = await hall.send("friend@outside.example", *FRIENDS)
    await hall.work()
    first = min((await hall.states(item)).values(), key=lambda one: one.recipient)
    raw = POSTFIX.replace(b"abc123", first.id.encode())
    box = await hall.store.get(Box, "wang")
    assert box is not None
    made = item_id("wang", "report")
    arrived = Arrived(
        item_id=made, packed=pack(raw), fields=fields_of(look(raw)), thread_id=made, most=10**9, sender="", report=True
    )
    await hall.store.commit(receive_mail(box, None, arrived, hall.clock.now()))
    pool = SafePool()
    try:
        await hall.store.commit(await Hearing(hall.store, pool, hall.clock).report_task(made))
    finally:
        await pool.close()
    states = {address: one.state for address, one in (await hall.states(item)).items()}
    assert states.pop("friend@outside.example") is OutgoingState.FAILED
    assert set(states.values()) == {OutgoingState.SENT}


def asking(password: bytes, **options: Any) -> dict[str, Any]:
    """Return the options of a server that asks who we are."""

    def known(server: SMTP, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (b"city", password), handled=False)

    return {"auth_required": True, "authenticator": known, **options}


@pytest.mark.parametrize(("password", "arrives"), [("right", True), ("wrong", False)])
async def test_a_relay_that_asks_is_told_who_we_are_inside_tls(tmp_path: Path, password: str, *, arrives: bool) -> None:
    server, client = certificates(tmp_path)
    async with World().open(server, **asking(b"right")) as world:
        carrier = relay_to(world, TlsPolicy.REQUIRED, trusted=client, name="localhost", login=Login("city", password))
        async with open_sending(tmp_path / "store", carrier) as hall:
            item = await hall.send(*FRIENDS)
            await hall.work()
            record = (await hall.states(item))[FRIENDS[0]]

    assert (record.state is OutgoingState.SENT, world.encrypted) == (arrives, [True] if arrives else [])
    assert arrives or (record.state, record.status) == (OutgoingState.WAITING, "4.7.8")
    assert password not in record.reply


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_relay_may_speak_tls_from_the_first_byte(tmp_path: Path, *, trusted: bool) -> None:
    server, client = certificates(tmp_path)
    world, loop = World(), asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(world, loop=loop, hostname="relay"), HOST, 0, ssl=server)
    world.port = listening.sockets[0].getsockname()[1]
    known = client if trusted else ssl.create_default_context()
    async with open_sending(
        tmp_path / "store", relay_to(world, TlsPolicy.IMPLICIT, trusted=known, name="localhost")
    ) as hall:
        item = await hall.send(*FRIENDS)
        await hall.work()
        states = {(one.state, one.status) for one in (await hall.states(item)).values()}
    listening.close()

    assert states == ({(OutgoingState.SENT, "2.0.0")} if trusted else {(OutgoingState.WAITING, "4.7.5")})


async def test_a_relay_that_does_not_ask_gets_no_password(tmp_path: Path, world: World) -> None:
    async with open_sending(tmp_path, relay_to(world, login=Login("city", "right"))) as hall:
        item = await hall.send(FRIENDS[0])
        await hall.work()
        assert (await hall.states(item))[FRIENDS[0]].status == "4.7.8"
    assert world.mails == [] and "right" not in repr(Login("city", "right"))
