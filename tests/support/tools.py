"""Programs of others that read what we ship: `make programs` brings what Debian has, a run lists what it skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

OPS = Path(__file__).parents[2] / "deploy" / "ops"


def needs(tool: str) -> pytest.MarkDecorator:
    """Return the mark of a test that asks the tool."""
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed: NOT CHECKED")


def run(*command: str | Path, said: str | None = None) -> str:
    """Run a command that must succeed, with ``said`` on its standard input, and return what it says."""
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
