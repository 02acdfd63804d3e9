"""WebDAV as the suite that its clients' authors test with sees it (litmus), where that is installed."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from support.letters import become_citizen
from support.tools import needs
from support.web import Browser, City

from minxin.core.changes import Changes
from minxin.mailbox.apppasswords import make
from minxin.mailbox.records import Account, Scope

SUITES = {"basic", "copymove", "props", "locks", "http"}
_SUMMARY = re.compile(r"summary for `(\w+)': of \d+ tests run: \d+ passed, (\d+) failed")


@needs("litmus")
async def test_the_suite_of_the_standard_passes_whole(browser: Browser, city: City, tmp_path: Path) -> None:
    account = await city.store.get(Account, await become_citizen(browser, city))
    assert account is not None
    new = make(account, "litmus", [Scope.DAV], city.clock.now())
    await city.store.commit(Changes(inserts=[new.record]))
    process = await asyncio.create_subprocess_exec(
        *("litmus", "-k", f"{browser.base}/dav/", account.login, new.password),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    told = output.decode("utf-8", "replace")
    assert dict(_SUMMARY.findall(told)) == dict.fromkeys(SUITES, "0"), told
