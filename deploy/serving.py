"""``minxin web``, ``smtp``, ``worker`` and ``all``: run one process of the service, or all of it in one."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from minxin.deploy.beginning import begin
from minxin.deploy.heap import share_one_arena
from minxin.deploy.house import House, open_house
from minxin.deploy.logs import set_up_logs
from minxin.deploy.roles import ROLES, ServicePart, check_role
from minxin.deploy.server import serve
from minxin.deploy.settings import Settings, load_settings


def add_arguments(parser: argparse.ArgumentParser, role: str) -> None:
    """Add the arguments of the parts that the role has."""
    parts = ROLES[role]
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--data", type=Path, help="the folder that holds everything (default: var)")
    if ServicePart.WEB in parts:
        parser.add_argument("--host", help="the address of the web door (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, help="the port of the web door (default: 8080)")
    if ServicePart.SMTP in parts:
        parser.add_argument("--smtp-port", type=int, help="the port of the SMTP door (default: 8025)")
        parser.add_argument("--imap-port", type=int, help="the port of the IMAP door (default: 8143)")
        parser.add_argument("--submission-port", type=int, help="the port where mail programs send (default: 8587)")


def run(args: argparse.Namespace, role: str) -> int:
    """Run until SIGINT or SIGTERM."""
    given = vars(args)
    settings = load_settings(given.pop("config"), **given)
    check_role(role, settings)
    set_up_logs(form=settings.log_format)
    share_one_arena()
    asyncio.run(_serve(settings, role))
    return 0


async def _serve(settings: Settings, role: str) -> None:
    async with open_house(settings, progress=_say) as house:
        await begin(house)
        await serve(house, lambda: _say(_opened(house, role)), ROLES[role])


def _opened(house: House, role: str) -> str:
    """Return what the process has opened, for whoever started it."""
    settings, parts = house.settings, ROLES[role]
    doors = []
    if ServicePart.WEB in parts:
        doors.append(settings.address)
    if ServicePart.SMTP in parts:
        doors.append(f"SMTP {settings.smtp_port}  IMAP {house.imap.port}  submission {house.submission.port}")
    return f"{house.city.name}: {'  '.join(doors or ['worker'])}"


def _say(text: str) -> None:
    print(text, flush=True)
