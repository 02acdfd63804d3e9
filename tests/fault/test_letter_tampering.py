"""Whoever changes a letter's words, files, answers, papers or public copy is found out, on every way of a letter."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from support.office import MONDAY, limits, submission
from support.store_copy import StoreCopy, copy_of_store
from support.stored import all_audit, all_events, change_event, seeing_bodies
from support.told import CLERK, FROM, MANAGER, WRITER, Told, person
from support.web import City, open_city

from minxin.classifier.words.advice import rules_only
from minxin.consult import intake
from minxin.consult.contents import letter_digest
from minxin.consult.decision import Deed
from minxin.consult.file_ports import MailText
from minxin.consult.jobs import LetterJobs
from minxin.consult.letterbox import UploadedFile
from minxin.consult.publication import Words
from minxin.consult.records import Channel
from minxin.consult.verify import LetterBreak, LettersVerdict, verify_letters
from minxin.core.actor import Role
from minxin.core.errors import DamagedError
from minxin.core.verify import verify
from minxin.deploy.cli import main
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.snapshot import SqliteEvidence
from minxin.store.sqlite.store import SqliteStore
from minxin.store.sqlite.tables import LETTERS

RECEIPT = UploadedFile("收据.txt", "停车费 10 元".encode())
WORDS = Words("路灯不亮", "门口的路灯坏了三天。", "已经修好。")
pytestmark = pytest.mark.fault


class Parser:
    """Reads every mail as the same words, or none at all."""

    def __init__(self, *, readable: bool) -> None:
        self.readable = readable

    async def parse(self, raw: bytes) -> MailText:
        if not self.readable:
            raise DamagedError("no mail")
        return MailText("小区停水", "三天没有水了。", (("照片.txt", b"tap"), ("程序.exe", b"MZ")))


async def mail(city: City, number: int, *, readable: bool = True, parsed: bool = True) -> None:
    """Take a mail in, and have it read unless the reader has not come to it yet."""
    box, raw, now = city.services.letterbox, f"mail {number}".encode(), city.clock.now()
    receipt = await box.accept_mail(WRITER, raw, f"key {number}", received_at=now, origin=FROM)
    if parsed:
        services = city.services
        judge, parser = services.judge, Parser(readable=readable)
        jobs = LetterJobs(city.store, city.clock, services.limits, box, judge, rules_only, parser, "jw")
        await city.store.commit(await jobs.parse(receipt.letter_id))


async def files_and_papers(told: Told) -> None:
    """Write a letter with a file, and supply papers with a file twice."""
    city = told.city
    await city.services.letterbox.submit(WRITER, submission(token="files"), [RECEIPT], origin=FROM)
    order_id = await told.letter()
    await told.sign(order_id)
    for text in ("票据已补", "又一张"):
        await told.desk.ask_papers(person(Role.HANDLER, told.office_id), order_id, "请补充缴费票据", origin=FROM)
        city.clock.advance(timedelta(hours=1))
        await told.desk.supply_papers(WRITER, order_id, text, [RECEIPT], origin=FROM)


async def public_copy(told: Told) -> None:
    """Answer a letter that may be public; its first copy is refused, the second one published."""
    order_id = await told.letter(public=True)
    await told.sign(order_id)
    await told.answer(order_id)
    letter_id = (await told.order(order_id)).letter_id
    copies = told.city.services.publications
    for words, approve in ((WORDS, False), (Words("路灯", "路灯坏了。", "修好了。"), True)):
        await copies.propose(CLERK, order_id, words, origin=FROM)
        await copies.decide(MANAGER, letter_id, approve, "" if approve else "再简短些", origin=FROM)


async def tell_everything(folder: Path) -> None:
    """Tell every way of a letter into a store of the folder."""
    async with open_city(folder) as city:
        told = Told(city)
        await told.offices()
        await told.tell(city.clock.now(), timedelta(hours=7), rounds=1)
        await files_and_papers(told)
        await public_copy(told)
        await mail(city, 0)
        await mail(city, 1, readable=False)
        await mail(city, 2, parsed=False)
        await city.store.checkpoint(city.clock.now())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store with every way of a letter, made once; nobody writes into it."""
    folder = tmp_path_factory.mktemp("told")
    asyncio.run(tell_everything(folder))
    return folder


@pytest.fixture
def copy(told: Path) -> Iterator[StoreCopy]:
    with copy_of_store(told) as copied:
        yield copied


