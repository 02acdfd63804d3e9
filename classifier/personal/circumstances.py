"""What is sensitive without being a name or number (敏感个人信息, PIPL art. 28): children under 18, and illness.

These are shown to people, not taken out: what has to go depends on the sentence. The law protects children under
fourteen especially (PIPL art. 31); a school class or an age under eighteen tells who the child is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.core.personal import Certainty, Personal, PersonalSpan

_HERE: Final = Path(__file__).parent
_N: Final = "[0-9一二三四五六七八九十两]"
_GENERAL: Final = re.compile("以下|以上|周岁以|未满|年满|适龄|不满|满")
_CLASS: Final = re.compile(
    r"([初高][一二三](?:年级)?学生|(?:(?![在读是于到为上的])[一-鿿]{2,4}(?:小学|中学|学校|幼儿园|小|中))?"
    r"(?:(?:小学|初中|高中)?(?:[一二三四五六七八九1-9]年级|初[一二三]|高[一二三]|[一二三四五六]"
    r"|[大中小托](?=[0-9一二三四五六七八九十]?班)))"
    rf" ?[(（]?{_N}{{0,3}}[)）]? ?班?(?:{_N}班)?)"
)
_AGE: Final = re.compile(
    r"(?:今年|现年|年仅|刚满|才|已)?((?<![0-9])(?:1[0-7]|[0-9])(?:岁半?|周岁)(?:[0-9一二三四五六七八九十]{1,2}个月)?"
    r"|(?<![一二三四五六七八九零百十])(?:十[一二三四五六七]?|[一二三四五六七八九两])(?:岁半?|周岁)"
    r"|(?<![0-9])[0-9]{1,2}个月(?=大|的宝|宝)|20[12][0-9]年生)"
)
_CHILD_BEFORE: Final = re.compile("(?:孩子|小孩|女童|男童|男孩|女孩|宝宝|娃娃|小朋友)(?:叫|是)?$")
_REACH: Final = 14


class _Terms(Struct, frozen=True):
    origin: str
    illnesses: str
    about_a_person: str
    in_general_before: str
    in_general_after: str


def find_minors(view: str, names: Sequence[PersonalSpan]) -> Iterator[PersonalSpan]:
    """Yield the ages under 18 and school classes of children in the view, and child words beside a name."""
    for found in _AGE.finditer(view):
        around = view[max(0, found.start() - 2) : found.end() + 2]
        if not _GENERAL.search(around):
            yield _minor(found.start(1), found.end(1), Certainty.LIKELY, "minor.age")
    for found in _CLASS.finditer(view):
        if found[1].endswith("学生") or ("班" in found[1] and len(found[1].replace("班", "")) > 1):
            yield _minor(found.start(1), found.end(1), Certainty.LIKELY, "minor.class")
    for name in names:
        child = _CHILD_BEFORE.search(view, max(0, name.start - 4), name.start)
        if child is not None:
            yield _minor(child.start(), child.end(), Certainty.SUSPECTED, "minor.name")


def find_health(view: str) -> Iterator[PersonalSpan]:
    """Yield illnesses and injuries that the view tells of a person, not those that it speaks of in general."""
    illnesses, about, general_before, general_after = _patterns()
    for found in illnesses.finditer(view):
        before = view[max(0, found.start() - 2 * _REACH) : found.start()]
        after = view[found.end() : found.end() + 6]
        if general_before.search(before[-3:]) or general_after.match(after):
            continue
        certainty = Certainty.LIKELY if about.search(before + after) else Certainty.SUSPECTED
        yield PersonalSpan(found.start(), found.end(), Personal.HEALTH, certainty, "health.illness")


def _minor(start: int, end: int, certainty: Certainty, rule: str) -> PersonalSpan:
    return PersonalSpan(start, end, Personal.MINOR, certainty, rule)


_DECODER: Final = msgspec.json.Decoder(_Terms)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    terms = _DECODER.decode((_HERE / "health.json").read_bytes())
    illness = "|".join(sorted(terms.illnesses.split(), key=len, reverse=True))
    organ = "[脑肺肝胃肾肠舌喉骨乳胰]|膀胱|卵巢|食管|皮肤|子宫|口腔"
    part = "[左右双全]?[腰腿臂手脚膝肩颈头胸背肋眼眶耳踝腕肘髋盆股胫腓锁骨椎颅脊尾骶骼间盘颈指趾桡尺]{0,5}"
    grade = "[一二三四五六七八九十1-9]级"
    injury = f"{part}(?:骨折|骨裂|烧伤|烫伤|脱位|扭伤)(?:面积[0-9]{{1,3}}%)?"
    injury = f"(?:粉碎性|{grade})?{injury}"
    disabled = f"(?:肢体|视力|听力|智力|精神|言语)?{grade}(?:残疾|伤残|残)|(?:肢体|视力|听力|智力|精神)残疾"
    return (
        re.compile(
            f"(?:急性|慢性|先天性|药物性|轻度|中度|重度|早期|晚期|疑似)?(?:{illness}|(?:{organ})(?:癌|瘤))(?:晚期|中期|早期|偏瘫)?|{disabled}|{injury}"
        ),
        re.compile("|".join(terms.about_a_person.split())),
        re.compile("|".join(terms.in_general_before.split())),
        re.compile("|".join(terms.in_general_after.split())),
    )
