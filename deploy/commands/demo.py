"""``minxin demo``: the whole service on the fictional city of Binhai, in one folder, with nothing to install."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from minxin.core.actor import Role
from minxin.core.errors import ConfigError
from minxin.deploy.bar import Bar
from minxin.deploy.heap import share_one_arena
from minxin.deploy.house import House, open_house
from minxin.deploy.logs import set_up_logs
from minxin.deploy.populate import PASSWORD, DemoPeople, populate_demo
from minxin.deploy.server import serve
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.storing import store_exists

NAME = "demo"
HELP = "show the whole service on the fictional city of Binhai"
# The sample letters are few: at the usual 0.95 almost every new letter would wait for a clerk.
PRECISION = 0.85


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--port", type=int, default=8080, help="the port of the web door")
    parser.add_argument("--smtp-port", type=int, default=8025, help="the port of the SMTP door")
    parser.add_argument("--imap-port", type=int, default=0, help="the port of the IMAP door; 0 takes a free one")
    parser.add_argument("--submission-port", type=int, default=0, help="where mail programs send; 0 takes a free one")
    parser.add_argument("--data", type=Path, default=Path("var/demo"), help="an empty folder, or an earlier demo's")
    parser.add_argument("--store", metavar="ADDRESS", help="a MongoDB replica set: mongodb://…/database")
    parser.add_argument("--letters", type=int, default=2000, help="how many letters the city's past has")
    parser.add_argument("--no-second-factor", action="store_true", help="staff log in with the password alone")


def run(args: argparse.Namespace) -> int:
    """Fill an empty folder, start every door, print addresses and accounts, and run until Ctrl-C."""
    if not 0 <= args.letters <= 1_000_000:
        raise ConfigError(f"--letters {args.letters} is not between 0 and 1000000")
    settings = load_settings(
        None,
        {},
        data=args.data,
        store=args.store,
        port=args.port,
        smtp_port=args.smtp_port,
        imap_port=args.imap_port,
        submission_port=args.submission_port,
        demo=True,
        precision=PRECISION,
        staff_second_factor=not args.no_second_factor,
    )
    set_up_logs(form=settings.log_format)
    share_one_arena()
    asyncio.run(_demo(settings, args.letters))
    return 0


async def _demo(settings: Settings, letters: int) -> None:
    fresh = not await store_exists(settings)
    async with open_house(settings, progress=lambda text: print(text, flush=True)) as house:
        if fresh:
            await _fill(house, letters)
        await serve(house, lambda: _print_doors(house))


async def _fill(house: House, letters: int) -> DemoPeople:
    print(f"写入 {letters} 封演示来信 / writing {letters} letters of the past", flush=True)
    started = time.monotonic()
    people = await populate_demo(house, letters, Bar(letters).show)
    print(f"\n{time.monotonic() - started:.1f} s", flush=True)
    return people


def _print_doors(house: House) -> None:
    """Print the addresses and one account of each role, as the last lines."""
    settings, city = house.settings, house.city
    print(f"\n{city.name} {city.name_en}   Ctrl-C 停止 / stops")
    print(f"网站 / site            {settings.address}/")
    print(f"短信 / text messages   {settings.address}/demo/phone   (验证码在此 / one-time codes arrive here)")
    print(f"收信 / mail            smtp://{settings.smtp_host}:{settings.smtp_port}  {city.mayor_address}")
    door = f"imap://{settings.imap_host}:{house.imap.port}"
    print(f"取信 / mail programs   {door}   (专用密码 / passwords: {settings.address}/account/app-passwords)")
    print(f"密码 / password        {PASSWORD}   (所有账户 / every account)")
    door = f"smtp://{settings.submission_host}:{house.submission.port}"
    print(f"发信 / sending         {door}   (同一专用密码 / the same passwords)")
    print("市民 citizen           citizen1 … citizen60   (citizen1@home.example …)")
    for role in Role:
        posts = [f"{office.id}.{post.role}1" for office in city.offices for post in office.posts if post.role == role]
        if posts:
            print(f"{_CHINESE[role]} {role.value:<14} {posts[0]}" + (f"  ({len(posts)})" if len(posts) > 1 else ""))
    sys.stdout.flush()


_CHINESE = {
    Role.CITIZEN: "市民",
    Role.CLERK: "受理员",
    Role.HANDLER: "承办人",
    Role.REVIEWER: "审核人",
    Role.SIGNER: "签发人",
    Role.MANAGER: "管理者",
    Role.CALLER: "回访员",
    Role.DISCIPLINE: "纪检专员",
    Role.ADMINISTRATOR: "管理员",
    Role.AUDITOR: "审计员",
}
