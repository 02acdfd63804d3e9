"""Ids: opaque, random, safe in a URL."""

from __future__ import annotations

import secrets

ID_BYTES = 16


def new_id() -> str:
    """Return a random id of 128 bits in 22 URL-safe characters.

    It says nothing about what it names: people are shown the letter's number instead (来信编号).
    """
    return secrets.token_urlsafe(ID_BYTES)
