"""Mail to the mayor over a real socket: what becomes a letter, what is kept, and what is answered."""

from __future__ import annotations

import asyncio
import email
import hashlib
import re
import smtplib
from collections.abc import AsyncIterator
from datetime import timedelta
from email.policy import default
from pathlib import Path

import pytest
from corpus.odd_mails import OddMail, odd_mails
from support.post import CITIZEN, MAYOR, PostOffice, citizen, connect, mail, open_post

from minxin.consult.decision import stream_of
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, NotAllowedError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.records import HeldState
from minxin.mailbox.smtp.reception import TAKEN_REPLY
from minxin.store.sqlite.store import SqliteStore

STRANGER = "li@elsewhere.example"
CLERK = Actor("clerk", frozenset({Role.CLERK}))
LI = Actor("li", frozenset({Role.CITIZEN}))


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with open_post(tmp_path) as opened:
        yield opened


async def test_mail_of_a_citizen_is_a_letter_and_durable_before_the_reply(post: PostOffice, tmp_path: Path) -> None:
    async with connect(post) as wire:
        reply = await wire.send(mail())
    assert reply == TAKEN_REPLY
    # Another process that opens the file now finds everything.
    other = await SqliteStore.open(tmp_path)
    try:
        letter = await other.letter_by_number("2026-000001")
        assert letter is not None
        assert await other.blob(letter.raw_blob) == mail()
        assert [sealed.event.kind for sealed in await other.events(stream_of(letter.id))] == ["received"]
        assert await other.waiting(Queue.JOBS) == 1
        assert (letter.writer_id, letter.parsed) == ("wang", False)
    finally:
        await other.close()


async def test_the_reply_tells_no_number_and_not_whether_the_address_is_registered(post: PostOffice) -> None:
    own, strange = mail(), mail(sender=STRANGER)
    async with connect(post) as wire:
        replies = [await wire.send(own), await wire.send(own), await wire.send(strange, STRANGER)]
    assert len(set(replies)) == 1
    assert "2026" not in replies[0]
    assert (len(await post.letters()), len(await post.waiting())) == (1, 1)


async def test_an_ordinary_client_of_the_standard_library_is_served(post: PostOffice) -> None:
    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", post.door.port, timeout=10) as client:
            return client.sendmail(CITIZEN, [MAYOR.upper()], mail())

    assert await asyncio.to_thread(send) == {}
    (letter,) = await post.letters()
    assert await post.raw(letter) == mail()


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        (mail(), mail(), 1),
        (mail(), mail(Received="from a by b; Mon, 2 Mar 2026 12:00:00 +0800"), 1),
        (mail(), mail("另一封信的内容，但编号相同。"), 2),
        (mail(), mail(message_id="<2@example.cn>"), 2),
        (mail(message_id=""), mail(message_id=""), 1),
        (mail(message_id="", Date="Mon, 2 Mar 2026 12:00:00 +0800"), mail(message_id=""), 2),
    ],
    ids=["same", "other relay", "other body", "other id", "no id", "no id, other date"],
)
async def test_a_resend_is_the_same_letter(post: PostOffice, first: bytes, second: bytes, count: int) -> None:
    async with connect(post) as wire:
        assert [await wire.send(first), await wire.send(second)] == [TAKEN_REPLY] * 2
    assert len(await post.letters()) == count


async def test_a_message_id_of_2000_characters_is_taken(post: PostOffice) -> None:
    raw = b"From: wang@example.cn\r\nMessage-ID: <" + b"x" * 2000 + b"@e>\r\n\r\nhello\r\n"
    async with connect(post) as wire:
        assert [await wire.send(raw), await wire.send(raw)] == [TAKEN_REPLY] * 2
    (letter,) = await post.letters()
    assert await post.raw(letter) == raw


async def test_mail_of_a_stranger_is_kept_answered_once_and_confirmed(post: PostOffice) -> None:
    raw = mail(sender=STRANGER, message_id="<li-1@elsewhere.example>")
    async with connect(post) as wire:
        for sent in (raw, raw, mail("又一封", sender=STRANGER)):
            assert await wire.send(sent, STRANGER) == TAKEN_REPLY
    assert [held.reason for held in await post.waiting()] == ["mail.held.unknown_sender"] * 2
    assert await post.deliver_answers() == 1
    ((sender, recipient, answer),) = post.drawer.sent
    code = code_in(answer)
    assert (sender, recipient) == ("", STRANGER)

    await post.store.commit(Changes(inserts=[citizen(post.vault, "li", None)]))
    number = await post.held.confirm(LI, code.lower(), "127.0.0.1")
    assert number == "2026-000001"
    (letter,) = await post.letters("li")
    assert await post.raw(letter) == raw
    with pytest.raises(NotFoundError):
        await post.held.confirm(LI, code, "127.0.0.1")
    assert len(await post.waiting()) == 1


