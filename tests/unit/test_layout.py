"""The layout is the architecture: import arrows, the name ``mailbox``, sizes, and doors that nobody walks around."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What each part may import, besides itself; deploy may import everything.
ARROWS = {
    "core": set(),
    "mailbox": {"core"},
    "consult": {"core"},
    "classifier": {"core"},
    "store": {"core", "mailbox", "consult"},
    "webui": {"core", "mailbox", "consult"},
    "deploy": {"core", "mailbox", "consult", "classifier", "store", "webui"},
}
MOST_LINES = 400
MOST_FUNCTION_LINES = 50


def _modules(*parts: str) -> Iterator[tuple[Path, ast.Module]]:
    for part in parts:
        for path in sorted((ROOT / part).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _imported_parts(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        found |= {name.split(".")[1] for name in names if name.startswith("minxin.")}
    return found


@pytest.mark.parametrize("part", ARROWS)
def test_imports_run_downwards_only(part: str) -> None:
    wrong = {
        str(path.relative_to(ROOT)): sorted(bad)
        for path, tree in _modules(part)
        if (bad := _imported_parts(tree) - ARROWS[part] - {part})
    }
    assert wrong == {}


def test_every_part_is_reached_through_its_link() -> None:
    links = {path.name: path.resolve() for path in (ROOT / "src" / "minxin").iterdir() if path.is_symlink()}
    assert links == {part: ROOT / part for part in ARROWS}


def test_no_part_is_a_regular_package() -> None:
    """A ``mailbox/__init__.py`` in the root would shadow the standard library's module, which aiosmtpd imports."""
    assert [str(path) for part in ARROWS for path in (ROOT / part).rglob("__init__.py")] == []


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import mailbox; print(mailbox.Maildir.__module__)"],
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/probe_mailbox.py"],
        [str(Path(sys.executable).with_name("pytest")), "-q", "-p", "no:cacheprovider", "tests/unit/probe_mailbox.py"],
        [str(Path(sys.executable).with_name("minxin")), "--version"],
    ],
    ids=["python -c", "python -m pytest", "pytest", "minxin"],
)
def test_standard_library_mailbox_is_not_shadowed(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_serving_process_starts_without_the_libraries_of_the_judge() -> None:
    """The judge has a process of its own; numpy alone would cost the other one 10 MiB and a part of its start."""
    code = "import sys, minxin.deploy.server, minxin.deploy.populate; print({'numpy', 'sklearn'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "set()\n"


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for part in (*ARROWS, "tests")
        for path in (ROOT / part).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_functions_stay_small() -> None:
    long = {}
    for path, tree in _modules(*ARROWS):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_pages_never_reach_the_store() -> None:
    """Pages ask services, and services ask the access doors."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in _modules("webui")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "store", "_store"}
    ]
    assert wrong == []


def test_templates_escape_everything() -> None:
    # ``Markup("…").format(…)`` escapes what is put in, and so does ``%`` behind a text of our own catalogue.
    marks = re.compile(
        r"\|\s*safe\b|autoescape\s+false|Markup\((?!'[^'{]*(\{\}[^'{]*)*'\)\.format\(|text\)  # noqa: S704\n)"
    )
    wrong = [
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "webui").rglob("*.html"), *(ROOT / "webui").rglob("*.py")]
        if marks.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_decoders_are_made_at_import() -> None:
    """msgspec makes a struct's table at its first use; two threads that do so at once crash the process (0.22)."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in _modules(*ARROWS)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "msgspec.json.decode"
        and any(keyword.arg == "type" for keyword in call.keywords)
    ]
    assert wrong == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for part in ARROWS
        for path in (ROOT / part).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marks.search(line)
    ]
    assert wrong == []


def test_broad_excepts_stand_in_their_last_resort_places_only() -> None:
    """Whatever else fails has a name; a handler that cleans up and raises again swallows nothing."""
    places = {
        str(path.relative_to(ROOT))
        for path, tree in _modules(*ARROWS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    }
    assert places <= LAST_RESORTS, places - LAST_RESORTS


LAST_RESORTS = {
    "deploy/workers.py",
    "mailbox/safe_worker.py",  # a process of its own: the parent decides
    "store/mongo/writer.py",  # everyone who waits must hear of it
    "store/sqlite/writer.py",  # a thread of its own: everyone who waits must hear of it
    "mailbox/smtp/door.py",
    "mailbox/imap/session.py",
    "webui/middleware/errors.py",
    "consult/assistant/service.py",  # what fails in the assistant must not keep a visitor from a person
    "consult/chat/tending.py",  # one conversation that can't be looked after must not keep the others waiting
}
