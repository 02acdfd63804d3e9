"""Work that nobody waits for gives way, and asks for nothing that only root is given."""

from __future__ import annotations

import subprocess
import sys

import pytest

_ASK = "import os; from minxin.deploy.priority import give_way; os.nice({before}); give_way(); print(os.nice(0))"


@pytest.mark.parametrize("before", [0, 15])
def test_a_process_gives_way_and_never_takes_it_back(before: int) -> None:
    nice = int(subprocess.check_output([sys.executable, "-c", "import os; print(os.nice(0))"]))
    told = subprocess.check_output([sys.executable, "-c", _ASK.format(before=before)])
    assert int(told) == max(10, min(nice + before, 19))
