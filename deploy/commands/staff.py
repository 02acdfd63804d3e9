"""``minxin staff``: open a staff account, such as the first administrator's."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from pathlib import Path

from minxin.core.actor import SYSTEM, Role
from minxin.core.errors import ConfigError, InvalidFormError
from minxin.deploy.house import open_house
from minxin.deploy.settings import Settings, load_settings
from minxin.mailbox.forms import StaffForm
from minxin.mailbox.sentences import sentence

NAME = "staff"
HELP = "make a staff account"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments; the password is asked for, or read from standard input, never an argument."""
    parser.add_argument("login", help="the log-in name")
    parser.add_argument("--name", required=True, help="the person's name")
    parser.add_argument("--phone", required=True, help="the mobile phone for one-time codes")
    parser.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    parser.add_argument("--office", help="the id of the office")
    parser.add_argument("--post", default="", help="the post that others are shown")
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--data", type=Path, help="the data folder")


def run(args: argparse.Namespace) -> int:
    """Open the account; what is wrong with the form is printed, one line for each field (status 2)."""
    password = getpass.getpass("密码 / password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    form = StaffForm(
        login=args.login,
        name=args.name,
        phone=args.phone,
        password=password,
        roles=tuple(Role(role) for role in args.role),
        office_id=args.office,
        post=args.post,
    )
    return asyncio.run(_open(load_settings(args.config, data=args.data), form))


async def _open(settings: Settings, form: StaffForm) -> int:
    async with open_house(settings) as house:
        if form.office_id and form.office_id not in {office.id for office in house.city.offices}:
            raise ConfigError(f"--office {form.office_id}: there is no such office in {house.city.folder}")
        try:
            account = await house.accounts.staffing.create_staff(SYSTEM, form, "command line")
        except InvalidFormError as error:
            for one in error.errors:
                texts = (sentence(one.reason, language, **one.params) for language in ("zh", "en"))
                print(f"{one.field}: {' / '.join(texts)}", file=sys.stderr)
            return 2
    print(f"{account.login}: {', '.join(account.roles)}")
    return 0
