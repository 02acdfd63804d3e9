"""Roles (角色): what one process of the service does. Each starts what it needs, and nothing else.

Any number of processes of each role may serve on a store that several can share. A file of SQLite has one writer and
tells nobody what was written (``docs/decisions/0050``): there one process does everything.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from minxin.core.errors import ConfigError
from minxin.deploy.settings import Settings


class ServicePart(StrEnum):
    """A part of the service that a process can have."""

    WEB = "web"  # pages, the JSON API, the network disk
    SMTP = "smtp"  # mail in, mail that programs hand in, mail that they fetch
    WORKER = "worker"  # jobs, schedules, what leaves


ALL: Final = frozenset(ServicePart)
ROLES: Final = {**{part.value: frozenset({part}) for part in ServicePart}, "all": ALL}


def check_role(role: str, settings: Settings) -> None:
    """Raise ``ConfigError`` when the role needs a store that processes can share and there is none."""
    if role != "all" and not settings.store:
        raise ConfigError(
            f"`minxin {role}` needs a MongoDB replica set (setting `store`): "
            "on SQLite one process does everything, `minxin all`"
        )


@contextmanager
def alone_in(settings: Settings) -> Iterator[None]:
    """Be the one process that serves on the file of a data folder; raises ``ConfigError`` when there is one already."""
    if settings.store:
        yield
        return
    folder = os.open(settings.data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ConfigError(f"another process serves on {settings.data} already") from error
    finally:
        os.close(folder)
