"""Abuse in what is to be read by all (辱骂与威胁): what a finder saw, for a person who decides."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Abuse(StrEnum):
    """What kind of abuse it is."""

    INSULT = "insult"  # 辱骂
    THREAT = "threat"  # 威胁
    SLUR = "slur"  # 对群体的侮辱
    OFFENSIVE = "offensive"  # 冒犯: a learnt model says so, and not of which kind


class AbuseSpan(Struct, frozen=True):
    """A piece of a text that abuses somebody; ``start`` and ``end`` are character offsets into the text."""

    start: int
    end: int
    text: str
    kind: Abuse
