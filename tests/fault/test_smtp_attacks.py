"""Hostile and broken clients at the SMTP door."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.certificates import certificates
from support.post import CITIZEN, MAYOR, PostOffice, Wire, connect, mail, open_post, stuffed

from minxin.core.errors import MinxinError, StoreFullError, UnavailableError
from minxin.mailbox.smtp.intake import scan
from minxin.mailbox.smtp.limits import SmtpLimits, Turnstile

END_OF_DATA = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CRLF.CR": b"\r\n.\r",
    "CR.CRLF": b"\r.\r\n",
    "LF.CR": b"\n.\r",
    "NUL before": b"\r\n\0.\r\n",
    "NUL after": b"\r\n.\0\r\n",
}
SMUGGLED = (
    b"MAIL FROM:<wang@example.cn>\r\nRCPT TO:<mayor@binhai.example>\r\nDATA\r\n"
    b"From: wang@example.cn\r\nSubject: smuggled\r\n\r\nsmuggled\r\n"
)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with open_post(tmp_path) as opened:
        yield opened


async def smuggle(wire: Wire, variant: bytes, step: int) -> list[str]:
    assert (await wire.begin()).startswith("354")
    payload = stuffed(mail()) + b"first" + variant + SMUGGLED + b".\r\nQUIT\r\n"
    for at in range(0, len(payload), step):
        wire.writer.write(payload[at : at + step])
        if step == 1:
            await asyncio.sleep(0)
    await wire.writer.drain()
    replies = []
    while reply := await wire.reply():
        replies.append(reply)
    return replies


@pytest.mark.parametrize("step", [1, 4096], ids=["bytewise", "at once"])
@pytest.mark.parametrize("variant", END_OF_DATA)
async def test_only_crlf_dot_crlf_ends_a_message(post: PostOffice, variant: str, step: int) -> None:
    async with connect(post) as wire:
        replies = await smuggle(wire, END_OF_DATA[variant], step)
    assert [reply[:3] for reply in replies] == ["250", "221"]
    (letter,) = await post.letters()
    assert await post.raw(letter) == mail() + b"first" + END_OF_DATA[variant].replace(b"\r\n.", b"\r\n") + SMUGGLED


async def test_a_true_end_of_data_is_seen_by_the_same_client(post: PostOffice) -> None:
    """The control: with the real mark the same bytes are two messages."""
    async with connect(post) as wire:
        assert [reply[:3] for reply in await smuggle(wire, b"\r\n.\r\n", 4096)] == "250 250 250 354 250 221".split()
    assert len(await post.letters()) == 2


@pytest.mark.parametrize("variant", END_OF_DATA)
async def test_only_crlf_dot_crlf_ends_a_message_through_tls(tmp_path: Path, variant: str) -> None:
    server, client = certificates(tmp_path)
    async with open_post(tmp_path, tls=server) as post:
        async with connect(post) as wire:
            assert (await wire.say("STARTTLS")).startswith("220")
            await wire.writer.start_tls(client, server_hostname="localhost")
            assert (await wire.say("EHLO client.example")).startswith("250")
            assert [reply[:3] for reply in await smuggle(wire, END_OF_DATA[variant], 4096)] == ["250", "221"]
        assert len(await post.letters()) == 1


async def test_words_before_tls_are_forgotten_and_auth_is_never_offered(tmp_path: Path) -> None:
    server, client = certificates(tmp_path)
    async with open_post(tmp_path, tls=server) as post, connect(post) as wire:
        assert (await wire.say("AUTH PLAIN AGEAYg==")).startswith("502")
        wire.writer.write(b"STARTTLS\r\nMAIL FROM:<wang@example.cn>\r\nNOOP\r\n")
        assert (await wire.reply()).startswith("220")
        await wire.writer.start_tls(client, server_hostname="localhost")
        assert (await wire.say("MAIL FROM:<wang@example.cn>")).startswith("503")
        assert "AUTH" not in await wire.say("EHLO client.example")
        assert (await wire.say("AUTH PLAIN AGEAYg==")).startswith("502")


@pytest.mark.parametrize("raw", [b"", b".", b"..\r\n.\r\n\r\n..", b".\r\n" * 1000, b"x" * 70_000, b"a.\r\n" * 30_000])
async def test_any_content_arrives_as_it_was_sent(post: PostOffice, raw: bytes) -> None:
    head = b"From: wang@example.cn\r\n\r\n"
    whole = raw if raw.endswith(b"\r\n") or not raw else raw + b"\r\n"
    async with connect(post) as wire:
        assert (await wire.begin()).startswith("354")
        assert (await wire.say(stuffed(head + whole) + b".")).startswith("250")
    (letter,) = await post.letters()
    assert await post.raw(letter) == head + whole


async def test_an_empty_message_is_kept(post: PostOffice) -> None:
    async with connect(post) as wire:
        assert (await wire.begin()).startswith("354")
        assert (await wire.say(".")).startswith("250")
    assert len(await post.waiting()) == 1


# Limits (P3, P6, L10)


async def test_too_many_recipients_messages_commands_and_nonsense_are_refused(tmp_path: Path) -> None:
    async with open_post(tmp_path, SmtpLimits(messages=3)) as post:
        async with connect(post) as wire:
            await wire.say(f"MAIL FROM:<{CITIZEN}>")
            replies = [await wire.say(f"RCPT TO:<{MAYOR}>") for _ in range(51)]
            assert {reply[:3] for reply in replies[:50]} == {"250"}
            assert replies[50].startswith("452 4.5.3")
        async with connect(post) as wire:
            sent = [await wire.send(mail(str(number))) for number in range(3)]
            assert all(reply.startswith("250") for reply in sent)
            assert (await wire.say(f"MAIL FROM:<{CITIZEN}>")).startswith("421")
            assert await wire.reply() == ""
        async with connect(post) as wire:
            noops = [await wire.say("NOOP") for _ in range(21)]
            assert [reply[:3] for reply in noops] == ["250"] * 20 + ["421"]
        async with connect(post) as wire:
            nonsense = [await wire.say("FOO") for _ in range(5)]
            assert [reply[:3] for reply in nonsense] == ["500"] * 4 + ["502"]
        async with connect(post) as wire:
            assert (await wire.say("NOOP " + "x" * 4092)).startswith("500")
            assert (await wire.say("NOOP " + "x" * 300_000)).startswith("500")
            assert (await wire.say("NOOP")).startswith("250")


async def test_a_message_over_the_limit_is_552_by_word_and_by_deed(tmp_path: Path) -> None:
    async with open_post(tmp_path, SmtpLimits(message_bytes=100_000)) as post, connect(post) as wire:
        assert await wire.say(f"MAIL FROM:<{CITIZEN}> SIZE=100001") == "552 5.3.4 Message too large"
        assert (await wire.send(mail("x" * 150_000))) == "552 5.3.4 Message too large"
        assert (await wire.send(mail())).startswith("250")
        assert (await wire.begin()).startswith("354")
        wire.writer.write(b"x" * 400_000)
        assert await wire.reply() == "552 5.3.4 Message too large"
        with suppress(ConnectionResetError):
            assert await wire.reply() == ""
    assert SmtpLimits().message_bytes == 25 * 1024 * 1024


async def test_mail_beyond_the_memory_for_all_is_put_off(tmp_path: Path) -> None:
    async with open_post(tmp_path, SmtpLimits(memory_bytes=100_000)) as post:
        async with connect(post) as slow, connect(post) as wire:
            assert (await slow.begin()).startswith("354")
            slow.writer.write(b"From: wang@example.cn\r\n\r\n" + b"y" * 70_000)
            await slow.writer.drain()
            await until(lambda: not post.door._turnstile.reserve(70_000) or post.door._turnstile.release(70_000))
            assert (await wire.send(mail("x" * 60_000))).startswith("452 4.3.1")
            assert (await slow.say(b"\r\n.")).startswith("250")
            assert (await wire.send(mail("x" * 60_000))).startswith("250")


async def test_data_that_comes_too_slowly_is_421_and_steady_data_is_not(tmp_path: Path) -> None:
    limits = SmtpLimits(data_grace_s=0.3, data_bytes_per_s=40_000, idle_s=0.2)
    async with open_post(tmp_path, limits) as post:
        async with connect(post) as wire:
            assert (await wire.begin()).startswith("354")
            wire.writer.write(b"x")
            assert (await wire.reply()).startswith("421 4.4.2")
        async with connect(post) as wire:
            assert (await wire.begin()).startswith("354")
            wire.writer.write(b"From: wang@example.cn\r\n\r\n")
            for _ in range(12):
                wire.writer.write(b"z" * 33_000)
                await wire.writer.drain()
                await asyncio.sleep(0.05)
            assert (await wire.say(b"\r\n.")).startswith("250")


async def test_thirty_unknown_recipients_then_421_and_five_a_minute_after() -> None:
    now = 0.0
    turnstile = Turnstile(SmtpLimits(), lambda: now)
    assert [turnstile.may_be_wrong("192.0.2.1") for _ in range(31)] == [True] * 30 + [False]
    assert turnstile.may_be_wrong("192.0.2.2")
    now = 60.0
    assert [turnstile.may_be_wrong("192.0.2.1") for _ in range(6)] == [True] * 5 + [False]


async def test_connections_are_capped_for_one_network_and_for_all(tmp_path: Path) -> None:
    async with open_post(tmp_path, SmtpLimits(loopback_connections=3)) as post:
        wires = []
        for _ in range(3):
            context = connect(post)
            wires.append((context, await context.__aenter__()))
        async with connect(post, greet=False) as refused:
            assert (await refused.reply()).startswith("421 4.3.2")
            assert await refused.reply() == ""
        assert (await wires[0][1].say("QUIT")).startswith("221")
        await until(lambda: len(post.door._sessions) == 2)
        async with connect(post) as wire:
            assert (await wire.send(mail())).startswith("250")
        for context, _ in wires:
            await context.__aexit__(None, None, None)
    turnstile = Turnstile(SmtpLimits(connections=5, network_connections=2))
    addresses = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3", "198.51.100.1"]
    assert [turnstile.enter(address) for address in addresses] == [True, True, False, True, True, False, True]
    assert not turnstile.enter("203.0.113.1")


# Faults (P4, D7, D11)


class BrokenDesk:
    """An office that fails in a way of the test's choosing."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def accept_mail(self, mail: Any) -> str:
        raise self.error


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (RuntimeError("db password is hunter2 at /var/lib/minxin"), "451 4.3.0"),
        (KeyError("hunter2"), "451 4.3.0"),
        (UnavailableError("store.hunter2"), "451 4.3.0"),
        (StoreFullError(), "452 4.3.1"),
        (MinxinError("hunter2"), "451 4.3.0"),
    ],
)
async def test_a_failure_is_temporary_and_tells_nothing(
    post: PostOffice, caplog: pytest.LogCaptureFixture, error: Exception, reply: str
) -> None:
    whole = post.reception._desk
    post.reception._desk = BrokenDesk(error)
    async with connect(post) as wire:
        with caplog.at_level(logging.ERROR, "minxin"):
            answer = await wire.send(mail())
        assert answer.startswith(reply)
        assert not any(word in answer for word in ("hunter2", "Error", "/var", "password"))
        assert "smtp_failed" in [getattr(record, "event", "") for record in caplog.records]
        post.reception._desk = whole
        assert (await wire.send(mail())).startswith("250")
    assert len(await post.letters()) == 1


