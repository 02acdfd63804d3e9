"""Mail programs at the IMAP door: what they read, change, are told and are refused."""

from __future__ import annotations

import asyncio
import imaplib
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from corpus.odd_mails import odd_mails
from support.certificates import certificates
from support.imap import HOST, MAIL, WANG, MailHall, in_thread, ok, open_hall, open_wire
from support.mail import put_in

from minxin.core.actor import Role
from minxin.core.errors import NotFoundError
from minxin.mailbox.mail.records import BoxKind
from minxin.mailbox.mail.rules import MailRules
from minxin.store.sqlite.store import SqliteStore

INBOX = "box-wang.inbox"


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[MailHall]:
    async with open_hall(tmp_path) as opened:
        yield opened


async def put(hall: MailHall, count: int = 1) -> None:
    for number in range(count):
        await hall.mailboxes.append(WANG, INBOX, MAIL.replace(b"<1@x>", b"<%d@x>" % number))


async def test_a_mail_that_was_put_in_comes_back_to_the_byte(hall: MailHall) -> None:
    def work() -> None:
        with hall.client() as client:
            when = imaplib.Time2Internaldate(1_770_000_000)
            assert b"APPENDUID" in ok(client.append("INBOX", r"(\Seen $Forwarded)", when, MAIL))[0]
            ok(client.noop())
            data = ok(client.fetch("1", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"))
            assert data[0][1] == MAIL
            assert b"UID 1 FLAGS ($Forwarded \\Seen)" in data[0][0]
            assert b"RFC822.SIZE %d" % len(MAIL) in data[0][0]
            assert imaplib.Internaldate2tuple(data[0][0]) == time.localtime(1_770_000_000)

    await in_thread(work)


async def test_every_odd_mail_comes_back_to_the_byte_with_a_structure(hall: MailHall) -> None:
    mails = [mail.raw for mail in odd_mails() if mail.raw]
    assert mails
    for raw in mails:
        await hall.mailboxes.append(WANG, INBOX, raw)

    def work() -> None:
        with hall.client() as client:
            for number, raw in enumerate(mails, 1):
                data = ok(client.fetch(f"{number}", "(UID ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] BODY.PEEK[])"))
                whole = [part[1] for part in data if isinstance(part, tuple)][-1]
                assert whole == raw.replace(b"\0", b" ")  # which can't be said in IMAP (RFC 3501, 4.3)
                ok(client.fetch(f"{number}", "(BODY[1] BODY[1.MIME] BODY[2.1.HEADER] BODY[TEXT]<3.7>)"))
            assert ok(client.search(None, "1:20 NOT TEXT nowhere NOT HEADER X-Odd x"))[0].split()

    await in_thread(work)


async def test_two_clients_agree_on_numbers_flags_and_what_is_gone(hall: MailHall) -> None:
    async with open_wire(hall) as one, open_wire(hall) as two:
        await put(hall, 2)
        assert "* 2 EXISTS" in await one.say("NOOP")
        assert "* 2 EXISTS" in await two.say("NOOP")
        assert (await one.say(r"STORE 1 +FLAGS (\Deleted)"))[0] == r"* 1 FETCH (UID 1 FLAGS (\Deleted))"
        assert (await two.say("NOOP"))[0] == r"* 1 FETCH (UID 1 FLAGS (\Deleted))"
        assert (await one.say("EXPUNGE"))[0] == "* 1 EXPUNGE"
        # While numbers are in use none may move (RFC 3501, 7.4.1); what is gone is simply not there.
        fetched = await two.say("FETCH 1:2 (UID)")
        assert fetched[:-1] == ["* 2 FETCH (UID 2)"]
        assert "[EXPUNGEISSUED]" in fetched[-1]
        assert (await two.say("NOOP"))[0] == "* 1 EXPUNGE"
        assert (await two.say("UID SEARCH ALL"))[0] == "* SEARCH 2"
        assert (await two.say("FETCH 1 (UID)"))[0] == "* 1 FETCH (UID 2)"


async def test_who_waits_is_told_at_once(hall: MailHall) -> None:
    async with open_wire(hall) as waiting, open_wire(hall) as other:
        waiting.send(b"w IDLE\r\n")
        assert await waiting.line() == "+ idling"
        await put(hall)
        assert (await waiting.until(r"\* 1 EXISTS"))[-1] == "* 1 EXISTS"
        await other.say("NOOP")
        await other.say(r"UID STORE 1 +FLAGS.SILENT (\Flagged \Deleted)")
        assert (await waiting.until(r"\* 1 FETCH"))[-1] == r"* 1 FETCH (UID 1 FLAGS (\Deleted \Flagged))"
        await other.say("EXPUNGE")
        assert (await waiting.until(r"\* 1 EXPUNGE"))[-1] == "* 1 EXPUNGE"
        waiting.send(b"DONE\r\n")
        assert (await waiting.until("w "))[-1] == "w OK IDLE done"


async def test_who_waits_is_told_of_what_another_process_did(
    hall: MailHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minxin.mailbox.imap.watch.OTHERS_S", 0.1)
    other = await SqliteStore.open(tmp_path)
    try:
        async with open_wire(hall) as waiting:
            waiting.send(b"w IDLE\r\n")
            assert await waiting.line() == "+ idling"
            await other.commit(put_in("elsewhere", "box-wang"))
            assert (await waiting.until(r"\* 1 EXISTS"))[-1] == "* 1 EXISTS"
    finally:
        await other.close()


async def test_uids_are_never_given_twice(hall: MailHall) -> None:
    async with open_wire(hall) as wire:
        await put(hall, 3)
        await wire.say(r"UID STORE 2:3 +FLAGS (\Deleted)")
        await wire.say("NOOP")
        await wire.say(r"UID STORE 2:3 +FLAGS (\Deleted)")
        assert (await wire.say("UID EXPUNGE 3"))[:-1] == ["* 3 EXPUNGE"]
        assert (await wire.say("CLOSE"))[-1].endswith("OK CLOSE done")
        await put(hall)
        lines = await wire.say("SELECT INBOX")
        assert "* OK [UIDNEXT 5] The next UID" in lines
        assert (await wire.say("UID SEARCH ALL"))[0] == "* SEARCH 1 4"


async def test_copies_and_moves_say_which_mail_is_where(hall: MailHall) -> None:
    async with open_wire(hall) as wire:
        await put(hall, 3)
        await wire.say("NOOP")
        copied = await wire.say("COPY 1,3 Archive")
        assert re.search(r"OK \[COPYUID \d+ 1,3 1:2\]", copied[-1])
        moved = await wire.say("UID MOVE 2:3 Trash")
        assert re.fullmatch(r"\* OK \[COPYUID \d+ 2:3 1:2\] Moved", moved[0])
        assert moved[1:3] == ["* 2 EXPUNGE", "* 2 EXPUNGE"]
        assert (await wire.say("STATUS Trash (MESSAGES UIDNEXT)"))[0] == '* STATUS "Trash" (MESSAGES 2 UIDNEXT 3)'
        assert "[TRYCREATE]" in (await wire.say("UID COPY 1 Nowhere"))[-1]
        assert (await wire.say("UID COPY 77 Archive"))[-1].endswith("OK COPY done, of nothing")


async def test_flags_and_keywords_stay_as_given(hall: MailHall) -> None:
    async with open_wire(hall) as wire:
        await put(hall)
        await wire.say("NOOP")
        assert (await wire.say(r"STORE 1 FLAGS (\seen $Forwarded 重要)".replace("重要", "Junk")))[0] == (
            r"* 1 FETCH (UID 1 FLAGS ($Forwarded Junk \Seen))"
        )
        assert (await wire.say("STORE 1 -FLAGS.SILENT (junk)"))[:-1] == []
        assert (await wire.say("FETCH 1 FLAGS"))[0] == r"* 1 FETCH (FLAGS ($Forwarded \Seen))"
        assert (await wire.say("SEARCH KEYWORD $forwarded"))[0] == "* SEARCH 1"
        assert " BAD " in (await wire.say(r"STORE 1 +FLAGS (\Recent)"))[-1]
        assert " BAD " in (await wire.say("FETCH 2 FLAGS"))[-1]


async def test_reading_marks_as_seen_and_peeking_does_not(hall: MailHall) -> None:
    async with open_wire(hall) as wire:
        await put(hall)
        await wire.say("NOOP")
        await wire.say("FETCH 1 BODY.PEEK[TEXT]")
        assert (await wire.say("FETCH 1 FLAGS"))[0] == "* 1 FETCH (FLAGS ())"
        assert r"* 1 FETCH (UID 1 FLAGS (\Seen))" in await wire.say("FETCH 1 BODY[TEXT]")
        await wire.say("EXAMINE INBOX")
        assert "[READ-ONLY]" in (await wire.say(r"STORE 1 +FLAGS (\Flagged)"))[-1]
        assert "[READ-ONLY]" in (await wire.say("EXPUNGE"))[-1]


async def test_folders_are_made_renamed_and_deleted_under_chinese_names(hall: MailHall) -> None:
    async with open_wire(hall, folder=None) as wire:
        assert (await wire.say("CREATE &U,BTFw-/2026"))[-1].endswith("OK CREATE done")
        assert "[ALREADYEXISTS]" in (await wire.say("CREATE &U,BTFw-/2026"))[-1]
        listed = await wire.say('LIST "" "*"')
        assert r'* LIST (\Noselect \HasChildren) "/" "&U,BTFw-"' in listed
        assert r'* LIST (\HasNoChildren \Sent) "/" "Sent"' in listed
        assert (await wire.say('LIST "" ""'))[0] == r'* LIST (\Noselect) "/" ""'
        assert (await wire.say("RENAME &U,BTFw-/2026 Old"))[-1].endswith("OK RENAME done")
        assert (await wire.say("UNSUBSCRIBE Old"))[-1].endswith("OK UNSUBSCRIBE done")
        assert not any("Old" in line for line in await wire.say('LSUB "" "*"'))
        assert (await wire.say("DELETE Old"))[-1].endswith("OK DELETE done")
        assert "[NONEXISTENT]" in (await wire.say("SELECT Old"))[-1]
        assert "[CANNOT]" in (await wire.say("DELETE INBOX"))[-1]
        special = await wire.say('LIST (SPECIAL-USE) "" "*" RETURN (SPECIAL-USE STATUS (MESSAGES))')
        assert '* STATUS "Trash" (MESSAGES 0)' in special


async def test_uid_validity_of_a_folder_that_was_made_anew_is_another(hall: MailHall) -> None:
    async with open_wire(hall, folder=None) as wire:
        seen = set()
        for _ in range(2):
            await wire.say("CREATE x")
            seen.add((await wire.say("STATUS x (UIDVALIDITY)"))[0])
            await wire.say("DELETE x")
        assert len(seen) == 2


async def test_full_box_refuses_and_says_how_full_it_is(tmp_path: Path) -> None:
    async with open_hall(tmp_path, rules=MailRules(citizen_bytes=4096)) as hall:

        def work() -> None:
            with hall.client() as client:
                status, said = client.append("INBOX", "", "", b"Subject: x\r\n\r\n" + b"x" * 5000)
                assert (status, b"[OVERQUOTA]" in said[0]) == ("NO", True)
                ok(client.append("INBOX", "", "", b"Subject: x\r\n\r\n" + b"x" * 1500))
                roots, resources = ok(client.getquotaroot("INBOX"))
                assert roots == [b'"INBOX" "wang@citizen.example"']
                assert resources == [b'"wang@citizen.example" (STORAGE 2 4)']
                assert client.setquota("wang@citizen.example", "(STORAGE 9)")[0] == "NO"

        await in_thread(work)


async def test_changes_are_refused_that_overlook_another_one(hall: MailHall) -> None:
    async with open_wire(hall) as one, open_wire(hall) as two:
        await put(hall, 2)
        await one.say("NOOP")
        stamp = re.search(r"MODSEQ \((\d+)\)", (await one.say("FETCH 2 MODSEQ"))[-2])
        assert stamp is not None
        await two.say("NOOP")
        await two.say(r"STORE 1 +FLAGS (\Flagged)")
        answer = await one.say(rf"STORE 1:2 (UNCHANGEDSINCE {stamp[1]}) +FLAGS.SILENT (\Seen)")
        assert "[MODIFIED 1]" in answer[-1]
        changed = await one.say(f"FETCH 1:* (FLAGS) (CHANGEDSINCE {stamp[1]})")
        assert [re.sub(r"MODSEQ \(\d+\)", "", line) for line in changed[:-1]] == [
            r"* 1 FETCH (FLAGS (\Flagged) )",
            r"* 2 FETCH (FLAGS (\Seen) )",
        ]
        assert "* ENABLED CONDSTORE" in await two.say("ENABLE CONDSTORE X-OTHER")


async def test_shared_box_of_an_office_is_open_to_its_staff_and_to_nobody_else(hall: MailHall) -> None:
    await hall.add_person("clerk", office_id="centre", roles=(Role.CLERK,))
    await hall.add_person("other", office_id="works", roles=(Role.CLERK,))
    await hall.add_box("centre", BoxKind.OFFICE)
    async with open_wire(hall, "clerk", None) as clerk, open_wire(hall, "other", None) as other:
        assert (await clerk.say("NAMESPACE"))[0] == '* NAMESPACE (("" "/")) NIL (("Shared/" "/"))'
        assert any("Shared/centre@citizen.example/INBOX" in line for line in await clerk.say('LIST "" "*"'))
        assert (await clerk.say('SELECT "Shared/centre@citizen.example/INBOX"'))[-1].endswith("SELECT done")
        assert (await other.say("NAMESPACE"))[0] == '* NAMESPACE (("" "/")) NIL NIL'
        assert "[NONEXISTENT]" in (await other.say('SELECT "Shared/centre@citizen.example/INBOX"'))[-1]
        assert "[NONEXISTENT]" in (await other.say("SELECT INBOX"))[-1]


async def test_log_in_password_and_other_purposes_open_nothing(hall: MailHall) -> None:
    async with open_wire(hall, None) as wire:
        assert "[AUTHENTICATIONFAILED]" in (await wire.say("LOGIN wang password"))[-1]
        assert "[AUTHENTICATIONFAILED]" in (await wire.say('LOGIN {4+}\r\nwang "x y"'))[-1]
        assert " BAD " in (await wire.say("SELECT INBOX"))[-1]
        assert (await wire.say("LOGIN wang nothing"))[-1] == "* BYE Too many wrong passwords"


async def test_sasl_plain_logs_in_with_and_without_a_first_word(hall: MailHall) -> None:
    secret = hall.secrets["wang"].encode()

    def work() -> None:
        client = imaplib.IMAP4(HOST, hall.door.port, timeout=10)
        ok(client.authenticate("PLAIN", lambda _: b"\0wang\0" + secret))
        ok(client.select("INBOX"))
        client.shutdown()

    await in_thread(work)


async def test_ended_password_ends_what_it_opened(hall: MailHall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minxin.mailbox.imap.session.CHECK_S", 0.0)
    async with open_wire(hall) as wire:
        (record,) = await hall.programs.passwords_of("wang")
        await hall.programs.revoke(WANG, record.id, origin=HOST)
        assert await wire.say("NOOP") == ["* BYE The application password was ended"]
        with pytest.raises(NotFoundError):
            await hall.programs.revoke(WANG, "nothing", origin=HOST)


async def test_tls_begins_in_the_middle_or_at_once_and_what_was_said_before_is_forgotten(tmp_path: Path) -> None:
    server, trusting = certificates(tmp_path)
    async with open_hall(tmp_path, tls=server) as hall:

        def work() -> None:
            client = imaplib.IMAP4("localhost", hall.door.port, timeout=10)
            assert "STARTTLS" in client.capabilities
            ok(client.starttls(trusting))
            assert "STARTTLS" not in client.capabilities
            ok(client.login("wang", hall.secrets["wang"]))
            client.shutdown()
            assert hall.door.tls_port is not None
            at_once = imaplib.IMAP4_SSL("localhost", hall.door.tls_port, ssl_context=trusting, timeout=10)
            ok(at_once.login("wang", hall.secrets["wang"]))
            at_once.shutdown()

        await in_thread(work)
        reader, writer = await asyncio.open_connection("localhost", hall.door.port)
        await reader.readline()
        writer.write(b"a STARTTLS\r\nb NOOP\r\n")
        assert await reader.readline() == b"a OK begin TLS now\r\n"
        await writer.start_tls(trusting, server_hostname="localhost")
        writer.write(b"c NOOP\r\n")
        assert await reader.readline() == b"c OK done\r\n"
        writer.close()


async def test_over_the_network_nobody_logs_in_without_tls(hall: MailHall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minxin.mailbox.imap.wire.is_loopback", lambda _: False)
    async with open_wire(hall, None) as wire:
        assert "LOGINDISABLED" in (await wire.say("CAPABILITY"))[0]
        assert "[PRIVACYREQUIRED]" in (await wire.say(f"LOGIN wang {hall.secrets['wang']}"))[-1]


async def test_stop_finishes_what_is_under_way_and_says_good_bye(tmp_path: Path) -> None:
    async with open_hall(tmp_path) as hall, open_wire(hall) as quiet, open_wire(hall) as busy, open_wire(hall) as idle:
        idle.send(b"w IDLE\r\n")
        await idle.line()
        busy.send(b"a APPEND INBOX {%d}\r\n" % len(MAIL))
        assert await busy.line() == "+ Ready"
        closing = asyncio.create_task(hall.door.close())
        assert await quiet.line() == "* BYE The service is stopping"
        assert await idle.line() == "* BYE The service is stopping"
        busy.send(MAIL + b"\r\n")
        assert "APPENDUID" in (await busy.until("a "))[-1]
        assert await busy.line() == "* BYE The service is stopping"
        await closing
