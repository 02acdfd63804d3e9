"""Pages that are compiled once for all tests of a process: each test has an application of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jinja2
import pytest
from aiohttp import web

from minxin.webui import templating
from minxin.webui.i18n import Language


@contextmanager
def quick_pages(folder: Path) -> Iterator[None]:
    """Let applications of this process share compiled templates meanwhile, those of a language among each other."""
    environment_of = templating._environment

    def environment(app: web.Application, language: Language) -> jinja2.Environment:
        made = environment_of(app, language)
        own = folder / language.value
        own.mkdir(exist_ok=True)
        made.bytecode_cache = jinja2.FileSystemBytecodeCache(str(own))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templating, "_environment", environment)
        yield
