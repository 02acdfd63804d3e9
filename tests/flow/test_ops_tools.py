"""The tools that will read the files for those who run it, and validators where there are such."""

from __future__ import annotations

import json
import os
import re
from asyncio.subprocess import create_subprocess_exec
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from aiohttp import encode_basic_auth, web
from compose_spec import PyCompose
from support.tools import OPS, needs, run
from support.web import serve

UNITS = sorted(path for path in (OPS / "systemd").iterdir())
MANIFESTS = sorted((OPS / "kubernetes" / "base").glob("*.yaml"))
MOST_EXPOSED = 2.0  # of ten, as systemd counts
OLDEST = "1.30"  # Kubernetes that the manifests are made for


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they are, but for a program that this machine has."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/minxin/bin/minxin", "/bin/true")
        (tmp_path / unit.name.replace("@", "@1")).write_text(text, encoding="utf-8")
    return tmp_path


@needs("systemd-analyze")
def test_systemd_takes_the_units_and_finds_them_little_exposed(installed: Path) -> None:
    units = sorted(installed.iterdir())
    assert run("systemd-analyze", "verify", *units) == ""
    for unit in (path for path in units if path.suffix == ".service"):
        told = run("systemd-analyze", "security", "--offline=true", unit)
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
        assert found is not None
        assert float(found[1]) < MOST_EXPOSED, unit.name


def test_compose_file_is_one_by_the_specification() -> None:
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (OPS / "compose.yaml").read_text(encoding="utf-8"))
    PyCompose.from_json(json.dumps(yaml.safe_load(text))).validate()


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field_of_the_manifests(version: str) -> None:
    for path in MANIFESTS:
        for one in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if one["kind"] != "Kustomization":
                kubernetes_validate.validate(one, version, strict=True)


@needs("curl")
async def test_the_search_user_of_compose_is_made_with_what_the_service_needs_and_no_more(tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == encode_basic_auth("elastic", "first")
        asked[request.path] = await request.json()
        return web.json_response({})

    app = web.Application()
    app.router.add_put("/{path:.*}", take)
    for name, secret in (("elastic_password", "first"), ("search_password", "second")):
        (tmp_path / name).write_text(f"{secret}\n", encoding="utf-8")
    async with serve(app) as base:
        found = {**os.environ, "ELASTIC": base, "SECRETS": str(tmp_path), "TMPDIR": str(tmp_path)}
        script = await create_subprocess_exec("/bin/sh", OPS / "compose" / "elastic-init.sh", env=found)
        assert await script.wait() == 0
    indices = [{"names": ["minxin-letters*"], "privileges": ["all"]}]
    assert asked == {
        "/_security/role/minxin": {"cluster": ["manage_index_templates", "monitor"], "indices": indices},
        "/_security/user/minxin": {"password": "second", "roles": ["minxin"]},
    }
    assert set(os.listdir(tmp_path)) == {"elastic_password", "search_password"}


def built(folder: str) -> Iterator[dict[str, Any]]:
    """Yield what kustomize makes of a folder; skips where the one that there is does not know `labels`."""
    if "kustomizeVersion" not in run("kubectl", "version", "--client", "--output=json"):
        pytest.skip("kubectl is older than 1.24: NOT CHECKED")
    yield from yaml.safe_load_all(run("kubectl", "kustomize", OPS / "kubernetes" / folder))


@needs("kubectl")
@pytest.mark.parametrize("folder", ["base", "overlays/province"])
def test_kustomize_builds_what_selects_its_own_pods(folder: str) -> None:
    made = list(built(folder))
    for one in made:
        kubernetes_validate.validate(one, OLDEST, strict=True)
    deployed = [one for one in made if one["kind"] == "Deployment"]
    assert len(deployed) == 3
    for one in deployed:
        labels = one["spec"]["template"]["metadata"]["labels"].items()
        assert one["spec"]["selector"]["matchLabels"].items() <= labels
    selected = [one["spec"]["selector"] for one in made if one["kind"] == "Service" and "selector" in one["spec"]]
    for selector in selected:
        assert any(selector.items() <= one["spec"]["template"]["metadata"]["labels"].items() for one in deployed)


@needs("promtool")
def test_prometheus_takes_its_configuration_and_the_rules(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x", encoding="utf-8")
    text = (OPS / "prometheus" / "prometheus.yaml").read_text(encoding="utf-8")
    (tmp_path / "prometheus.yaml").write_text(text.replace("/etc/prometheus/minxin.token", "token"), encoding="utf-8")
    (tmp_path / "alerts.yaml").write_bytes((OPS / "prometheus" / "alerts.yaml").read_bytes())
    assert "SUCCESS" in run("promtool", "check", "config", tmp_path / "prometheus.yaml")


@needs("promtool")
@pytest.mark.parametrize(
    ("alert", "series", "labels", "summary"),
    [
        (
            "MinxinIndexBehind",
            {"series": 'minxin_index_age_seconds{job="minxin"}', "values": "700x10"},
            {},
            "letters wait 700 s to be indexed: searches miss them",
        ),
        (
            "MinxinIndexDown",
            {"series": 'minxin_part_condition{job="minxin",part="index",instance="a"}', "values": "1x10"},
            {"instance": "a"},
            "a searches the newest letters alone",
        ),
    ],
    ids=["behind", "down"],
)
def test_alerts_of_the_index_are_told_after_five_minutes(
    tmp_path: Path, alert: str, series: dict[str, str], labels: dict[str, str], summary: str
) -> None:
    runbook = "docs/runbook.md#the-index-of-letters-is-down"
    told = {
        "exp_labels": {"severity": "warning", **labels},
        "exp_annotations": {"summary": summary, "runbook": runbook},
    }
    expected = [
        {"eval_time": at, "alertname": alert, "exp_alerts": found} for at, found in (("4m", []), ("6m", [told]))
    ]
    case = {"interval": "1m", "input_series": [series], "alert_rule_test": expected}
    whole = {"rule_files": [str(OPS / "prometheus" / "alerts.yaml")], "evaluation_interval": "1m", "tests": [case]}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert "SUCCESS" in run("promtool", "test", "rules", tmp_path / "tests.yaml")
