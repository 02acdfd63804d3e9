"""Somebody logged in who calls the JSON API as a page's script would."""

from __future__ import annotations

from typing import Any

from support.web import Browser


class Caller:
    """Calls operations with a browser's session; remembers the last status."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._token = ""
        self.status = 0

    async def get(self, path: str) -> Any:
        """Read; returns the JSON answer, or None when there is none."""
        return await self._call("GET", path, None)

    async def post(self, path: str, **body: Any) -> Any:
        """Do; returns the JSON answer, or None when there is none."""
        if not self._token:
            await self._browser.get("/account")
            self._token = self._browser.hidden("/logout")["csrf_token"]
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"X-CSRF-Token": self._token, "Accept": "application/json"}
        self.status, answer = await self._browser.json(method, f"/api/v1{path}", body, headers)
        return answer
