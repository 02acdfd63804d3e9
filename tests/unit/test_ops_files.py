"""The files for those who run it: every name, port, path and setting in them is one that the program has."""

from __future__ import annotations

import json
import re
from configparser import RawConfigParser
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from minxin.deploy.cli import COMMANDS
from minxin.deploy.settings import EMBEDDED, PREFIX, Settings, load_settings
from minxin.webui.context import WebSettings
from minxin.webui.middleware.session import ASKED_BY_PAGES

ROOT = Path(__file__).parents[2]
OPS = ROOT / "deploy" / "ops"
MANIFESTS = sorted((OPS / "kubernetes").rglob("*.yaml"))
UNITS = sorted((OPS / "systemd").glob("*.service"))
DEFAULTS = Settings()
DOORS = ("port", "smtp_port", "imap_port", "imaps_port", "submission_port", "submissions_port")
PORTS = {getattr(DEFAULTS, name) for name in DOORS}
WATCH_PORT = 9464
ROLES = {"web", "smtp", "worker", "all"}
# What is one machine's own unless it is set: without these, processes on several would not be one service.
CLUSTER = {
    "behind_proxy",
    "key",
    "log_format",
    "mail_direct",
    "metrics_host",
    "metrics_port",
    "metrics_token",
    "search",
    "site",
    "store",
}
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelModules": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "User": "minxin",
}


def text(name: str) -> str:
    return (OPS / name).read_text(encoding="utf-8")


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
    return found


def ours() -> dict[str, dict[str, Any]]:
    return {name: one for name, one in compose()["services"].items() if "minxin:" in one["image"]}


