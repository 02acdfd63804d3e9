"""``minxin serve``: run the service."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from minxin.deploy.city_knowledge import ensure_knowledge
from minxin.deploy.city_matters import ensure_matters
from minxin.deploy.city_synonyms import ensure_synonyms
from minxin.deploy.heap import share_one_arena
from minxin.deploy.house import House, open_house
from minxin.deploy.logs import set_up_logs
from minxin.deploy.populate import ensure_offices
from minxin.deploy.server import serve
from minxin.deploy.settings import Settings, load_settings

NAME = "serve"
HELP = "run the service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--data", type=Path, help="the folder that holds everything (default: var)")
    parser.add_argument("--host", help="the address of the web door (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port of the web door (default: 8080)")
    parser.add_argument("--smtp-port", type=int, help="the port of the SMTP door (default: 8025)")
    parser.add_argument("--imap-port", type=int, help="the port of the IMAP door (default: 8143)")


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    settings = load_settings(
        args.config,
        data=args.data,
        host=args.host,
        port=args.port,
        smtp_port=args.smtp_port,
        imap_port=args.imap_port,
    )
    set_up_logs()
    share_one_arena()
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    async with open_house(settings, progress=_say) as house:
        await ensure_offices(house)
        await ensure_matters(house)
        await ensure_knowledge(house)
        await ensure_synonyms(house)
        await serve(house, lambda: _say(_doors(house)))


def _doors(house: House) -> str:
    settings = house.settings
    return f"{house.city.name}: {settings.address}  SMTP {settings.smtp_port}  IMAP {house.imap.port}"


def _say(text: str) -> None:
    print(text, flush=True)
