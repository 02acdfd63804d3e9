"""The accessibility rules of axe on a page: what breaks WCAG 2.2 AA, in words that lead to the place."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_RUN = """async (tags) => {
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], iframes: false, preload: false,
  });
  return found.violations;
}"""
# Reflow (1.4.10) is none of axe's rules: wide tables scroll in a frame of their own, pages never sideways.
_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("main *, header *, footer *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !one.closest(".table-frame"))
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
}"""


async def violations(page: Page) -> list[str]:
    """Return what is wrong with the page that is open."""
    # Evaluated and not put into the page: the page's own policy lets no script in that is not ours.
    await page.evaluate(_axe())
    found: list[dict[str, Any]] = await page.evaluate(_RUN, list(TAGS))
    wrong = [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"][:3]]
    return wrong + [f"reflow: {html}" for html in await page.evaluate(_OVERFLOW)]


@cache
def _axe() -> str:
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
