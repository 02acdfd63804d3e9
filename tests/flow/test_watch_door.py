"""The door for those who run the service: what it tells, to whom, and that the dashboard asks for nothing else."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession
from support.live import HOST, free_port
from support.store import Maker
from support.tools import OPS, needs, run
from support.web import City

from minxin.consult.search.records import IndexState
from minxin.consult.search.service import LetterSearch
from minxin.core.changes import Changes, Job
from minxin.core.errors import ConfigError, UnavailableError
from minxin.core.health import Condition
from minxin.core.store import Backlog
from minxin.deploy.adapters import CompanyPrincipals
from minxin.deploy.figures import CityFigures
from minxin.deploy.health import INDEX_LATE, HealthCheck, IndexWatch
from minxin.deploy.search_process import SearchProcess
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.waiting import Waiting
from minxin.deploy.watch_door import WatchDoor, start_watch

_NAME = re.compile(r"\b(?:minxin|process)_[a-z_]+\b")
_PARTS = ("_bucket", "_count", "_sum")


class Child:
    """This very process, as one of the service's children."""

    def __init__(self, pid: int | None) -> None:
        self.pid = pid
        self.missing = pid is None


class Index(SearchProcess):
    """An index of letters that answers, or does not."""

    def __init__(self, *, answers: bool) -> None:
        super().__init__(("/bin/false",))
        self._answers = answers

    async def state(self) -> IndexState:
        return IndexState("letters", 3, 1_000) if self._answers else await super().state()


@asynccontextmanager
async def opened(city: City, settings: Settings, judge: int | None = None, *, index: bool = True) -> AsyncIterator[str]:
    waiting = Waiting(city.store, city.clock)
    children: dict[str, Any] = {"judge": Child(judge), "search": Child(judge)}
    health = HealthCheck(waiting, settings.data, store_here=True, children=children)
    engine = Index(answers=index)
    watch = IndexWatch(LetterSearch(city.store, city.clock, engine, CompanyPrincipals(city.store)))
    health.watch_index(watch)
    door = WatchDoor(settings, health, CityFigures(city.store, waiting, city.clock, watch), children)
    async with start_watch(settings, door):
        yield f"http://{HOST}:{settings.metrics_port}"


def settings_of(folder: Path, **given: Any) -> Settings:
    return load_settings(None, {}, data=folder, metrics_port=free_port(), **given)


