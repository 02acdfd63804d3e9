"""A city with many boxes, filled fast: 100,000 citizens, each with a box of 50 mails, some eight minutes on two cores.

usage: fill_boxes.py FOLDER [--boxes 100000] [--mails 50] [--kinds 4000] [--own 2]

People and boxes are committed as the service does. Mails are written in bulk, with the service's own records and codec,
in the order in which mail arrives: each box gets one before any gets the next, so that a box's mails lie apart from
each other in the file. Most are one of ``--kinds`` mails that many boxes hold, ``--own`` of each box nobody else has.
Whoever is cut off goes on where it was.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from msgspec.structs import replace
from support.live import prepared_city

from minxin.core.changes import Blob, Changes
from minxin.core.privacy import Vault, load_key
from minxin.mailbox.accounts import Holders, apply
from minxin.mailbox.forms import Person as Applicant
from minxin.mailbox.mail.delivery import MailFields, fields_of, pack, snippet_of
from minxin.mailbox.mail.folded import with_words
from minxin.mailbox.mail.keys import mail_usage, role_folder, stamp_sequence, uid_sequence
from minxin.mailbox.mail.opening import FOLDERS, open_box
from minxin.mailbox.mail.records import SEEN, BoxKind, FolderRole, MailContent, MailItem, MailText, Person
from minxin.mailbox.mime.head import look
from minxin.mailbox.records import Verification, VerifiedBy
from minxin.mailbox.rules import AccountRules
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.packing import pack_blob
from minxin.store.sqlite.store import SqliteStore
from minxin.store.sqlite.tables import MAIL_CONTENTS, MAIL_ITEMS, MAIL_TEXTS

BEGAN: Final = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
AT_ONCE: Final = 64
BOXES_AT_ONCE: Final = 5_000
FIRST_STAMP: Final = len(FOLDERS) + 1
CACHE_KIB: Final = 1_500_000
TOPICS: Final = (
    "路灯 停水 噪音 学校 公交 医保 社保 养老 施工 垃圾 绿化 停车 电梯 燃气 暖气 下水道 油烟 户口 房产证 居住证".split()
)
PLACES: Final = "海棠小区 望海路 滨河街道 东港村 解放路 翠湖花园 港湾新城 老城厢 玉兰苑 北站广场".split()
SAYINGS: Final = (
    "您反映的{place}{topic}问题已经收到，我们正在联系承办单位核实。",
    "经现场查看，{place}一带的{topic}情况属实，预计下周完成整改。",
    "请您带好身份证和户口本，到{place}政务服务中心二楼窗口办理{topic}手续。",
    "本周六上午九点将在{place}召开居民会议，讨论{topic}改造方案，欢迎参加。",
    "上次说的{topic}材料我已经整理好了，附在后面，请您有空时看一看。",
    "{place}的{topic}费用从下个月起调整，具体标准见公告。",
    "谢谢您的来信，关于{topic}的答复请见正文，如有疑问可拨打服务热线。",
    "孩子的{topic}手续我们一起去办吧，周三下午在{place}门口见。",
)


class Mail(NamedTuple):
    """A mail as it is kept, with what a list shows of it."""

    content: MailContent
    text: MailText
    blobs: tuple[Blob, ...]
    fields: MailFields


def account_id(number: int) -> str:
    """Return the account's and box's id of the person with this number."""
    return hashlib.blake2b(f"many-{number}".encode(), digest_size=16).hexdigest()


def make_mail(name: str, relays: int = 4) -> Mail:
    """Return a mail of 1 to 5 kB in Chinese, the same for the same name."""
    pick = random.Random(name)  # noqa: S311 - the same mails each time
    lines = [pick.choice(SAYINGS).format(place=pick.choice(PLACES), topic=pick.choice(TOPICS)) for _ in range(30)]
    text = "\r\n".join(lines[: pick.randint(5, 30)]) + f"\r\n编号 {name}\r\n"
    sender, subject = Person("李明", f"li{pick.randrange(997)}@home.example"), f"{pick.choice(TOPICS)}的事 {name}"
    passed = "".join(f"Received: from mx{i}.home.example by mx{i + 1}.home.example; {name}\r\n" for i in range(relays))
    raw = (
        f"{passed}From: =?utf-8?b?5p2O5piO?= <{sender.address}>\r\nTo: someone@citizen.binhai.example\r\n"
        f"Subject: {subject}\r\nDate: Thu, 12 Feb 2026 12:00:00 +0800\r\nMessage-ID: <{name}@home.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{text}"
    ).encode()
    packed = pack(raw)
    said = with_words(MailText(id=packed.content.id, sender=sender, subject=subject, words="", text=text))
    shown = replace(fields_of(look(raw)), snippet=snippet_of(text), read=True)
    return Mail(packed.content, said, packed.blobs, shown)


def make_item(number: int, place: int, mail: Mail) -> MailItem:
    """Return the item of the box with this number, as its delivery would have written it; most were opened."""
    box_id = account_id(number)
    key = hashlib.blake2b(f"{number}/{place}".encode(), digest_size=16).hexdigest()
    at = BEGAN + timedelta(hours=place * 20, seconds=number % 72_000)
    seen = (number + place) % 5 != 0
    return MailItem(
        id=key,
        version=1,
        box_id=box_id,
        folder_id=role_folder(box_id, FolderRole.INBOX),
        seq=place + 1,
        stamp=FIRST_STAMP + place,
        content_id=mail.content.id,
        received_at=at,
        size_bytes=mail.content.size_bytes,
        thread_id=key,
        flags=(SEEN,) if seen else (),
        opened_at=at if seen else None,
        sender=mail.fields.sender,
        to=mail.fields.to,
        subject=mail.fields.subject,
        date=mail.fields.date,
        message_id=mail.fields.message_id,
        snippet=mail.fields.snippet,
    )


class Filler:
    """Fills one folder, step by step; each step is noted when it is done."""

    def __init__(self, folder: Path, args: argparse.Namespace) -> None:
        self.folder = folder
        self.boxes, self.mails, self.kinds, self.own = args.boxes, args.mails, args.kinds, args.own
        self._note = folder / "filled.json"
        noted: dict[str, int] = json.loads(self._note.read_text(encoding="ascii")) if self._note.exists() else {}
        self.done = {"people": 0, "kinds": 0, "items": 0, "whole": 0} | noted
        self._started = time.monotonic()

    async def fill(self) -> None:
        """Do what is not done yet."""
        if self.done["whole"]:
            return
        store = await SqliteStore.open(self.folder)
        try:
            await self._people(store)
            await self._contents(store)
        finally:
            await store.close()
        self._items()

    async def _people(self, store: SqliteStore) -> None:
        vault, rules = Vault(load_key(self.folder / "master.key", create=False)), AccountRules()
        verified = Verification(VerifiedBy.REGISTER, BEGAN, "system")

        def one(number: int) -> Changes:
            who = Applicant(
                name="王民",
                phone=f"170{number:08}",
                id_number=f"{number:018}",
                login=f"many{number}",
                address=f"many{number}@home.example",
            )
            made = account_id(number)
            account, changes = apply(vault, rules, who, Holders(), "none", verified, made, BEGAN)
            address = f"{10_000_000 + number}@citizen.binhai.example"
            return (
                Changes(inserts=[account], events=changes.events)
                + open_box(made, BoxKind.CITIZEN, made, address, BEGAN)[1]
            )

        for start in range(self.done["people"], self.boxes, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, self.boxes))
            await asyncio.gather(*(store.commit(one(number)) for number in numbers))
            if numbers.stop % (AT_ONCE * 100) == 0 or numbers.stop == self.boxes:
                self._say("people", numbers.stop)

    async def _contents(self, store: SqliteStore) -> None:
        for start in range(self.done["kinds"], self.kinds, AT_ONCE):
            changes = Changes()
            for kind in range(start, min(start + AT_ONCE, self.kinds)):
                mail = make_mail(f"kind{kind}")
                changes += Changes(ensures=[mail.content, mail.text], blobs=list(mail.blobs))
            await store.commit(changes)
        self._say("kinds", self.kinds)

    def _items(self) -> None:
        connection = sqlite3.connect(self.folder / FILE, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = self._without_indexes(connection)
        kinds = [make_mail(f"kind{kind}") for kind in range(self.kinds)]
        pick = random.Random(7)  # noqa: S311
        shares = [[pick.randrange(self.kinds) for _ in range(self.mails)] for _ in range(997)]
        total = self.boxes * self.mails
        for start in range(self.done["items"], total, BOXES_AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            self._write(connection, range(start, min(start + BOXES_AT_ONCE, total)), kinds, shares)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._say("items", min(start + BOXES_AT_ONCE, total), quiet=start % (BOXES_AT_ONCE * 50) != 0)
        self._count(connection)
        for name, statement in indexes.items():
            connection.execute(statement)
            print(f"{time.monotonic() - self._started:8.0f} s  index {name}", flush=True)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self._say("whole", 1)

    def _write(self, connection: sqlite3.Connection, places: range, kinds: list[Mail], shares: list[list[int]]) -> None:
        """Write these items: number 7 of 100 boxes with 2 mails is the first mail of the eighth box."""
        rows, own = [], []
        for at in places:
            place, number = divmod(at, self.boxes)
            if place < self.own:
                mail = make_mail(f"own{number}.{place}")
                own.append(mail)
            else:
                mail = kinds[shares[number % len(shares)][place]]
            rows.append(MAIL_ITEMS.packed_row(make_item(number, place, mail)))
        connection.executemany(_ignoring(MAIL_ITEMS.insert), rows)
        for one in own:
            content, text = MAIL_CONTENTS.packed_row(one.content), MAIL_TEXTS.packed_row(one.text)
            connection.execute(_ignoring(MAIL_CONTENTS.insert), [content[0], 1, *content[2:]])
            connection.execute(_ignoring(MAIL_TEXTS.insert), [text[0], 1, *text[2:]])
            connection.executemany(
                "INSERT OR IGNORE INTO blobs VALUES (?, ?, ?)", [(b.id, *pack_blob(b.data)) for b in one.blobs]
            )
            names = [(blob.id, "mail_contents", one.content.id) for blob in one.blobs]
            connection.executemany(
                "INSERT OR IGNORE INTO blob_names (blob_id, kind, record_id) VALUES (?, ?, ?)", names
            )

    def _without_indexes(self, connection: sqlite3.Connection) -> dict[str, str]:
        """Take the indexes of items away and return how to make them: at the end that is ten times faster."""
        kept = self.folder / "indexes.json"
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'mail_items' AND sql NOT NULL"
        found: dict[str, str] = dict(connection.execute(query).fetchall())
        if kept.exists():
            found = json.loads(kept.read_text(encoding="utf-8"))
        kept.write_text(json.dumps(found), encoding="utf-8")
        for name in found:
            connection.execute(f"DROP INDEX IF EXISTS {name}")
        return found

    def _count(self, connection: sqlite3.Connection) -> None:
        """Set the counters of the boxes to what the deliveries would have left."""
        connection.execute("BEGIN IMMEDIATE")
        sizes: dict[str, int] = dict(
            connection.execute("SELECT box_id, sum(size_bytes) FROM mail_items GROUP BY box_id").fetchall()
        )
        last = FIRST_STAMP + self.mails - 1
        inboxes = (uid_sequence(role_folder(box_id, FolderRole.INBOX)) for box_id in sizes)
        sequences = [*((name, self.mails) for name in inboxes), *((stamp_sequence(one), last) for one in sizes)]
        connection.executemany("INSERT OR REPLACE INTO sequences VALUES (?, ?)", sequences)
        usages = ((mail_usage(one), size) for one, size in sizes.items())
        connection.executemany("INSERT OR REPLACE INTO usages VALUES (?, ?)", usages)
        connection.execute("COMMIT")

    def _say(self, what: str, number: int, *, quiet: bool = False) -> None:
        self.done[what] = number
        self._note.write_text(json.dumps(self.done), encoding="ascii")
        if not quiet:
            print(f"{time.monotonic() - self._started:8.0f} s  {what} {number:,}", flush=True)


def _ignoring(insert: str) -> str:
    return insert.replace("INSERT INTO", "INSERT OR IGNORE INTO", 1)


def sizes(folder: Path, mails: int) -> Iterator[str]:
    """Yield how large the file is, and which tables and indexes take most of it for each mail."""
    total = (folder / FILE).stat().st_size
    yield f"file {total / 1e9:.2f} GB, {total / mails:,.0f} bytes a mail"
    connection = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)
    query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 14"
    for name, size in connection.execute(query):
        yield f"{name:44} {size / 1e6:9.1f} MB {size / mails:8.1f} bytes a mail"
    connection.close()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says how many."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--mails", type=int, default=50)
    parser.add_argument("--kinds", type=int, default=4_000)
    parser.add_argument("--own", type=int, default=2)


async def filled(args: argparse.Namespace) -> Path:
    """Return a city's data folder with the boxes, made and filled when it is not yet."""
    folder: Path = args.folder / "prepared"
    if not (folder / FILE).exists():
        args.folder.mkdir(parents=True, exist_ok=True)
        await prepared_city(args.folder)
    await Filler(folder, args).fill()
    return folder


async def main(args: argparse.Namespace) -> None:
    """Fill, and say how large it is."""
    folder = await filled(args)
    for line in sizes(folder, args.boxes * args.mails):
        print(line)


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(reader)
    asyncio.run(main(reader.parse_args()))
