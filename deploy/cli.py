"""The command line: ``minxin COMMAND``. Each command is a module of ``deploy/commands``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Final, Protocol

from minxin import __version__
from minxin.core.errors import MinxinError

# Modules are imported when their command runs: ``minxin due`` must not wait for the classifier.
COMMANDS: Final = {
    "demo": "show the whole service on the fictional city of Binhai (演示)",
    "simulate": "make a city of many letters for trials (模拟城市)",
    "all": "run the whole service in one process (运行)",
    "web": "run a process of the service that has the pages (网站进程)",
    "smtp": "run a process of the service that has the doors for mail (邮件进程)",
    "worker": "run a process of the service that does its work (后台进程)",
    "import": "bring in letters, a register of residents, places or matters from files (导入)",
    "staff": "make a staff account (开设工作人员账户)",
    "due": "work out a date by the Chinese working calendar (期限计算)",
    "evaluate": "score a labelled CSV with the classifier (评测)",
    "train": "train a model on the city's history (训练)",
    "teach": "let letters without labels teach the judge (自训练)",
    "migrate": "bring the store to this version's schema and indexes (迁移)",
    "reindex": "fill the search index anew while the service runs (重建索引)",
    "copy": "move the city from one store into another while it serves (迁库)",
    "audit": "verify the audit chains (审计链校验)",
    "backup": "write an encrypted backup while the service runs (备份)",
    "restore": "make a data folder from a backup (恢复)",
    "dkim-key": "make the key that outgoing mail is signed with (DKIM 密钥)",
    "rotate-key": "seal personal data with a new key while the service runs (密钥轮换)",
    "config": "check the settings and print them, secrets masked (配置检查)",
}


class Command(Protocol):
    """What a command module has."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 a finding, 2 input that can't be used."""
    argv = sys.argv[1:] if argv is None else argv
    # Only names are written in Latin letters here: without its dictionary of phrases pypinyin takes 40 MB less.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    parser = argparse.ArgumentParser(
        prog="minxin",
        description="Minxin 民信: the mailbox, letter and consultation service of a city.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n" + "\n".join(f"  {name:10} {text}" for name, text in COMMANDS.items()),
    )
    parser.add_argument("--version", action="version", version=f"minxin {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    return _run(args.command, args.rest)


def _run(name: str, rest: list[str]) -> int:
    command: Command = importlib.import_module(f"minxin.deploy.commands.{_module(name)}")
    parser = argparse.ArgumentParser(prog=f"minxin {name}", description=COMMANDS[name])
    command.add_arguments(parser)
    try:
        return command.run(parser.parse_args(rest))
    except MinxinError as error:
        print(f"minxin {name}: {error.reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _module(name: str) -> str:
    return "import_data" if name == "import" else name.replace("-", "_")