async def asked(address: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with ClientSession() as session, session.get(address, headers=headers) as response:
        return response.status, await response.text()


def names_told(text: str) -> set[str]:
    """Return every name that a query may use, from the types that /metrics tells."""
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        names |= {name + part for part in _PARTS} if kind == "histogram" else {name}
    return names


def queries() -> Iterator[tuple[str, str]]:
    """Yield each query of the dashboard and of the alert rules, with where it stands."""
    dashboard = json.loads((OPS / "grafana" / "minxin.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    rules = yaml.safe_load((OPS / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


async def test_dashboard_and_alerts_ask_for_what_is_told_and_for_all_of_it(city: City, tmp_path: Path) -> None:
    await city.store.commit(Changes(jobs=[Job("judge", "a")]))
    async with opened(city, settings_of(tmp_path), judge=os.getpid()) as base:
        status, text = await asked(f"{base}/metrics")
    told = names_told(text)
    used = {name: where for where, query in queries() for name in _NAME.findall(query)}
    assert status == 200
    assert {name: where for name, where in used.items() if name not in told} == {}
    ours = {name for name in told if name.startswith("minxin_") and "_process_" not in name}
    unused = {name for name in ours if not any(name.startswith(one.removesuffix("_bucket")) for one in used)}
    assert unused == set()


@needs("promtool")
async def test_prometheus_finds_no_fault_with_the_metrics(city: City, tmp_path: Path) -> None:
    async with opened(city, settings_of(tmp_path), judge=os.getpid()) as base:
        _, text = await asked(f"{base}/metrics")
    assert run("promtool", "check", "metrics", said=text) == ""


async def test_only_who_knows_the_token_reads_the_metrics(city: City, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("a-token-of-many-signs\n", encoding="utf-8")
    secret.chmod(0o600)
    async with opened(city, settings_of(tmp_path, metrics_token=secret)) as base:
        assert (await asked(f"{base}/metrics"))[0] == 401
        assert (await asked(f"{base}/metrics", "a-token-of-many-sign"))[0] == 401
        assert (await asked(f"{base}/metrics", "a-token-of-many-signs"))[0] == 200
        assert await asked(f"{base}/healthz") == (200, "ok")
        assert (await asked(f"{base}/readyz"))[0] == 200


@pytest.mark.parametrize(
    ("given", "content", "mode", "named"),
    [
        ({"metrics_host": "0.0.0.0"}, None, 0, "metrics_token must be set"),  # noqa: S104
        ({}, "short", 0o600, "16 characters"),
        ({}, "a-token-of-many-signs", 0o644, "can be read by others"),
    ],
)
def test_a_door_that_others_reach_needs_a_secret_that_they_do_not_read(
    tmp_path: Path, given: dict[str, str], content: str | None, mode: int, named: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content, encoding="utf-8")
        (tmp_path / "token").chmod(mode)
        given = {**given, "metrics_token": str(tmp_path / "token")}
    settings = settings_of(tmp_path, **{k: Path(v) if k == "metrics_token" else v for k, v in given.items()})
    with pytest.raises(ConfigError, match=named):
        WatchDoor(settings, None, None, {})  # type: ignore[arg-type]


async def test_without_a_store_nothing_is_ready_and_the_metrics_say_so(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> list[Backlog]:
        raise UnavailableError

    monkeypatch.setattr(city.store, "backlogs", away)
    async with opened(city, settings_of(tmp_path)) as base:
        status, text = await asked(f"{base}/readyz")
        metrics = await asked(f"{base}/metrics")
    assert status == 503
    assert json.loads(text)["status"] == "unready"
    assert json.loads(text)["parts"]["store"] == Condition.FAILED
    assert metrics[0] == 200
    assert 'minxin_part_condition{part="store"} 2.0' in metrics[1]
    assert "minxin_orders_open" not in metrics[1]


async def test_a_judge_that_is_away_degrades_and_keeps_no_letter_out(city: City, tmp_path: Path) -> None:
    async with opened(city, settings_of(tmp_path)) as base:
        status, text = await asked(f"{base}/readyz")
    assert (status, json.loads(text)["status"]) == (200, "degraded")
    assert json.loads(text)["parts"]["judge"] == Condition.DEGRADED


async def test_an_index_that_is_away_or_late_is_told_and_keeps_no_letter_out(city: City, tmp_path: Path) -> None:
    make = Maker()
    await city.store.commit(make.numbered(make.letter(received_at=city.clock.now())))
    city.clock.advance(INDEX_LATE)
    for answers in (True, False):
        async with opened(city, settings_of(tmp_path), judge=os.getpid(), index=answers) as base:
            status, text = await asked(f"{base}/readyz")
            _, metrics = await asked(f"{base}/metrics")
        assert (status, json.loads(text)["parts"]["index"]) == (200, Condition.DEGRADED)
        assert "minxin_index_waiting 1.0" in metrics
        assert f"minxin_index_age_seconds {INDEX_LATE.total_seconds()}" in metrics
        assert ("minxin_index_entries 3.0" in metrics) is answers


async def test_a_port_that_is_taken_is_said(city: City, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    async with opened(city, settings):
        with pytest.raises(ConfigError, match="can't be opened"):
            async with opened(city, settings):
                pass


async def test_without_a_port_there_is_no_door(city: City, tmp_path: Path) -> None:
    settings = load_settings(None, {}, data=tmp_path)
    async with opened(city, settings):
        assert settings.metrics_port == 0
