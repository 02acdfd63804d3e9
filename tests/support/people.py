"""The people of a living city, each in a browser of his own."""

from __future__ import annotations

from contextlib import AsyncExitStack

from support.caller import Caller
from support.live import LiveCity
from support.web import Browser


class People:
    """One browser for each person, logged in when first needed."""

    def __init__(self, city: LiveCity, stack: AsyncExitStack) -> None:
        self._city = city
        self._stack = stack
        self._browsers: dict[str, Browser] = {}

    async def browser(self, login: str) -> Browser:
        if login not in self._browsers:
            self._browsers[login] = await self._stack.enter_async_context(self._city.browser(login))
        return self._browsers[login]

    async def api(self, login: str) -> Caller:
        return Caller(await self.browser(login))
