"""The store does what a plain dict would do, whatever the order of inserts, puts, deletes and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from msgspec import structs
from support.machine import EngineMachine, run_machine
from support.store import Engine

from minxin.core.changes import Changes, Event, Job
from minxin.core.errors import ConflictError, DuplicateError
from minxin.core.store import Queue
from minxin.core.verify import verify
from minxin.mailbox.records import Account

IDS = st.sampled_from(["a", "b", "c"])
LOGINS = st.sampled_from(["wang", "li", "zhao", "qian"])


class StoreMachine(EngineMachine):
    """Accounts with a unique login, an event and a job for each commit, against dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[str, Account] = {}
        self.events: list[str] = []
        self.jobs: set[str] = set()

    def commit(self, what: str, **changes: list[Account]) -> None:
        """Commit with an event and a job named after what is done; both count only when it is not refused."""
        event = Event("s", what, self.make.now, "w")
        self.run(self.store.commit(Changes(**changes, events=[event], jobs=[Job("judge", what)])))
        self.events.append(what)
        self.jobs.add(what)

    @rule(name=IDS, login=LOGINS)
    def insert(self, name: str, login: str) -> None:
        account = self.make.account(id=name, login=login, phone_index="")
        if name in self.accounts or login in {other.login for other in self.accounts.values()}:
            with pytest.raises(DuplicateError):
                self.commit("refused", inserts=[account])
        else:
            self.commit(f"insert {name}", inserts=[account])
            self.accounts[name] = structs.replace(account, version=1)

    @rule(name=IDS, login=LOGINS, version=st.integers(0, 3))
    def put(self, name: str, login: str, version: int) -> None:
        account = self.make.account(id=name, login=login, phone_index="", version=version)
        known = self.accounts.get(name)
        if known is None or known.version != version:
            with pytest.raises(ConflictError):
                self.commit("refused", puts=[account])
        elif login in {other.login for other in self.accounts.values() if other.id != name}:
            with pytest.raises(DuplicateError):
                self.commit("refused", puts=[account])
        else:
            self.commit(f"put {name}", puts=[account])
            self.accounts[name] = structs.replace(account, version=version + 1)

    @rule(name=IDS, version=st.integers(0, 3))
    def delete(self, name: str, version: int) -> None:
        account = self.make.account(id=name, version=version)
        known = self.accounts.get(name)
        if known is None or known.version != version:
            with pytest.raises(ConflictError):
                self.commit("refused", deletes=[account])
        else:
            self.commit(f"delete {name}", deletes=[account])
            del self.accounts[name]

    @rule(names=st.tuples(IDS, IDS))
    def touch_two(self, names: tuple[str, str]) -> None:
        """Both move or neither; the same record twice in one commit is decided on a version that moved."""
        known = [self.accounts.get(name) for name in names]
        puts = [account or self.make.account(id=name) for account, name in zip(known, names, strict=True)]
        if None in known or names[0] == names[1]:
            with pytest.raises(ConflictError):
                self.commit("refused", puts=puts)
        else:
            self.commit("touch", puts=puts)
            for name in names:
                self.accounts[name] = structs.replace(self.accounts[name], version=self.accounts[name].version + 1)

    @rule()
    def reopen(self) -> None:
        self.run(self.store.close())
        self.store = self.run(self.engine(Path(self.folder.name)))

    @invariant()
    def is_as_the_model_says(self) -> None:
        for name in ("a", "b", "c"):
            assert self.run(self.store.get(Account, name)) == self.accounts.get(name)
        assert [sealed.event.kind for sealed in self.run(self.store.events("s"))] == self.events
        assert self.run(self.store.waiting(Queue.JOBS)) == len(self.jobs)
        assert self.run(verify(self.store)).broken is None


def test_the_store_is_as_good_as_a_dict(engine: Engine) -> None:
    run_machine(StoreMachine, engine, examples=15, steps=20)
