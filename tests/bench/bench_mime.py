"""Measures the reading of hostile and of honest input: ``python tests/bench/bench_mime.py``.

Prints for each case the seconds of the pre-scan, of the reader in this process, and of the whole way by the pool.
"""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable

from minxin.core.errors import MinxinError
from minxin.mailbox.mime.prescan import prescan
from minxin.mailbox.mime.reader import read_mail
from minxin.mailbox.mime.sanitize import sanitize_html
from minxin.mailbox.reading import read_safely
from minxin.mailbox.safe_pool import SafePool


def cases() -> dict[str, bytes]:
    data = base64.encodebytes(random.Random(1).randbytes(18_000_000)).replace(b"\n", b"\r\n")
    attached = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"
    attached += b"Content-Transfer-Encoding: base64\r\n"
    return {
        "letter, 10 KB": b"Subject: x\r\n\r\n" + b"a line of a letter\r\n" * 500,
        "attachment, 25 MB": attached + b"Content-Type: application/pdf\r\n\r\n" + data + b"--b--\r\n",
        "24 MB of newlines": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n" * 24_000_000,
        "24 MB of dashes": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--" * 8_000_000,
        "24 MB of bare CR dashes": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\r--" + b"a" * 24_000_000,
        "100 000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
        "1 000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 990,
        "1 000 words": b"Subject: " + b" ".join([b"=?gbk?b?xOM=?="] * 1_000) + b"\n\nx",
        "8 000 semicolons": b"Content-Disposition: attachment; " + b";" * 8_000 + b"\n\nx",
        "999 000 lines": b"Subject: x\n\n" + b"y\n" * 999_000,
        "16 000 semicolons in 60 parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
        + (b"--b\nContent-Type: text/plain" + b";" * 16_000 + b"\n\nx\n") * 60,
    }


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


async def main() -> None:
    pool = SafePool(1)
    started = time.perf_counter()
    await read_safely(pool, b"Subject: x\n\nx")
    print(f"first job with the start of the process: {time.perf_counter() - started:.3f} s")
    started = time.perf_counter()
    for _ in range(1_000):
        await read_safely(pool, b"Subject: x\n\nx")
    print(f"jobs through one process: {1_000 / (time.perf_counter() - started):.0f}/s")
    for name, raw in cases().items():
        scan, read = seconds(lambda raw=raw: prescan(raw)), seconds(lambda raw=raw: read_mail(raw))
        started = time.perf_counter()
        try:
            mail = await read_safely(pool, raw)
            outcome = ", ".join(mail.problems[:1]) or "read"
        except MinxinError as error:
            outcome = error.reason
        print(f"{name:32} scan {scan:.3f}  read {read:.3f}  pool {time.perf_counter() - started:.3f}  {outcome}")
    page = "<p>你好<span>世界</span><br>" * 15_000
    print(f"HTML of {len(page)} characters: {seconds(lambda: sanitize_html(page, {})):.3f} s")
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main())
