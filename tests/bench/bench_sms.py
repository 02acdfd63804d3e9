"""A hundred thousand short messages at once: ``python tests/bench/bench_sms.py [--many 100000] [--rate 200]``.

Letters are accepted by eight writers who never pause, and every 50 ms a letter's notice and a code are put into the
outbox, first beside an empty bulk lane and then beside a full one, with the provider's rate and without one. The
provider answers after 20 ms. Latency is from the commit of the outbox entry to its being in the provider's hand.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import structs

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.store import Maker  # noqa: E402

from minxin.core.changes import Changes  # noqa: E402
from minxin.core.clock import SystemClock  # noqa: E402
from minxin.core.ids import new_id  # noqa: E402
from minxin.core.privacy import Vault  # noqa: E402
from minxin.deploy.settings import Settings  # noqa: E402
from minxin.deploy.sms import Lanes, TextGateway, notice_rules  # noqa: E402
from minxin.mailbox import sms  # noqa: E402
from minxin.mailbox.gateways.sms_folder import SentSms  # noqa: E402
from minxin.mailbox.phonecodes import CodePurpose  # noqa: E402
from minxin.mailbox.records import Account, AccountState  # noqa: E402
from minxin.mailbox.rules import AccountRules  # noqa: E402
from minxin.mailbox.sms import Lane, ShortMessage  # noqa: E402
from minxin.mailbox.texting.ports import DeliveryReport  # noqa: E402
from minxin.mailbox.texting.rules import Kind  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402

VAULT = Vault(bytes(32))
CLOCK = SystemClock()
RULES = notice_rules(Settings(sms_quiet=""))
SECONDS = 20.0
EVERY_S = 0.05
WRITERS = 8
ANSWER_S = 0.02
AT_ONCE = 50


class Provider:
    """Takes what it is given after a moment, and notes when."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.bulk = 0

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        await asyncio.sleep(ANSWER_S)
        if key.startswith("bulk"):
            self.bulk += 1
        else:
            self.at[key] = time.perf_counter()
        return key

    async def reports(self) -> Sequence[DeliveryReport]:
        return ()


async def _none(count: int) -> list[SentSms]:
    return []


async def _to_many(key: str, payload: dict[str, object]) -> Changes:
    return Changes()


def person(number: int) -> Account:
    phone = str(13_800_000_000 + number)
    return Account(
        id=f"person-{number}",
        login=f"person-{number}",
        state=AccountState.ACTIVE,
        name="王小明",
        phone=VAULT.seal(phone, "phone"),
        phone_index=phone,
        password_hash="",
        created_at=CLOCK.now(),
    )


async def fill(store: SqliteStore, first: int, many: int) -> float:
    """Put a notice to each of so many people into the bulk lane, and return how long that took, in seconds."""
    for start in range(first, first + many, 500):
        await store.commit(Changes(inserts=[person(number) for number in range(start, min(start + 500, first + many))]))
    started = time.perf_counter()
    for start in range(first, first + many, AT_ONCE):
        changes = Changes()
        now = CLOCK.now()
        for number in range(start, min(start + AT_ONCE, first + many)):
            message = sms.wrote("滨海市", "zh", "市政府办", now, now + RULES.life)
            key = f"bulk-{number}"
            changes += sms.notice(VAULT, f"person-{number}", Kind.NOTICE, "office", message, key, Lane.BULK)
        await store.commit(changes)
    return time.perf_counter() - started


async def accept(store: SqliteStore, make: Maker, taken: list[float]) -> None:
    """Accept letters one after the other, and note how long each takes."""
    while True:
        letter = make.intake(id=new_id(), subject="路灯不亮", text="小区门口的路灯坏了很久，晚上老人走路看不清。" * 5)
        letter.jobs = []
        letter.inserts = [structs.replace(letter.inserts[0])]
        started = time.perf_counter()
        await store.commit(letter)
        taken.append(time.perf_counter() - started)


async def words(store: SqliteStore, began: dict[str, float], phase: str, until: float) -> None:
    """Every so often put a letter's notice and a code into the outbox."""
    number = 0
    while time.perf_counter() < until:
        now, number = CLOCK.now(), number + 1
        notice = sms.wrote("滨海市", "zh", "市城管局", now, now + RULES.life)
        code = sms.code(AccountRules(), CodePurpose.SECOND_FACTOR, "048213", "zh", now)
        keys = f"notice-{phase}-{number}", f"code-{phase}-{number}"
        changes = sms.notice(VAULT, f"person-{number}", Kind.NOTICE, keys[0], notice, keys[0])
        changes += sms.entry(VAULT, VAULT.seal("13800000000", "phone"), code, keys[1])
        await store.commit(changes)
        began |= dict.fromkeys(keys, time.perf_counter())
        await asyncio.sleep(EVERY_S)


def spread(values: list[float]) -> str:
    found = sorted(values)
    last = len(found) - 1
    return f"p50 {1000 * statistics.median(found):.0f} ms, p95 {1000 * found[int(0.95 * last)]:.0f} ms"


async def phase(store: SqliteStore, make: Maker, name: str, rate: float) -> None:
    """Measure for a while with the bulk lane as it is."""
    provider, taken, began = Provider(), list[float](), dict[str, float]()
    lanes = Lanes(TextGateway(provider, _none, _none), store, VAULT, CLOCK, RULES, rate)
    tasks = [asyncio.create_task(worker.run()) for worker in lanes.workers("staff_notice", _to_many)]
    await asyncio.sleep(1)  # the first second's worth of tokens is gone
    tasks += [asyncio.create_task(accept(store, make, taken)) for _ in range(WRITERS)]
    await words(store, began, name, time.perf_counter() + SECONDS)
    letters = len(taken)
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    print(f"{name}: letters accepted {letters / SECONDS:.0f}/s, {spread(taken)}", flush=True)
    for kind in ("code", "notice"):
        waits = [provider.at[key] - at for key, at in began.items() if key.startswith(kind) and key in provider.at]
        lost = sum(key.startswith(kind) and key not in provider.at for key in began)
        print(f"{name}: {kind} {spread(waits)}, {len(waits)} sent, {lost} late; bulk {provider.bulk / SECONDS:.0f}/s")


async def main(many: int, rate: float, folder: Path) -> None:
    store, make = await SqliteStore.open(folder), Maker()
    await fill(store, 0, 500)
    async with asyncio.timeout(60):
        await drain(store)
    await phase(store, make, "bulk lane empty", rate)
    spent_s = await fill(store, 1_000, many)
    print(f"{many} put into the bulk lane in {spent_s:.0f} s", flush=True)
    await phase(store, make, f"bulk lane full, {rate:.0f}/s", rate)
    await phase(store, make, "bulk lane full, no rate", 0)
    await store.close()


async def drain(store: SqliteStore) -> None:
    """Send what the people of the letters were put there with."""
    lanes = Lanes(TextGateway(Provider(), _none, _none), store, VAULT, CLOCK, RULES, 0)
    bulk = lanes.workers("staff_notice", _to_many)[-1]
    while await bulk.run_once():
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--dir", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as data:
        asyncio.run(main(given.many, given.rate, Path(data)))
