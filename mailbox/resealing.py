"""Re-sealing (重新加密): what accounts hold sealed is sealed anew with the key that seals now.

Each value says by itself whether it is: who was cut off begins again and goes on where he was. Sealed messages that
wait to be sent are left to the key before, which goes on opening; they end within days.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import SYSTEM
from minxin.core.changes import AuditEntry, Changes, Record
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError
from minxin.core.paging import Page, PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState

BATCH: Final = 200
TRIES: Final = 20
_SEALED: Final = {"phone": "phone", "id_number": "id_number", "totp_secret": "totp"}  # field -> purpose
_Pages = Callable[[PageRequest], Awaitable[Page[Account]]]


def resealed(account: Account, vault: Vault) -> Account | None:
    """Return the account with everything sealed by the key that seals now; None when it is already.

    Raises ``DamagedError`` for a value that no key opens.
    """
    held = {field: getattr(account, field) for field in _SEALED}
    stale = {
        field: value
        for field, value in held.items()
        if value is not None and not vault.is_current(value, _SEALED[field])
    }
    anew = {field: vault.seal(vault.open(value, _SEALED[field]), _SEALED[field]) for field, value in stale.items()}
    return replace(account, **anew) if anew else None


class Resealing:
    """Goes through all accounts, while the service writes to them."""

    def __init__(self, store: MailStore, vault: Vault, clock: Clock, *, batch: int = BATCH) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._size = batch

    async def stale(self) -> int:
        """Return how many accounts hold something that another key sealed."""
        found = 0
        async for batch in self._batches():
            found += sum(resealed(account, self._vault) is not None for account in batch)
        return found

    async def run(self, progress: Callable[[int], None]) -> int:
        """Seal what is stale anew and return how many accounts that were; ``progress`` is told of each batch."""
        done = 0
        async for batch in self._batches():
            done += await self._seal(batch)
            progress(done)
        return done

    async def note(self, count: int) -> None:
        """Write into the audit log that the key was changed."""
        entry = AuditEntry(self._clock.now(), SYSTEM.id, "rotate_key", "master key", data={"accounts": count})
        await self._store.commit(Changes(audit=[entry]))

    async def _seal(self, batch: list[Account]) -> int:
        puts: list[Record] = [anew for account in batch if (anew := resealed(account, self._vault)) is not None]
        if not puts:
            return 0
        try:
            await self._store.commit(Changes(puts=puts))
        except ConflictError:
            # Somebody used one of them at this moment: each for itself.
            for account in puts:
                await self._seal_one(account.id)
        return len(puts)

    async def _seal_one(self, account_id: str) -> None:
        for tries_left in range(TRIES, 0, -1):
            account = await self._store.get(Account, account_id)
            anew = resealed(account, self._vault) if account is not None else None
            if anew is None:
                return
            try:
                await self._store.commit(Changes(puts=[anew]))
            except ConflictError:
                if tries_left == 1:
                    raise
            else:
                return

    async def _batches(self) -> AsyncIterator[list[Account]]:
        lists: list[_Pages] = [partial(self._store.accounts_in_state, state) for state in AccountState]
        lists.append(partial(self._store.staff, None))
        for pages in lists:
            after: str | None = ""
            while after is not None:
                found = await pages(PageRequest(after or None, self._size))
                yield list(found.items)
                after = found.next
