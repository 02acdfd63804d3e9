"""A program that calls the interface with a key, and the people whose keys it may have."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from msgspec.structs import replace
from support.letters import PHONE
from support.web import ID_NUMBER, OFFICE, City

from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.keys import make
from minxin.mailbox.records import Account, AccountState, Verification, VerifiedBy

API = "/api/v1"
CITIZEN = f"citizen-{PHONE}"


@dataclass
class Answer:
    """What came back; ``body`` is None when it is no JSON."""

    status: int
    body: Any
    raw: bytes
    headers: Any = field(repr=False)


class Program:
    """Sends JSON with a key, or with the headers it is given."""

    def __init__(self, session: ClientSession, base: str, key: str = "") -> None:
        self._session = session
        self._base = base
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Answer:
        """Send one request; a header's name has underscores for hyphens."""
        data = json.dumps(body).encode() if raw is None and body is not None else raw
        sent = {**self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        async with self._session.request(method, self._base + API + path, data=data, headers=sent) as response:
            content = await response.read()
            is_json = response.content_type.endswith("json")
            return Answer(response.status, json.loads(content) if is_json else None, content, response.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.call("POST", path, body, **headers)

    async def put(self, path: str, body: Any = None) -> Answer:
        return await self.call("PUT", path, body)

    async def delete(self, path: str) -> Answer:
        return await self.call("DELETE", path)


async def open_citizen(city: City, phone: str = PHONE, id_number: str = ID_NUMBER) -> Account:
    """Open the account of a citizen whose name is verified."""
    now = city.clock.now()
    account = Account(
        id=f"citizen-{phone}",
        login=f"c{phone}",
        state=AccountState.ACTIVE,
        name="王小明",
        phone=city.vault.seal(phone, "phone"),
        phone_index=city.vault.index(phone, "phone"),
        id_number=city.vault.seal(id_number, "id_number"),
        id_index=city.vault.index(id_number, "id_number"),
        password_hash="",
        created_at=now,
        verification=Verification(VerifiedBy.DESK, now, "clerk"),
    )
    await city.store.commit(Changes(inserts=[account]))
    return account


async def key_of(city: City, account: Account, *, writes: bool = True) -> str:
    """Make a key that acts as the account."""
    new = make(actor_of(account), account, "test", writes, 30, city.clock.now() - timedelta(days=1))
    await city.store.commit(Changes(inserts=[new.record]))
    return new.key


async def staff_key(city: City, role: Role) -> str:
    """Open a staff account of one role and make its key."""
    return await key_of(city, await city.staff(f"api-{role}", role))


@dataclass
class Office:
    """The programs of everybody on a letter's way."""

    session: ClientSession
    base: str
    citizen: Program
    clerk: Program
    manager: Program
    handler: Program
    reviewer: Program
    signer: Program
    nobody: Program


@asynccontextmanager
async def open_office(city: City, base: str) -> AsyncIterator[Office]:
    """Open the accounts of a citizen, the centre and two offices, and give each a program."""
    await city.store.commit(Changes(inserts=[replace(OFFICE, id="sjj", name="滨海市审计局", short="市审计局")]))
    async with ClientSession() as session:
        citizen = Program(session, base, await key_of(city, await open_citizen(city)))
        roles = (Role.CLERK, Role.MANAGER, Role.HANDLER, Role.REVIEWER, Role.SIGNER)
        staff = [Program(session, base, await staff_key(city, role)) for role in roles]
        yield Office(session, base, citizen, *staff, Program(session, base))
