"""A store under steps in any order: what the state machines over stores share."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from support.store import Engine, Maker

T = TypeVar("T")


class EngineMachine(RuleBasedStateMachine):
    """A store of one engine in a folder of its own."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.store = self.run(self.engine(Path(self.folder.name)))
        self.make = Maker()

    def run(self, work: Awaitable[T]) -> T:
        """Do the work to its end."""

        async def whole() -> T:
            return await work

        coroutine: Coroutine[Any, Any, T] = whole()
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()
        self.folder.cleanup()


def run_machine(machine: type[EngineMachine], engine: Engine, *, examples: int, steps: int) -> None:
    """Run the machine's steps in many orders over stores of this engine."""
    over_engine = type("Machine", (machine,), {"engine": staticmethod(engine)})
    limits = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(over_engine, settings=limits)
