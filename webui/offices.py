"""Offices as people read them."""

from __future__ import annotations

from aiohttp import web

from minxin.webui.context import language, services
from minxin.webui.i18n import Language


async def office_names(request: web.Request) -> dict[str, str]:
    """Return the name of every office by id, in the visitor's language."""
    chinese = language(request) is Language.ZH
    offices = await services(request).offices()
    return {office.id: office.name if chinese or not office.name_en else office.name_en for office in offices}
