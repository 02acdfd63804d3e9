"""Personal data in a text (个人信息): the words that the finder and the office share."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Personal(StrEnum):
    """What tells something of a person (PIPL art. 4), and what tells something sensitive (art. 28)."""

    NAME = "name"  # 姓名
    PHONE = "phone"  # 电话
    ID_NUMBER = "id_number"  # 身份证号
    PASSPORT = "passport"  # 护照、通行证号
    BANK_CARD = "bank_card"  # 银行卡号
    PLATE = "plate"  # 车牌
    MAIL = "mail"  # 邮箱
    SOCIAL = "social"  # 微信、QQ、抖音号
    ACCOUNT = "account"  # 户号、账号、证号: what a label says is one
    NUMBER = "number"  # 长号码: a long number that nothing explains
    ADDRESS = "address"  # 门牌: from the house number down to the door
    MINOR = "minor"  # 未成年人
    HEALTH = "health"  # 健康


MARKED_ONLY: Final = frozenset({Personal.MINOR, Personal.HEALTH})
"""Shown to people and left in the text: without the sentence around it nobody can say what has to go."""


class Certainty(StrEnum):
    """How sure a finder is."""

    CERTAIN = "certain"  # the form or a check digit leaves no doubt
    LIKELY = "likely"  # the words around it say so
    SUSPECTED = "suspected"  # better looked at by a person


class PersonalSpan(Struct, frozen=True, order=True):
    """One find: ``text[start:end]`` of the text as it was given, and the rule that found it."""

    start: int
    end: int
    kind: Personal
    certainty: Certainty
    rule: str