@pytest.mark.parametrize("hook", ["handle_EHLO", "handle_RCPT", "handle_DATA"])
async def test_a_fault_in_any_hook_is_451(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str) -> None:
    async def fail(*_: Any) -> str:
        raise ValueError("secret")

    async def fail_greeting(server: Any, session: Any, envelope: Any, hostname: Any, responses: Any) -> str:
        raise ValueError("secret")

    async def greeting(wire: Wire) -> str:
        await wire.reply()
        return await wire.say("EHLO client.example")

    async with open_post(tmp_path) as post:
        if hook == "handle_EHLO":
            fail = fail_greeting
        monkeypatch.setattr(post.door._handler, hook, fail)
        async with connect(post, greet=False) as wire:
            reply = await greeting(wire)
            if hook != "handle_EHLO":
                await wire.say(f"MAIL FROM:<{CITIZEN}>")
                reply = await wire.say(f"RCPT TO:<{MAYOR}>")
            if hook == "handle_DATA":
                await wire.say("DATA")
                reply = await wire.say("x\r\n.")
            assert reply.startswith("451 4.3.0")
            assert "secret" not in reply


async def test_without_its_store_the_door_says_451_and_keeps_nothing(post: PostOffice) -> None:
    await post.store.close()
    async with connect(post) as wire:
        assert (await wire.send(mail())).startswith("451 4.3.0")
        assert (await wire.send(mail(sender="x@y.example"), "x@y.example")).startswith("451 4.3.0")


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "half-close"])
async def test_a_client_that_leaves_after_the_dot_has_one_letter_after_his_resend(
    post: PostOffice, caplog: pytest.LogCaptureFixture, reset: bool
) -> None:
    rounds = 50
    for number in range(rounds):
        raw = mail(f"第 {number} 封", message_id=f"<{number}@example.cn>")
        async with connect(post) as wire:
            assert (await wire.begin()).startswith("354")
            wire.writer.write(stuffed(raw) + b".\r\n")
            await wire.writer.drain()
            if number % 3 == 0:
                await asyncio.sleep(0.001 * (number % 7))
            leave(wire, reset)
        async with connect(post) as wire:
            assert (await wire.send(raw)).startswith("250")
    assert len(await post.letters()) == rounds
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_at_the_end_what_is_under_way_is_finished_and_nobody_comes_in(tmp_path: Path) -> None:
    async with open_post(tmp_path) as post:
        async with connect(post) as idle, connect(post) as busy:
            assert (await busy.begin()).startswith("354")
            closing = asyncio.create_task(post.door.close())
            assert (await idle.reply()).startswith("421")
            assert (await busy.say(stuffed(mail()) + b".")).startswith("250")
            assert (await busy.reply()).startswith("421")
            await closing
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", 1 if not post.door._servers[0].sockets else post.door.port)
        assert len(await post.letters()) == 1


