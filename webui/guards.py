"""Who may come in: the guards that every page and every door of the interface calls first."""

from __future__ import annotations

from aiohttp import web

from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError, NotLoggedInError
from minxin.mailbox.records import Account, Session
from minxin.webui.context import visitor


def require_login(request: web.Request) -> Actor:
    """Return the actor; raises ``NotLoggedInError``: a page sends him to log in and back, a program gets a 401."""
    who = visitor(request)
    if not who.logged_in:
        raise NotLoggedInError
    return who.actor


def require_account(request: web.Request) -> tuple[Account, Session]:
    """Return the account and the session of who is logged in; raises ``NotLoggedInError``."""
    who = visitor(request)
    if who.account is None or who.session is None:
        raise NotLoggedInError
    return who.account, who.session


def require_role(request: web.Request, *roles: Role) -> Actor:
    """Return the actor when he holds one of the roles.

    Raises ``NotLoggedInError`` for nobody and ``NotFoundError`` for anybody else: a page that one may not see looks the
    same as one that is not there.
    """
    actor = require_login(request)
    if not actor.is_a(*roles):
        raise NotFoundError
    return actor


def safe_next(path: str, default: str = "/") -> str:
    """Return the path to go on to after the log-in when it is one of ours, else the default.

    ``//host`` and ``/\\host`` are addresses of other hosts to a browser, and control characters are dropped by it.
    """
    if not path.startswith("/") or path[1:2] in ("/", "\\") or "\\" in path or not path.isprintable():
        return default
    return path
