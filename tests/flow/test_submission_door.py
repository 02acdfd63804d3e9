"""Mail programs at the door for sending: who is let in, in whose name mail goes, and what is done to it on the way."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeVar

import pytest
from support.certificates import certificates
from support.sending import HOST, LI, OUTSIDE, WANG, SendingHall, World, open_sending, relay_to

from minxin.core.changes import Changes
from minxin.mailbox.apppasswords import make
from minxin.mailbox.mail.records import FolderRole
from minxin.mailbox.outgoing.rules import Allowance, SendingRules
from minxin.mailbox.records import Account, Scope
from minxin.mailbox.smtp.limits import SmtpLimits

T = TypeVar("T")
ADDRESS = "wang@citizen.binhai.example"
LI_ADDRESS = "li@citizen.binhai.example"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().open() as opened:
        yield opened


@pytest.fixture
async def hall(tmp_path: Path, world: World) -> AsyncIterator[SendingHall]:
    async with open_sending(tmp_path, relay_to(world)) as opened:
        yield opened


def mail(sender: str = ADDRESS, to: str = LI_ADDRESS, **fields: str) -> EmailMessage:
    message = EmailMessage()
    given = {"From": f"王小明 <{sender}>", "To": to, "Subject": "你好", "Message_ID": "<one@program.example>"} | fields
    for name, value in given.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content("正文\n.\n..点\n")
    return message


async def with_client(hall: SendingHall, work: Callable[[smtplib.SMTP], T], *, name: str = "wang") -> T:
    """Do something with a client of the standard library that is logged in, in a thread."""

    def run() -> T:
        with smtplib.SMTP(HOST, hall.door.port, "laptop", timeout=20) as client:
            client.login(name, hall.secrets[name])
            return work(client)

    return await asyncio.to_thread(run)


async def refusal(hall: SendingHall, message: EmailMessage | bytes, sender: str = ADDRESS, to: str = LI_ADDRESS) -> int:
    """Return the code with which a mail is refused, 250 when it is not."""
    raw = message if isinstance(message, bytes) else message.as_bytes()

    def work(client: smtplib.SMTP) -> int:
        client.ehlo()
        for code, _ in (client.mail(sender), client.rcpt(to)):
            if code != 250:
                return code
        return client.data(raw)[0]

    return await with_client(hall, work)


async def test_a_mail_program_sends_inside_and_outside_and_keeps_its_own_copy(hall: SendingHall, world: World) -> None:
    await with_client(hall, lambda client: client.send_message(mail(to=f"{LI_ADDRESS}, {OUTSIDE}")))
    await hall.work()
    (received,) = await hall.items("li")
    ((sender, recipients, raw),) = world.mails

    assert (received.subject, received.sender.name, received.seen) == ("你好", "王小明", False)
    assert (sender, recipients) == (ADDRESS, [OUTSIDE])
    assert message_from_bytes(raw, policy=default).get_content().splitlines() == ["正文", ".", "..点"]
    assert await hall.items(role=FolderRole.SENT) == []


async def test_nobody_on_the_way_learns_where_the_writer_is_and_hidden_recipients_stay_hidden(
    hall: SendingHall, world: World
) -> None:
    message = mail(to=OUTSIDE, Bcc=LI_ADDRESS, Date="", Return_Path="<x@y.example>")
    await with_client(hall, lambda client: client.sendmail(ADDRESS, [OUTSIDE, LI_ADDRESS], message.as_bytes()))
    await hall.work()
    ((_, _, raw),) = world.mails
    out = message_from_bytes(raw, policy=default)

    assert HOST.encode() not in raw and b"laptop" not in raw
    assert (out["Bcc"], out["Return-Path"], out["Message-ID"]) == (None, None, "<one@program.example>")
    assert out["Date"] and " with ESMTPA id " in out["Received"]
    assert len(await hall.items("li")) == 1


async def test_a_mail_without_an_id_gets_one_and_a_resend_is_sent_once(hall: SendingHall, world: World) -> None:
    for _ in range(2):
        await with_client(hall, lambda client: client.send_message(mail(to=OUTSIDE)))
    await with_client(hall, lambda client: client.send_message(mail(to=OUTSIDE, Message_ID="")))
    await hall.work()
    ids = [str(message_from_bytes(raw, policy=default)["Message-ID"]) for _, _, raw in world.mails]

    assert len(ids) == 2 and ids.count("<one@program.example>") == 1
    assert all(one.endswith("@citizen.binhai.example>") for one in ids if "program" not in one)


@pytest.mark.parametrize(
    ("sender", "author", "code"),
    [
        (ADDRESS, ADDRESS, 250),
        (LI_ADDRESS, LI_ADDRESS, 553),
        (ADDRESS, LI_ADDRESS, 553),
        (ADDRESS, "mayor@binhai.example", 553),
        ("cgj@gov.binhai.example", ADDRESS, 553),
        ("", ADDRESS, 553),
    ],
)
async def test_mail_goes_in_the_own_name_alone(hall: SendingHall, sender: str, author: str, code: int) -> None:
    assert await refusal(hall, mail(author), sender) == code
    assert len(await hall.items("li")) == (code == 250)


@pytest.mark.parametrize(
    "head",
    [
        b"From: wang@citizen.binhai.example\r\nFrom: mayor@binhai.example",
        b"From: wang@citizen.binhai.example, mayor@binhai.example",
        b"From: wang@citizen.binhai.example\r\nSender: mayor@binhai.example",
        b"Subject: nobody",
        b"From: wang@citizen.binhai.example\r\nno field at all\r\nFrom: mayor@binhai.example",
        b"From: wang@citizen.binhai.example\nFrom: mayor@binhai.example",
        b"From: wang@citizen.binhai.example\rFrom: mayor@binhai.example",
        b"From: wang@citizen.binhai.example\r\nMessage-ID: <a@b>\r\nMessage-ID: <c@d>",
        b"From: wang@citizen.binhai.example\r\nX: " + b"a" * 70_000,
    ],
)
async def test_a_header_that_two_readers_take_for_two_is_refused(hall: SendingHall, head: bytes) -> None:
    assert await refusal(hall, head + b"\r\n\r\nbody\r\n") in (553, 554)
    assert await hall.items("li") == []


async def test_a_recipient_of_the_house_who_is_nobody_is_refused_at_once(hall: SendingHall) -> None:
    assert await refusal(hall, mail(), to="nobody@citizen.binhai.example") == 550
    assert await refusal(hall, mail(), to="x@[127.0.0.1]") == 553


async def test_nothing_is_taken_without_a_password(hall: SendingHall) -> None:
    def work() -> list[int]:
        with smtplib.SMTP(HOST, hall.door.port, "laptop", timeout=20) as client:
            client.ehlo()
            return [client.mail(ADDRESS)[0], client.rcpt(OUTSIDE)[0], client.docmd("DATA")[0]]

    assert [code // 100 for code in await asyncio.to_thread(work)] == [5, 5, 5]


async def test_only_a_living_application_password_for_sending_opens_the_door(hall: SendingHall) -> None:
    account = await hall.store.get(Account, "wang")
    assert account is not None
    reader = make(account, "reader", [Scope.IMAP], hall.clock.now())
    await hall.store.commit(Changes(inserts=[reader.record]))

    def work(password: str) -> int:
        with smtplib.SMTP(HOST, hall.door.port, "laptop", timeout=20) as client:
            client.ehlo()
            try:
                return client.login("wang", password)[0]
            except smtplib.SMTPAuthenticationError as error:
                return error.smtp_code

    codes = [await asyncio.to_thread(work, one) for one in (hall.secrets["wang"], reader.password, "guess")]
    assert codes == [235, 535, 535]


async def test_guesses_are_slowed_down(hall: SendingHall) -> None:
    def work() -> list[bytes]:
        answers = []
        for _ in range(5):
            with smtplib.SMTP(HOST, hall.door.port, "laptop", timeout=20) as client:
                client.ehlo()
                for guess in range(3):
                    blob = base64.b64encode(f"\0wang\0guess{guess}".encode()).decode()
                    answers.append(b"%d" % client.docmd("AUTH", f"PLAIN {blob}")[0])
                    if answers[-1] == b"421":
                        break
        return answers

    answers = await asyncio.to_thread(work)
    assert answers[:3] == [b"535", b"535", b"421"]
    assert answers[-1] == b"421" and answers.count(b"535") < 10
    with pytest.raises(smtplib.SMTPException):
        await with_client(hall, lambda client: client.noop())


async def test_an_ended_password_ends_the_session(hall: SendingHall) -> None:
    record = (await hall.programs.passwords_of("wang"))[0]
    loop = asyncio.get_running_loop()

    def work(client: smtplib.SMTP) -> int:
        asyncio.run_coroutine_threadsafe(hall.programs.revoke(WANG, record.id, origin=""), loop).result()
        return client.mail(ADDRESS)[0]

    assert await with_client(hall, work) == 421


async def test_who_sent_enough_is_asked_to_come_back_later(tmp_path: Path, world: World) -> None:
    async with open_sending(tmp_path, relay_to(world), rules=SendingRules(citizen=Allowance(2, 5))) as hall:
        codes = [await refusal(hall, mail(Message_ID=f"<{turn}@x>")) for turn in range(3)]
        assert codes == [250, 250, 452]


async def test_a_message_that_is_too_large_is_refused(tmp_path: Path, world: World) -> None:
    limits = SmtpLimits(message_bytes=20_000, stop_s=2.0)
    async with open_sending(tmp_path, relay_to(world), limits=limits) as hall:
        assert await refusal(hall, mail().as_bytes() + b"x" * 30_000) == 552


async def test_passwords_are_asked_for_inside_tls_alone_and_both_ports_speak_it(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minxin.mailbox.submission.protocol.is_loopback", lambda address: False)
    server, trusting = certificates(tmp_path)
    async with open_sending(tmp_path / "store", relay_to(world), tls=server) as hall:

        def begin(client: smtplib.SMTP) -> None:
            client.login("wang", hall.secrets["wang"])
            client.send_message(mail(Message_ID=""))

        def work() -> tuple[bool, int, bool]:
            with smtplib.SMTP(HOST, hall.door.port, "laptop", timeout=20) as client:
                client.ehlo()
                offered = client.has_extn("auth")
                plain = client.docmd("AUTH", "PLAIN AHdhbmcAeA==")[0]
                client._host = "localhost"  # type: ignore[attr-defined]
                client.starttls(context=trusting)
                begin(client)
            with smtplib.SMTP_SSL("localhost", hall.door.port_at(1), "laptop", timeout=20, context=trusting) as client:
                begin(client)
                return offered, plain, client.has_extn("starttls")

        assert await asyncio.to_thread(work) == (False, 538, False)
        came = await hall.items("li")
        raws = [await hall.boxes.raw(LI, one.id) for one in came]
        assert [b" with ESMTPSA id " in raw for raw in raws] == [True, True]


async def test_what_was_said_before_tls_began_does_not_count(tmp_path: Path, world: World) -> None:
    server, trusting = certificates(tmp_path)
    async with open_sending(tmp_path / "store", relay_to(world), tls=server) as hall:

        def work() -> int:
            with smtplib.SMTP(HOST, hall.door.port, "laptop", timeout=20) as client:
                client.login("wang", hall.secrets["wang"])
                client._host = "localhost"  # type: ignore[attr-defined]
                client.starttls(context=trusting)
                client.ehlo()
                return client.mail(ADDRESS)[0]

        assert await asyncio.to_thread(work) == 530


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_swaks_logs_in_inside_tls_and_sends(tmp_path: Path, world: World, mechanism: str) -> None:
    server, _ = certificates(tmp_path)
    async with open_sending(tmp_path / "store", relay_to(world), tls=server) as hall:
        process = await asyncio.create_subprocess_exec(
            "swaks",
            *("--server", HOST, "--port", str(hall.door.port), "--tls", "--auth", mechanism),
            *("--auth-user", "wang", "--auth-password", hall.secrets["wang"]),
            *("--from", ADDRESS, "--to", f"{LI_ADDRESS},{OUTSIDE}", "--header", "Subject: swaks"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(30):
            said, _ = await process.communicate()
        await hall.work()

        assert process.returncode == 0, said.decode()
        assert [one.subject for one in await hall.items("li")] == ["swaks"]
        assert [recipients for _, recipients, _ in world.mails] == [[OUTSIDE]]


def test_the_door_offers_no_old_protocol() -> None:
    assert ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).minimum_version >= ssl.TLSVersion.TLSv1_2
