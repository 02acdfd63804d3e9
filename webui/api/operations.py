"""What an operation of the interface for programs is: one row of a table that makes routes, checks and documents.

To add one: write the handler in the module of its subject, add its row to that module's table, and give every new
struct an example in ``examples.py``. The route, the check of body and query, the log-in, the error answers, the OpenAPI
document and the reference page all come from the row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from aiohttp import web
from msgspec import Struct

from minxin.core.actor import Actor, Role
from minxin.webui.context import Services, origin, services
from minxin.webui.forms import FormLimits

PREFIX: Final = "/api/v1"
B = TypeVar("B")
Q = TypeVar("Q")
R = TypeVar("R")


class Method(StrEnum):
    """The methods of HTTP that operations use."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """An empty body, query or answer."""


class Sent(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a program sends. An unknown field is an error: a slip of the pen would else be a silent loss."""


class Shown(Struct, frozen=True, kw_only=True):
    """What a program is shown."""


class Download(Struct, frozen=True):
    """An answer that is a file."""

    name: str
    content_type: str
    data: bytes


NOTHING: Final = Nothing()


@dataclass(frozen=True)
class Call(Generic[B, Q]):
    """One request, known and checked: who calls, and what came with it."""

    request: web.Request
    actor: Actor
    body: B
    query: Q

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    @property
    def services(self) -> Services:
        """Return what the operation may call."""
        return services(self.request)

    @property
    def origin(self) -> str:
        """Return the caller's network address."""
        return origin(self.request)

    @property
    def now(self) -> datetime:
        """Return the present instant."""
        return self.services.clock.now()


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """An answer with another status than the operation's first, or with the address of what was made.

    Without a value there is no body.
    """

    value: R | None
    status: int
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[B, Q, R]):
    """One operation. ``answer`` is :class:`Nothing` for 204 and :class:`Download` for a file.

    ``statuses`` are those of success, the usual one first. ``roles`` are who may call it: anybody else is told that it
    is not there; empty means everybody with a log-in or key. ``is_open`` needs neither. ``writes`` is False for what a
    key that only reads may call.
    """

    name: str
    method: Method
    path: str
    tag: str
    summary: str
    handler: Callable[[Call[B, Q]], Awaitable[R | Outcome[R]]]
    body: type[B]
    query: type[Q]
    answer: type[R]
    statuses: tuple[int, ...]
    description: str = ""
    roles: tuple[Role, ...] = ()
    is_open: bool = False
    writes: bool = True
    throttled: bool = False
    limits: FormLimits = FormLimits()  # noqa: RUF009 - frozen

    @property
    def address(self) -> str:
        """Return the whole path."""
        return PREFIX + self.path


AnyOperation = Operation[Any, Any, Any]


def N_(text: str) -> str:  # noqa: N802 - the name that Babel looks for
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


def reads(
    name: str,
    path: str,
    tag: str,
    summary: str,
    handler: Callable[[Call[Nothing, Q]], Awaitable[R | Outcome[R]]],
    query: type[Q],
    answer: type[R],
    *,
    description: str = "",
    roles: tuple[Role, ...] = (),
    is_open: bool = False,
) -> Operation[Nothing, Q, R]:
    """Return the row of an operation that changes nothing."""
    return Operation(
        name=name,
        method=Method.GET,
        path=path,
        tag=tag,
        summary=summary,
        handler=handler,
        body=Nothing,
        query=query,
        answer=answer,
        statuses=(200,),
        description=description,
        roles=roles,
        is_open=is_open,
        writes=False,
    )
