"""Bombs end in their own process: the loop goes on, the others' mail is read, nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from support.bombs import BOMBS

from minxin.core.errors import InvalidInputError, UnavailableError
from minxin.mailbox import safe_tasks
from minxin.mailbox.attachments import clean_uploads
from minxin.mailbox.errors import ParseCrashedError, ParseFailedError, ParseTimeoutError
from minxin.mailbox.files import Upload
from minxin.mailbox.mime.reader import read_mail
from minxin.mailbox.mime.sanitize import sanitize_html
from minxin.mailbox.reading import read_safely
from minxin.mailbox.safe_pool import SafePool

pytestmark = pytest.mark.fault

HONEST = "Subject: 停水\r\nFrom: a@b.cn\r\n\r\n三天没有水".encode()


@pytest.fixture
async def pool() -> AsyncIterator[SafePool]:
    made = SafePool(2)
    yield made
    await made.close()


async def longest_lag(work: Awaitable[object]) -> float:
    """The longest time in seconds that the loop did not come round while ``work`` was waited for."""
    task = asyncio.ensure_future(work)
    worst, before = 0.0, time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        worst, before = max(worst, now - before - 0.005), now
    await task
    return worst


async def test_mail_bombs_do_not_hold_the_loop_and_the_next_mail_is_read(pool: SafePool) -> None:
    await read_safely(pool, HONEST)

    async def read_all() -> None:
        for name, bomb in BOMBS.items():
            mail = await read_safely(pool, bomb)
            assert mail.readable or mail.problems, name

    assert await longest_lag(read_all()) < 0.5
    started = time.perf_counter()
    assert (await read_safely(pool, HONEST)).text == "三天没有水"
    assert time.perf_counter() - started < 1


async def test_the_lag_probe_sees_a_loop_that_is_held() -> None:
    async def hold() -> None:
        read_mail(b"Subject: x\n\n" + b"y\n" * 900_000)

    assert await longest_lag(hold()) > 0.1


async def spin(pool: SafePool) -> None:
    """Use processor time until killed: HTML that takes longer than its limit of 10 ms."""
    await pool.run(sanitize_html, "<p>x" * 150_000, {}, limit_s=0.01)


async def starve(pool: SafePool) -> None:
    """Ask for more memory than a small pool gives."""
    await pool.run(read_mail, b"Subject: x\n\n" + b"y\n" * 900_000)


@pytest.mark.parametrize(
    ("work", "memory_mb", "error"), [(spin, 256, ParseTimeoutError), (starve, 32, ParseFailedError)]
)
async def test_too_much_time_or_memory_ends_the_job_only(
    work: Callable[[SafePool], Awaitable[None]], memory_mb: int, error: type[Exception]
) -> None:
    pool = SafePool(2, memory_mb=memory_mb)
    try:
        results = await asyncio.gather(work(pool), pool.run(read_mail, HONEST), return_exceptions=True)
        assert isinstance(results[0], error)
        assert getattr(results[1], "subject", None) == "停水"
        assert (await pool.run(read_mail, HONEST)).subject == "停水"
    finally:
        await pool.close()


async def test_mail_that_takes_too_long_is_unreadable_not_lost(pool: SafePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minxin.mailbox.reading._BASE_LIMIT_S", 0.02)
    monkeypatch.setattr("minxin.mailbox.reading._LIMIT_S_PER_BYTE", 0.0)
    mail = await read_safely(pool, b"Subject: slow\n\n" + b"y\n" * 900_000)
    assert (mail.readable, mail.subject, mail.problems[0]) == (False, "slow", "mail.timeout")


async def test_a_killed_worker_is_a_temporary_error_and_is_replaced(pool: SafePool) -> None:
    await pool.run(read_mail, HONEST)
    (worker,) = pool.workers()
    job = asyncio.ensure_future(pool.run(sanitize_html, "<p>x" * 150_000, {}))
    await asyncio.sleep(0)
    os.kill(worker, 9)
    with pytest.raises(ParseCrashedError) as crash:
        await job
    assert crash.value.temporary
    assert (await pool.run(read_mail, HONEST)).subject == "停水"


async def test_a_caller_that_leaves_takes_its_worker_with_it(pool: SafePool) -> None:
    await pool.run(read_mail, HONEST)
    job = asyncio.ensure_future(pool.run(sanitize_html, "<p>x" * 150_000, {}))
    await asyncio.sleep(0.02)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert pool.workers() == ()
    assert (await pool.run(read_mail, HONEST)).subject == "停水"


async def test_refusals_cross_the_pipe_with_field_and_reason(pool: SafePool) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await clean_uploads(pool, [Upload("a.exe", b"MZ\x90\x00")])
    assert (refusal.value.reason, refusal.value.field) == ("attachment.type", "attachments")
    assert refusal.value.params["name"] == "a.exe"


async def test_only_registered_functions_run(pool: SafePool) -> None:
    with pytest.raises(KeyError):
        await pool.run(os.getcwd)
    assert {function.__name__ for function in safe_tasks.SAFE_FUNCTIONS} == set(safe_tasks.signatures())


async def test_closing_leaves_no_process(pool: SafePool) -> None:
    await asyncio.gather(*(pool.run(read_mail, HONEST) for _ in range(4)))
    workers = pool.workers()
    assert 1 <= len(workers) <= 2
    await pool.close()
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
    with pytest.raises(UnavailableError):
        await pool.run(read_mail, HONEST)