@pytest.fixture
def folder(told: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with that store."""
    return shutil.copytree(told, tmp_path / "city")


async def found_after(copy: StoreCopy, *statements: str) -> LetterBreak | None:
    """Return what holding the letters against their events finds after the statements."""

    def mutate(connection: sqlite3.Connection) -> None:
        changed = [connection.execute(statement).rowcount for statement in statements]
        assert all(changed), "nothing was changed"

    verdict = await copy.after(mutate, partial(verify_letters, SqliteEvidence(copy)))
    assert verdict is not None
    return verdict.broken


def change(table: str, path: str, value: str, where: str) -> str:
    """Return the statement that gives one field of the JSON of a row another value."""
    changed = f"packed(json_set(unpacked(body), '$.{path}', {value}))"
    chosen = f"SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1"  # noqa: S608
    return f"UPDATE {table} SET body = {changed} WHERE id = ({chosen})"  # noqa: S608


def has(path: str) -> str:
    return f"json_extract(unpacked(body), '$.{path}') IS NOT NULL"


def came_as(key: str) -> str:
    return f"json_extract(unpacked(body), '$.intake_key') = '{key}'"


REDONE, PAPERS, FILES = has("redo"), has("papers[0].attachments[0]"), has("attachments[0]")
ANSWER = "is not the one that its events state"
CHANGES = {
    "words of a form": (change("letters", "text", "'小区门口的路灯亮了三天。'", "serial = 1"), "words are not those"),
    "subject": (change("letters", "subject", "'别的'", "serial = 2"), "words are not those"),
    "place": (change("letters", "place", "'别处'", "serial = 3"), "words are not those"),
    "kind": (change("letters", "kind", "'praise'", "serial = 4"), "words are not those"),
    "words of a mail": (change("letters", "text", "''", came_as("mail:key 0")), "words are not those"),
    "words before it was read": (
        change("letters", "text", "'x'", came_as("mail:key 2")),
        "words are not those",
    ),
    "file's bytes": (change("letters", "attachments[0].blob_id", "'0'", FILES), "words are not those"),
    "file's name": (change("letters", "attachments[0].name", "'b.txt'", FILES), "words are not those"),
    "file taken out": (change("letters", "attachments", "json('[]')", FILES), "words are not those"),
    "original": (change("letters", "raw_blob", "'0'", "serial = 5"), "another original"),
    "answer": (change("work_orders", "reply.parts.result", "'不予办理'", has("reply")), ANSWER),
    "answer's signer": (change("work_orders", "reply.signed_by", "'x'", has("reply")), ANSWER),
    "answer taken out": (change("work_orders", "reply", "NULL", f"{has('reply')} AND NOT {REDONE}"), ANSWER),
    "answer put in": (
        change(
            "work_orders",
            "reply",
            "json_extract(unpacked(body), '$.redo.first_reply')",
            f"{REDONE} AND NOT {has('reply')}",
        ),
        ANSWER,
    ),
    "first answer": (change("work_orders", "redo.first_reply.parts.finding", "'好'", REDONE), ANSWER),
    "second answer": (change("work_orders", "reply.parts.basis", "'无'", f"{REDONE} AND {has('reply')}"), ANSWER),
    "answer to papers": (change("work_orders", "papers[0].answer", "'没有'", PAPERS), "the papers"),
    "wanted papers": (change("work_orders", "papers[0].text", "'别的'", has("papers[0]")), "the papers"),
    "papers' file": (change("work_orders", "papers[1].attachments", "json('[]')", PAPERS), "the papers"),
    "public copy": (change("public_copies", "answer", "'从未修好'", "1"), "public copy"),
    "public copy gone": ("DELETE FROM public_copies", "public copy"),
    "original gone": ("DELETE FROM blobs WHERE data = CAST('mail 1' AS BLOB)", "the letter as it came is gone"),
    "original changed": ("UPDATE blobs SET data = X'00' WHERE data = CAST('mail 1' AS BLOB)", "came was changed"),
    "file changed": ("UPDATE blobs SET data = X'00' WHERE data = CAST('tap' AS BLOB)", "was changed"),
    "file of another type": ("UPDATE blobs SET data = 5 WHERE data = CAST('tap' AS BLOB)", "is gone"),
    "letter gone": ("DELETE FROM letters WHERE serial = 6", "its record is gone"),
    "work order gone": ("DELETE FROM work_orders WHERE id = (SELECT MIN(id) FROM work_orders)", "is gone"),
    "chain gone": (
        "DELETE FROM event_lots WHERE id >> 24 ="
        " (SELECT no FROM names WHERE name LIKE 'letter:%' ORDER BY name LIMIT 1)",
        "no events",
    ),
    "work order moved": (
        "UPDATE work_orders SET letter_id = 'zz' WHERE id = (SELECT MIN(id) FROM work_orders)",
        "gone",
    ),
    "body unreadable": ("UPDATE letters SET body = X'7b' WHERE serial = 7", "can't be read"),
    "bodies exchanged": (
        "UPDATE letters SET body = (SELECT body FROM letters WHERE serial = 8) WHERE serial = 9",
        "two ids",
    ),
}


async def test_every_way_of_a_letter_holds(copy: StoreCopy) -> None:
    evidence = SqliteEvidence(copy)
    letters = await verify_letters(evidence)

    (stored,) = copy.connection.execute("SELECT COUNT(*) FROM letters").fetchone()
    assert (await verify(evidence)).broken is None
    assert letters == LettersVerdict(None, stored, stored + 4)


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_is_found_and_named(copy: StoreCopy, what: str) -> None:
    statement, problem = CHANGES[what]

    broken = await found_after(copy, statement)

    assert broken is not None
    assert problem in broken.problem
    assert broken.letter_id


async def test_the_letter_is_named_by_its_number(copy: StoreCopy) -> None:
    broken = await found_after(copy, change("letters", "text", "'别的话'", "serial = 10"))

    assert broken is not None
    assert broken.number == "2026-000010"


async def test_texts_that_changed_places_are_found(copy: StoreCopy) -> None:
    texts = copy.connection.execute(
        "SELECT serial, json_extract(unpacked(body), '$.subject') FROM letters WHERE serial IN (3, 4) ORDER BY serial"
    ).fetchall()
    (first, one), (second, other) = texts

    broken = await found_after(
        copy,
        change("letters", "subject", f"'{other}'", f"serial = {first}"),
        change("letters", "subject", f"'{one}'", f"serial = {second}"),
    )

    assert broken is not None
    assert broken.number in ("2026-000003", "2026-000004")


async def test_any_flipped_character_of_a_text_is_found(copy: StoreCopy) -> None:
    dice = random.Random(2026)  # noqa: S311
    missed = []
    for _ in range(100):
        field, serial = dice.choice(("subject", "text")), dice.randint(1, 15)
        (text,) = copy.connection.execute(
            f"SELECT json_extract(unpacked(body), '$.{field}') FROM letters WHERE serial = ?",  # noqa: S608
            (serial,),
        ).fetchone()
        place = dice.randrange(len(text))
        flipped = text[:place] + chr(ord(text[place]) ^ 1 << dice.randrange(4)) + text[place + 1 :]
        broken = await found_after(copy, change("letters", field, f"'{flipped}'", f"serial = {serial}"))
        if broken is None or broken.number != f"2026-{serial:06d}":
            missed.append((serial, text, flipped))

    assert missed == []


async def test_a_digest_that_was_bent_to_fit_breaks_the_chain(copy: StoreCopy) -> None:
    def forge(connection: sqlite3.Connection) -> None:
        connection.execute(change("letters", "text", "'别的话'", "serial = 1"))
        (letter_id, body) = connection.execute("SELECT id, body FROM letters WHERE serial = 1").fetchone()
        digest = letter_digest(LETTERS.record(body))
        change_event(
            connection,
            f"letter:{letter_id}",
            1,
            lambda said: re.sub('"content":"[^"]+"', f'"content":"{digest}"', said),
        )

    evidence = SqliteEvidence(copy)
    chains = await copy.after(forge, partial(verify, evidence))
    letters = await copy.after(forge, partial(verify_letters, evidence))

    assert letters is not None and letters.broken is None
    assert chains is not None and chains.broken is not None
    assert chains.broken.problem in ("was changed", "a stored entry is not what was written")


def test_the_command_says_that_everything_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(folder / FILE)) as file:
        (letters,) = file.execute("SELECT COUNT(*) FROM letters").fetchone()
        events, audit = len(all_events(file)), len(all_audit(file))

    status = main(["audit", "verify", "--data", str(folder)])

    assert status == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{letters} letter numbers, {letters} chains with {events} events, {audit} audit entries, 1 checkpoints, "
        f"{letters} letters, {letters + 4} originals and files read",
        "everything holds",
    ]


def test_the_command_names_the_first_letter_that_was_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(seeing_bodies(sqlite3.connect(folder / FILE, isolation_level=None))) as file:
        file.execute(change("letters", "text", "'别的话'", "serial = 10"))
        (letter_id,) = file.execute("SELECT id FROM letters WHERE serial = 10").fetchone()

    status = main(["audit", "verify", "--data", str(folder)])

    assert status == 1
    expected = f"BROKEN: letter 2026-000010 ({letter_id}): its words are not those that its events state"
    assert capsys.readouterr().out.splitlines()[-1] == expected


async def test_the_command_works_while_the_server_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = await SqliteStore.open(folder)
    deed, form = Deed(WRITER, MONDAY), submission(token="while it runs")
    _, changes = intake.from_form(deed, form, [], limits(), writer_id=WRITER.id, channel=Channel.WEB)
    await store.commit(changes)

    status = await asyncio.to_thread(main, ["audit", "verify", "--data", str(folder)])
    await store.close()

    assert status == 0
    assert capsys.readouterr().out.splitlines()[-1] == "everything holds"
