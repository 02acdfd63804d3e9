"""Durable letters by form and by mail, beside the bare floor of each in the same run.

usage: bench_intake.py [SECONDS]
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from load import HOST, need_wrk, running_city, send_mail, show, wrk

MAYOR = "mayor@binhai.example"
BODY_BYTES = 10 * 1024


class NoOp:
    """The least that an aiosmtpd handler can do."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "250 OK"


async def floor_http(seconds: int) -> dict[str, Any]:
    """aiohttp alone: it reads the form and answers 303."""

    async def send(request: web.Request) -> web.Response:
        await request.post()
        return web.Response(status=303, headers={"Location": "/"})

    application = web.Application()
    application.add_routes([web.post("/write", send)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        url = f"http://{HOST}:{port}/write"
        return await wrk("write_letters.lua", url, {"session": "x" * 40}, csrf="x" * 80, seconds=seconds)
    finally:
        await runner.cleanup()


async def floor_smtp(seconds: int) -> dict[str, Any]:
    """aiosmtpd alone, with a handler that does nothing."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(NoOp(), hostname="floor"), HOST, 0)
    port = server.sockets[0].getsockname()[1]
    try:
        return await send_mail(port, connections=20, seconds=seconds, body_bytes=BODY_BYTES, recipient=MAYOR)
    finally:
        server.close()


def floor_sqlite(folder: Path, seconds: float) -> dict[str, Any]:
    """SQLite alone: one row of 10 KiB and one sync for each commit, from one thread."""
    with sqlite3.connect(folder / "floor.db", isolation_level=None) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY, data BLOB)")
        stop_at, count, started = time.monotonic() + seconds, 0, time.monotonic()
        data = bytes(BODY_BYTES)
        while time.monotonic() < stop_at:
            database.execute("INSERT INTO raw (data) VALUES (?)", (data,))
            count += 1
        return {"commits": count, "per_second": round(count / (time.monotonic() - started), 1)}


async def main(seconds: int) -> None:
    need_wrk()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("floor: aiohttp alone, 50 connections", await floor_http(seconds))
        show("floor: aiosmtpd no-op, 20 connections, 10 KiB", await floor_smtp(seconds))
        show("floor: SQLite FULL, one commit a row", floor_sqlite(folder, seconds / 3))
        async with running_city(folder / "city") as city:
            async with city.browser("citizen1") as browser:
                await browser.get("/write")
                for turn in ("first", "second"):
                    csrf = browser.hidden("/write")["csrf_token"]
                    url = f"{city.base}/write"
                    figures = await wrk("write_letters.lua", url, browser.cookies, csrf=csrf, seconds=seconds)
                    show(f"letters by form, 50 connections, {turn}", figures)
                    await asyncio.sleep(seconds)
            figures = await send_mail(
                city.smtp_port, connections=20, seconds=seconds, body_bytes=BODY_BYTES, recipient=MAYOR
            )
            show("letters by mail, 20 kept connections, 10 KiB", figures)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