async def test_the_answer_has_all_marks_of_an_answer_and_only_crlf(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.send(mail(sender=STRANGER, message_id="<li-1@elsewhere.example>"), STRANGER)
    await post.deliver_answers()
    answer = post.drawer.sent[0][2]
    read = email.message_from_bytes(answer, policy=default)
    assert read["Auto-Submitted"] == "auto-replied"
    assert read["In-Reply-To"] == "<li-1@elsewhere.example>"
    assert read["Message-ID"].endswith(".minxin@binhai.example>")
    assert read["From"] == MAYOR
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", answer)
    assert max(map(len, answer.split(b"\r\n"))) <= 998
    assert "https://mayor.binhai.example/confirm-mail" in read.get_content()
    async with connect(post) as wire:
        await wire.send(answer, "postmaster@elsewhere.example")
    assert [held.reason for held in await post.waiting()].count("mail.held.automatic") == 1
    assert await post.deliver_answers() == 0


async def test_a_sender_is_answered_again_after_a_day(post: PostOffice) -> None:
    async with connect(post) as wire:
        for number in range(3):
            await wire.send(mail(sender=STRANGER, message_id=f"<{number}@e>"), STRANGER)
            assert await post.deliver_answers() == (0 if number == 1 else 1)
            post.clock.advance(timedelta(hours=13))


async def test_a_code_is_over_after_seven_days_and_only_for_citizens(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.send(mail(sender=STRANGER), STRANGER)
    await post.deliver_answers()
    code = code_in(post.drawer.sent[0][2])
    with pytest.raises(NotAllowedError):
        await post.held.by_code(CLERK, code)
    assert (await post.held.by_code(LI, code)).sender == STRANGER
    post.clock.advance(timedelta(days=7, seconds=1))
    with pytest.raises(NotFoundError):
        await post.held.by_code(LI, code)


AUTOMATIC = {
    "auto-replied": {"Auto_Submitted": "auto-replied"},
    "auto-generated": {"Auto_Submitted": "auto-generated; type=x"},
    "bulk": {"Precedence": "bulk"},
    "junk": {"Precedence": "junk"},
    "list": {"Precedence": "list"},
    "auto_reply": {"Precedence": "auto_reply"},
    "list id": {"List_Id": "<news.example>"},
    "unsubscribe": {"List_Unsubscribe": "<mailto:off@news.example>"},
    "list owner": {"List_Owner": "<mailto:owner@news.example>"},
    "mailing list": {"Mailing_List": "list x"},
    "suppress all": {"X_Auto_Response_Suppress": "All"},
    "suppress some": {"X_Auto_Response_Suppress": "DR, AutoReply"},
    "loop": {"X_Loop": "mayor"},
    "delivery report": {"Content_Type": 'multipart/report; report-type=delivery-status; boundary="b"'},
    "read receipt": {"Content_Type": 'multipart/report; report-type=disposition-notification; boundary="b"'},
    "return path": {"Return_Path": "<>"},
    "own id": {"Message_ID": "<abc.minxin@binhai.example>"},
    "null sender": {"sender": ""},
    "mailer daemon": {"sender": "MAILER-DAEMON@elsewhere.example"},
    "own address": {"sender": MAYOR},
    "no reply": {"sender": "no-reply@elsewhere.example"},
}


@pytest.mark.parametrize("name", AUTOMATIC)
async def test_automatic_mail_is_kept_and_never_answered(post: PostOffice, name: str) -> None:
    fields = dict(AUTOMATIC[name])
    sender = fields.pop("sender", STRANGER)
    raw = b"".join(f"{field.replace('_', '-')}: {value}\r\n".encode() for field, value in fields.items())
    raw += f"From: {sender or STRANGER}\r\nSubject: x\r\n\r\ntext\r\n".encode()
    async with connect(post) as wire:
        assert await wire.send(raw, sender) == TAKEN_REPLY
    assert [held.reason for held in await post.waiting()] == ["mail.held.automatic"]
    assert await post.deliver_answers() == 0


@pytest.mark.parametrize(
    "head",
    [
        f"From: {STRANGER}",
        f"From: {CITIZEN}, {STRANGER}",
        f"From: {STRANGER}\r\nFrom: {CITIZEN}",
        f'From: "{CITIZEN}" <{STRANGER}>',
        f"From: <{CITIZEN}> <{STRANGER}>, x",
        f"X-Minxin-Account: wang\r\nAuthentication-Results: binhai.example; dmarc=pass\r\nFrom: {STRANGER}",
        "Subject: no From at all",
    ],
)
async def test_a_from_that_is_not_the_sender_alone_is_no_letter(post: PostOffice, head: str) -> None:
    async with connect(post) as wire:
        assert await wire.send(f"{head}\r\n\r\ntext\r\n".encode()) == TAKEN_REPLY
    assert await post.letters() == []
    assert len(await post.waiting()) == 1


async def test_with_a_trusted_relay_only_its_word_proves_the_sender(tmp_path: Path) -> None:
    proof = "Authentication-Results: relay.binhai.example; spf=fail; dmarc=%s\r\n"
    forged = b"Authentication-Results: other.example; dmarc=pass\r\n" + (proof % "pass").encode() + mail()
    async with open_post(tmp_path, relay="relay.binhai.example") as post, connect(post) as wire:
        unproven = [mail(), (proof % "fail").encode() + mail("一"), forged + "二".encode()]
        proven = (proof % "pass").encode() + mail("三")
        assert {await wire.send(sent) for sent in (*unproven, proven)} == {TAKEN_REPLY}
        assert [held.reason for held in await post.waiting()] == ["mail.held.not_proven"] * 3
        (letter,) = await post.letters()
        assert await post.raw(letter) == proven


async def test_a_citizen_who_is_not_active_gets_the_answer(post: PostOffice) -> None:
    account = citizen(post.vault, "zhao", "zhao@example.cn")
    await post.store.commit(Changes(inserts=[type(account)(**{**as_dict(account), "state": "applied"})]))
    async with connect(post) as wire:
        assert await wire.send(mail(sender="zhao@example.cn"), "zhao@example.cn") == TAKEN_REPLY
    assert await post.letters("zhao") == []
    assert await post.deliver_answers() == 1


async def test_mail_that_went_round_in_circles_is_refused_and_not_kept(post: PostOffice) -> None:
    hop = b"Received: from a.example by b.example; Mon, 2 Mar 2026 12:00:00 +0800\r\n"
    async with connect(post) as wire:
        assert (await wire.send(hop * 51 + mail())).startswith("554 5.4.6")
        assert await post.letters() == []
        assert await wire.send(hop * 50 + mail()) == TAKEN_REPLY
    assert len(await post.letters()) == 1


async def test_postmaster_gets_mail_without_answer_or_letter(post: PostOffice) -> None:
    async with connect(post) as wire:
        for address in ("postmaster", "Postmaster@Binhai.Example"):
            assert await wire.send(mail(message_id=f"<{address}>"), recipient=address) == TAKEN_REPLY
    assert await post.letters() == []
    assert {held.reason for held in await post.waiting()} == {"mail.held.postmaster"}
    assert await post.deliver_answers() == 0


async def test_a_header_without_end_is_unreadable_and_kept(post: PostOffice) -> None:
    raw = b"From: wang@example.cn\r\n" + b"X-Filler: " + b"y" * 70_000 + b"\r\n\r\ntext\r\n"
    async with connect(post) as wire:
        assert await wire.send(raw) == TAKEN_REPLY
    (held,) = await post.waiting(HeldState.UNREADABLE)
    assert await post.held.raw(CLERK, held.id, "127.0.0.1") == raw


async def test_clerks_list_download_and_dismiss_and_nobody_else_does(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.send(mail(sender=STRANGER), STRANGER)
    (held,) = (await post.held.list(CLERK, HeldState.WAITING, PageRequest())).items
    assert (held.subject, held.sender) == ("小区停水", STRANGER)
    with pytest.raises(NotAllowedError):
        await post.held.list(LI, HeldState.WAITING, PageRequest())
    with pytest.raises(NotAllowedError):
        await post.held.raw(LI, held.id, "127.0.0.1")
    await post.held.dismiss(CLERK, held.id, "广告邮件，无需办理", "127.0.0.1")
    with pytest.raises(IllegalMoveError):
        await post.held.dismiss(CLERK, held.id, "广告邮件，无需办理", "127.0.0.1")
    assert await post.waiting() == []
    kinds = [sealed.event.kind for sealed in await post.store.events(f"mail:{held.id}")]
    assert kinds == ["held", "dismissed"]


@pytest.mark.parametrize("sender", [CITIZEN, "a@b.cn", "a@example.cn"])
async def test_every_odd_mail_is_taken_and_kept_byte_for_byte(post: PostOffice, sender: str) -> None:
    await post.store.commit(
        Changes(inserts=[citizen(post.vault, "ab", "a@b.cn"), citizen(post.vault, "ae", "a@example.cn")])
    )
    mails = {on_the_wire(number, odd) for number, odd in enumerate(odd_mails())}
    async with connect(post) as wire:
        replies = [await wire.send(raw, sender) for raw in mails]
    assert {reply[:3] for reply in replies} == {"250"}
    blobs = {held.blob_id for state in HeldState for held in await post.waiting(state)}
    blobs |= {letter.raw_blob for writer in ("wang", "ab", "ae") for letter in await post.letters(writer)}
    assert len(mails) > 300
    assert {hashlib.sha256(raw).hexdigest() for raw in mails} == blobs


def on_the_wire(number: int, odd: OddMail) -> bytes:
    """SMTP carries whole lines only; the last one makes mails differ whose line ends alone do."""
    return odd.raw + f"\r\n{number}\r\n".encode()


def code_in(answer: bytes) -> str:
    read = email.message_from_bytes(answer, policy=default)
    found = re.search(r"(?:[2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", read.get_content())
    assert found is not None
    return found[0]


def as_dict(account: object) -> dict[str, object]:
    return {name: getattr(account, name) for name in account.__struct_fields__}  # type: ignore[attr-defined]