BOMBS = {
    "many fields": b"a:\r\n" * 20_000,
    "many From": b"From: a@b\r\n" * 6_000,
    "long From": b"From: " + b"a@b," * 16_000,
    "brackets": b"From: " + b"(" * 65_000,
    "quotes": b"To: " + b'"\\' * 32_000,
    "subject": b"Subject: " + b"=?utf-8?B?YQ==?= " * 4_000,
    "folded": b"Subject: a\r\n" + b" a\r\n" * 16_000,
    "type": b"Content-Type: a/b" + b";" * 64_000,
    "parameters": b'Content-Type: a/b;a="' + b"\\a" * 32_000,
    "id": b"Message-ID: " + b"<" * 64_000,
    "controls": b"From: \x00\xff\x1b[2J" * 2_000,
    "carriage returns": b"\r" * 65_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_header_holds_the_loop_up(name: str) -> None:
    bomb = BOMBS[name]
    started = time.process_time()
    scan(bomb + b"\r\n\r\nbody")
    scan(bomb)
    assert time.process_time() - started < 0.25
    assert len(bomb) < 256 * 1024


async def until(condition: Any) -> None:
    """Wait until the condition holds, at most two seconds."""
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("waited in vain")


def leave(wire: Wire, reset: bool) -> None:
    """Leave without waiting for the answer."""
    peer = wire.writer.get_extra_info("socket")
    if reset:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.writer.transport.abort()
    else:
        wire.writer.write_eof()
