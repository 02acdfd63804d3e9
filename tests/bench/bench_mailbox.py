"""Figures of the mail store: ``python tests/bench/bench_mailbox.py [--boxes 2000] [--each 50] [--dir DIR]``.

Every box gets the same number of mails; one content in ten boxes (``--shared``), one mail in twenty with a picture of
40 KB out of twenty. Measured at the services, without HTTP: filling, the first page of a box, a search in one box and
in one that is full of words, deliveries from many sides at once with one durable commit each, and the memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.mail import NOON  # noqa: E402

from minxin.core.actor import Actor, Role  # noqa: E402
from minxin.core.changes import Changes  # noqa: E402
from minxin.core.clock import FixedClock  # noqa: E402
from minxin.core.errors import QuotaError  # noqa: E402
from minxin.core.paging import PageRequest  # noqa: E402
from minxin.mailbox.mail.compose import Letter, compose  # noqa: E402
from minxin.mailbox.mail.delivery import (  # noqa: E402
    Incoming,
    Packed,
    deliver_mail,
    fields_of,
    pack,
)
from minxin.mailbox.mail.folded import with_words  # noqa: E402
from minxin.mailbox.mail.keys import mail_usage, role_folder  # noqa: E402
from minxin.mailbox.mail.opening import open_box  # noqa: E402
from minxin.mailbox.mail.records import Box, BoxKind, FolderRole, MailText, Person  # noqa: E402
from minxin.mailbox.mail.rules import MIB, MailRules  # noqa: E402
from minxin.mailbox.mail.service import Mailboxes  # noqa: E402
from minxin.mailbox.mime.head import look  # noqa: E402
from minxin.mailbox.safe_pool import SafePool  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402

WORDS = "路灯 小区 停水 物业 噪音 学校 公交 医保 社保 养老 噪声 施工 垃圾 绿化 停车 电梯 燃气 暖气 下水道 油烟".split()
PICTURES = [random.Random(place).randbytes(40_000) for place in range(20)]
AT_ONCE = 50
SEARCHES = 200
PAGES = 2_000
DELIVERIES = 4_000
INBOX = FolderRole.INBOX


def show(what: str, figure: str) -> None:
    print(f"{what:62} {figure}", flush=True)


def make_mail(number: int, chars: int = 400) -> tuple[Packed, MailText, bytes]:
    """Return a mail of some hundred Chinese characters, as it is kept and as it reads."""
    pick = random.Random(number)
    text = "，".join(pick.choices(WORDS, k=chars // 3))
    subject = f"{pick.choice(WORDS)}{pick.choice(WORDS)} {number}"
    sender = Person("李明", f"li{number % 997}@home.example")
    files = [("照片.jpg", "image/jpeg", PICTURES[number % 20])] if number % 20 == 0 else []
    raw = compose(
        Letter(
            sender=sender,
            to=(Person("", "someone@citizen.binhai.example"),),
            subject=subject,
            text=text,
            at=NOON,
            message_id=f"<{number}@home.example>",
            files=files,
        )
    )
    packed = pack(raw)
    known = MailText(id=packed.content.id, sender=sender, subject=subject, words="", text=text)
    return packed, with_words(known), raw


def delivery(box: Box, mail: tuple[Packed, MailText, bytes], place: int, item: str, most: int | None) -> Changes:
    packed, text, raw = mail
    return deliver_mail(
        box.id,
        Incoming(
            item_id=item,
            folder_id=role_folder(box.id, INBOX),
            packed=packed,
            fields=fields_of(look(raw)),
            received_at=NOON - timedelta(minutes=place),
            thread_id=item,
            most=most,
            text=text,
        ),
    )


async def fill(store: SqliteStore, boxes: int, each: int, shared: int) -> None:
    """Open the boxes and fill them, a box in one commit."""
    waiting: set[asyncio.Task[None]] = set()
    mails: dict[int, tuple[Packed, MailText, bytes]] = {}

    async def one(number: int) -> None:
        box, changes = open_box(f"b{number}", BoxKind.CITIZEN, f"o{number}", f"{number}@binhai.example", NOON)
        for place in range(each):
            kind = number // shared * each + place
            if kind not in mails:
                mails[kind] = make_mail(kind)
            changes += delivery(box, mails[kind], place, f"{number}-{place}", None)
        await store.commit(changes)
        if number % shared == shared - 1:
            for place in range(each):
                mails.pop(number // shared * each + place, None)

    for number in range(boxes):
        if len(waiting) >= AT_ONCE:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        waiting.add(asyncio.create_task(one(number)))
    await asyncio.gather(*waiting)


async def timed(what: str, many: int, at_once: int, act: Callable[[int], Awaitable[object]]) -> None:
    """Do it ``many`` times, so many at once, and say how long one took."""
    took: list[float] = []
    turns = iter(range(many))

    async def worker() -> None:
        for turn in turns:
            started = time.perf_counter()
            await act(turn)
            took.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    spent_s = time.perf_counter() - started
    took.sort()
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    show(what, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, {many / spent_s:,.0f}/s")


async def full_box(store: SqliteStore) -> None:
    """Fill one box to its 10 MB with text alone: the worst that a search can meet."""
    box, changes = open_box("full", BoxKind.CITIZEN, "full", "full@binhai.example", NOON)
    await store.commit(changes)
    size = place = 0
    while size < 10 * MIB * 95 // 100:
        mail = make_mail(10_000_000 + place, 20_000)
        await store.commit(delivery(box, mail, place, f"full-{place}", None))
        size += mail[0].content.size_bytes
        place += 1
    show("one box full of text", f"{place} mails, {size / MIB:.1f} MB")


async def overshoot(store: SqliteStore) -> None:
    """Deliver from fifty sides into a box that is 99 % full."""
    box, changes = open_box("tight", BoxKind.CITIZEN, "tight", "tight@binhai.example", NOON)
    await store.commit(changes)
    mails = [make_mail(20_000_000 + place) for place in range(200)]
    most = sum(mail[0].content.size_bytes for mail in mails[:100])
    await store.commit(
        sum((delivery(box, mail, 0, f"t{place}", most) for place, mail in enumerate(mails[:99])), Changes())
    )
    results = await asyncio.gather(
        *(store.commit(delivery(box, mail, 0, f"t{99 + place}", most)) for place, mail in enumerate(mails[99:])),
        return_exceptions=True,
    )
    refused = sum(isinstance(one, QuotaError) for one in results)
    used = (await store.used([mail_usage("tight")]))[mail_usage("tight")]
    show("101 deliveries at once at 99 % of quota", f"{refused} refused, overshoot {max(0, used - most)} bytes")


class Bench:
    """A store that is filled, and what is done with it."""

    def __init__(self, store: SqliteStore, pool: SafePool, boxes: int) -> None:
        self.store = store
        self.mailboxes = Mailboxes(store, pool, FixedClock(NOON), MailRules())
        self.pick = random.Random(5)
        self.boxes = boxes
        self.fresh = [make_mail(30_000_000 + place) for place in range(500)]

    def any_box(self) -> tuple[Actor, str]:
        number = self.pick.randrange(self.boxes)
        return Actor(f"o{number}", frozenset({Role.CITIZEN})), f"b{number}"

    async def first_page(self, _: int) -> None:
        actor, box_id = self.any_box()
        await self.mailboxes.folders(actor, box_id)
        assert (await self.mailboxes.items(actor, role_folder(box_id, INBOX), PageRequest(None, 20))).items

    async def search(self, _: int) -> None:
        actor, box_id = self.any_box()
        await self.mailboxes.search(actor, box_id, self.pick.choice(WORDS), PageRequest(None, 20))

    async def search_full(self, turn: int) -> None:
        word = ("路灯", "没有这个词", "下水道 暖气")[turn % 3]
        await self.mailboxes.search(Actor("full"), "full", word, PageRequest(None, 20))

    async def deliver(self, turn: int) -> None:
        _, box_id = self.any_box()
        box = await self.store.get(Box, box_id)
        assert box is not None
        await self.store.commit(delivery(box, self.fresh[turn % 500], 0, f"d{turn}", 10 * MIB))

    async def deliver_alone(self, turn: int) -> None:
        await self.deliver(DELIVERIES + turn)

    async def recount(self) -> None:
        started = time.perf_counter()
        after: str | None = ""
        while after is not None:
            drifts, after = await self.store.recount_mail(after, 200)
            assert not drifts
        show("recount of all boxes", f"{time.perf_counter() - started:.1f} s, no drift")


async def main(folder: Path, boxes: int, each: int, shared: int) -> None:
    store = await SqliteStore.open(folder)
    pool = SafePool()
    bench = Bench(store, pool, boxes)
    started = time.perf_counter()
    await fill(store, boxes, each, shared)
    spent_s = time.perf_counter() - started
    show(f"{boxes:,} boxes with {each} mails each, filled", f"{spent_s:,.0f} s, {boxes * each / spent_s:,.0f} mails/s")
    await full_box(store)
    await timed(f"first page of a box with its folders, {AT_ONCE} at once", PAGES, AT_ONCE, bench.first_page)
    await timed("first page of a box with its folders, one at a time", PAGES // 4, 1, bench.first_page)
    await timed("search in one box, one at a time", SEARCHES, 1, bench.search)
    await timed("search in the box full of text, one at a time", SEARCHES // 2, 1, bench.search_full)
    await timed(f"deliveries, one commit each, {AT_ONCE} at once", DELIVERIES, AT_ONCE, bench.deliver)
    await timed("deliveries, one commit each, one at a time", 200, 1, bench.deliver_alone)
    await overshoot(store)
    await bench.recount()
    await pool.close()
    await store.close()
    size_mb = (folder / "minxin.db").stat().st_size / 1e6
    show("size of the file", f"{size_mb:,.0f} MB, {size_mb * 1e3 / (boxes * each):.2f} kB a mail")
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show("most memory", f"{memory_mb:,.0f} MB; load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--boxes", type=int, default=2_000)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--shared", type=int, default=10, help="in how many boxes each content is")
    parser.add_argument(
        "--dir", type=Path, help="where the store is made and removed again (else the temporary folder)"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as temporary:
        asyncio.run(main(Path(temporary), given.boxes, given.each, given.shared))