@cache
def objects() -> list[tuple[str, dict[str, Any]]]:
    every = ((path.name, one) for path in MANIFESTS for one in yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return [(name, one) for name, one in every if isinstance(one, dict) and "metadata" in one]


@cache
def pods() -> dict[str, dict[str, Any]]:
    """Return what each of the manifests' workloads runs, by name."""
    found = {}
    for _, one in objects():
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template") if isinstance(spec, dict) else None
        if template:
            found[one["metadata"]["name"]] = template["spec"]
    return found


def is_setting(variable: str) -> bool:
    name = variable.removeprefix(PREFIX).lower()
    return variable.startswith(PREFIX) and name.removesuffix("_file") in Settings.__struct_fields__


def variables(content: str) -> set[str]:
    return set(re.findall(r"\bMINXIN_[A-Z_]+[A-Z]\b", content)) - {"MINXIN_IMAGE"}


@pytest.mark.parametrize(
    "path", [path for path in OPS.rglob("*") if path.is_file()], ids=lambda path: str(path.relative_to(OPS))
)
def test_every_variable_is_a_setting_and_no_file_holds_a_secret(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    assert {one for one in variables(content) if not is_setting(one)} == set()
    assert re.findall(r"BEGIN [A-Z ]*PRIVATE KEY|mongodb://[^%\s]+:[^%\s@]+@", content) == []


@pytest.mark.parametrize("path", [*OPS.rglob("*.yaml"), *OPS.rglob("*.json"), *OPS.rglob("*.toml")], ids=str)
def test_every_file_can_be_parsed(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        assert load_settings(path, {}).behind_proxy
    else:
        assert json.loads(content) if path.suffix == ".json" else list(yaml.safe_load_all(content))


@pytest.mark.parametrize(
    "files",
    [
        ("Containerfile", "compose.yaml", "compose/minxin.toml"),
        ("Containerfile", "kubernetes/base/settings.yaml", "kubernetes/overlays/province/kustomization.yaml"),
        ("settings/cluster.toml", "systemd/minxin-web@.service"),
    ],
    ids=["compose", "kubernetes", "machines"],
)
def test_every_way_to_run_a_cluster_sets_what_its_processes_share(files: tuple[str, ...]) -> None:
    content = "\n".join(map(text, files))
    named = {one.removeprefix(PREFIX).lower().removesuffix("_file") for one in variables(content)}
    named |= set(re.findall(r"^([a-z_]+) = ", content, re.MULTILINE))
    assert CLUSTER - named == set()
    assert {name for name in named if name not in Settings.__struct_fields__} <= {"image"}


def test_doors_for_mail_are_given_no_way_into_the_index() -> None:
    assert ours()["smtp"]["environment"]["MINXIN_SEARCH"] == EMBEDDED
    (container,) = pods()["minxin-smtp"]["containers"]
    assert {"name": "MINXIN_SEARCH", "value": EMBEDDED} in container["env"]
    holding = {name for name, pod in pods().items() if any("minxin-search" in str(one) for one in pod["volumes"])}
    assert holding == {"minxin-web", "minxin-worker"}
    reaching = [one["spec"] for _, one in objects() if one["kind"] == "NetworkPolicy" and "9200" in str(one)]
    (expression,) = reaching[0]["podSelector"]["matchExpressions"]
    assert (len(reaching), expression["values"]) == (1, ["web", "worker"])


def test_image_runs_as_nobody_and_tells_its_doors() -> None:
    lines = text("Containerfile").replace("\\\n", " ").splitlines()
    words = {line.split()[0]: line.split()[1:] for line in lines if line and not line.startswith(("#", " "))}
    assert words["USER"] == ["10001:10001"]
    assert {int(port) for port in words["EXPOSE"]} == PORTS | {WATCH_PORT}
    assert f"MINXIN_METRICS_PORT={WATCH_PORT}" in words["ENV"]
    assert json.loads("".join(words["CMD"])) == ["all"]
    assert not [line for line in lines if line.startswith("FROM") and "latest" in line]


def test_image_is_built_from_all_that_the_package_is_made_of() -> None:
    allowed = {line[1:] for line in text("Containerfile.dockerignore").splitlines() if line.startswith("!")}
    parts = {link.name for link in (ROOT / "src" / "minxin").iterdir() if link.is_symlink()}
    assert parts | {"src", "pyproject.toml", "README.md", "LICENSE"} == allowed


def test_compose_runs_each_role_with_nothing_that_it_does_not_need() -> None:
    for name, service in ours().items():
        assert service["command"][0] == name in ROLES
        assert service["read_only"] is True
        assert service["user"] == "10001:10001"
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["deploy"]["resources"]["limits"]["memory"]
        assert "privileged" not in service
    assert set(ours()) == {"web", "smtp", "worker"}
    inside = {int(port.rpartition(":")[2]) for port in ours()["smtp"]["ports"]}
    assert inside == PORTS - {DEFAULTS.port}
    assert not [name for name, one in compose()["services"].items() if "ports" in one and name not in ("proxy", "smtp")]


def test_compose_names_what_is_there() -> None:
    whole = compose()
    for service in whole["services"].values():
        used = [one if isinstance(one, str) else one["source"] for one in service.get("secrets", ())]
        assert set(used) <= set(whole["secrets"])
        assert set(service.get("networks", ())) <= set(whole["networks"])
        mounts = [mount.split(":")[0] for mount in service.get("volumes", ())]
        for mount in mounts:
            made = mount.startswith(("./city-settings", "./secrets"))
            assert made or mount in whole["volumes"] or (OPS / mount).is_file(), mount
    made = set(re.findall(r"(?:make |secrets/)([a-z.]+(?:key|token|password|url|crt))", text("compose/secrets.sh")))
    assert {Path(one["file"]).name for one in whole["secrets"].values()} <= made


def test_pods_are_as_restricted_as_the_strictest_profile() -> None:
    assert set(pods()) == {"minxin-web", "minxin-smtp", "minxin-worker", "minxin-migrate", "minxin-verify"}
    for name, pod in pods().items():
        (container,) = pod["containers"]
        security = container["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]) & set(container["resources"]["limits"])
        assert container["args"][0] in COMMANDS.keys() | ROLES
        assert {mount["name"] for mount in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


@pytest.mark.parametrize("role", sorted(ROLES - {"all"}))
def test_each_role_has_probes_a_budget_and_stands_on_several_machines(role: str) -> None:
    pod = pods()[f"minxin-{role}"]
    (container,) = pod["containers"]
    assert container["args"] == [role]
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports.pop("watch") == WATCH_PORT
    wanted = {"web": {DEFAULTS.port}, "smtp": PORTS - {DEFAULTS.port}, "worker": set()}
    assert set(ports.values()) == wanted[role]
    assert {one["topologyKey"] for one in pod["topologySpreadConstraints"]} >= {"kubernetes.io/hostname"}
    budgets = [one for _, one in objects() if one["kind"] == "PodDisruptionBudget"]
    selected = [one["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] for one in budgets]
    assert role in selected


def test_manifests_hold_no_secret_and_name_every_one() -> None:
    assert [one for _, one in objects() if one["kind"] == "Secret"] == []
    used = {
        volume["secret"]["secretName"] for pod in pods().values() for volume in pod["volumes"] if "secret" in volume
    }
    made = set(re.findall(r"create secret \S+ (\S+)", text("kubernetes/overlays/province/kustomization.yaml")))
    assert used <= made


def test_services_and_policies_reach_ports_that_pods_have() -> None:
    named = {port["name"] for pod in pods().values() for port in pod["containers"][0].get("ports", ())}
    services = [one for _, one in objects() if one["kind"] == "Service"]
    targets = {port["targetPort"] for one in services for port in one["spec"]["ports"] if "targetPort" in port}
    policies = [one["spec"] for _, one in objects() if one["kind"] == "NetworkPolicy"]
    rules = chain.from_iterable(policy.get("ingress", ()) for policy in policies)
    allowed = {port["port"] for rule in rules for port in rule["ports"]}
    assert targets <= allowed <= named
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies


def test_every_manifest_is_listed() -> None:
    listed = yaml.safe_load(text("kubernetes/base/kustomization.yaml"))["resources"]
    assert {path.name for path in (OPS / "kubernetes" / "base").glob("*.yaml")} == {"kustomization.yaml", *listed}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_run_commands_of_ours_and_may_do_little(unit: Path) -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit, encoding="utf-8")
    service = dict(parser["Service"])
    assert HARDENED.items() <= service.items()
    commands = re.findall(r"/opt/minxin/bin/minxin ([a-z]+)", service["ExecStart"])
    assert commands
    assert set(commands) <= COMMANDS.keys() | ROLES


def test_nginx_takes_what_the_service_takes() -> None:
    site = text("nginx/minxin-site.inc")
    size = re.search(r"client_max_body_size\s+(\d+)m;", site)
    assert size is not None
    assert int(size[1]) * 1024 * 1024 == WebSettings(signing_key=b"").largest_body_bytes
    live = re.search(r"location ~ (\S+) {", site)
    assert live is not None
    assert [path for path in ASKED_BY_PAGES if not re.search(live[1], path)] == []
    assert "proxy_set_header         Host $http_host;" in site
    assert "X-Forwarded-For $proxy_add_x_forwarded_for" in site
    for hidden in ("/healthz", "/readyz", "/metrics"):
        assert f"location = {hidden}" in site


def test_alerts_lead_to_the_runbook() -> None:
    headings = re.findall(r"^#{2,4} (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    wanted = re.findall(r"docs/runbook\.md#([\w-]+)", text("prometheus/alerts.yaml"))
    assert set(wanted) <= anchors
    rules = yaml.safe_load(text("prometheus/alerts.yaml"))["groups"]
    assert all({"summary", "runbook"} <= set(rule["annotations"]) for group in rules for rule in group["rules"])
