"""Taking personal data out of a text that is to be published (隐去个人信息): what a machine finds reliably.

It finds numbers, addresses and names by their form. It rather takes out too much: a person sees every change, corrects
the copy, and a second person decides. Health, minors and the accused have no form and are left to those two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁"
    "岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解"
    "牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑"
)
TWO_PLACE_SURNAMES: Final = "欧阳|司马|上官|诸葛|尉迟|皇甫|夏侯|慕容|司徒|令狐|东方|端木|公孙|长孙|宇文|轩辕"

_SURNAME: Final = f"(?:{TWO_PLACE_SURNAMES}|[{SURNAMES}])"
_GIVEN: Final = r"[\u4e00-\u9fff]{1,2}"
_END: Final = r"(?=[\s,.;:，。；：、！？!?（）()]|$)"
_COUNT: Final = r"[0-9一二三四五六七八九十百]{1,5}"
_FULL_WIDTH: Final = {ord("０") + place: ord("0") + place for place in range(10)} | {
    ord(first) + place: ord(plain) + place for first, plain in (("Ａ", "A"), ("ａ", "a")) for place in range(26)
}


class Personal(StrEnum):
    """What is taken out."""

    NAME = "name"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    PLATE = "plate"
    NUMBER = "number"
    ACCOUNT = "account"
    MAIL = "mail"
    ADDRESS = "address"


REPLACEMENTS: Final = {
    Personal.NAME: "某某",
    Personal.PHONE: "〔电话〕",
    Personal.ID_NUMBER: "〔身份证号〕",
    Personal.PLATE: "〔车牌〕",
    Personal.NUMBER: "〔号码〕",
    Personal.ACCOUNT: "〔账号〕",
    Personal.MAIL: "〔邮箱〕",
    Personal.ADDRESS: "〔门牌〕",
}

# In this order: what an earlier rule took, a later one does not see. An ID number counts without its check character,
# because a mistyped one still points at a person.
_RULES: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Personal.MAIL, r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        (
            Personal.ID_NUMBER,
            r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
            r"(?![0-9A-Za-z])",
        ),
        (Personal.PHONE, r"(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9])"),
        (
            Personal.PLATE,
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•.\s]?"
            r"(?=[A-Z0-9]{0,5}[0-9])[A-Z0-9]{4,6}[挂学警港澳]?(?![A-Z0-9])",
        ),
        (
            Personal.ACCOUNT,
            r"(?<=号)[:：]?\s?[A-Za-z0-9][A-Za-z0-9_-]{5,29}|(?<=微信)[:：]?\s?[A-Za-z][A-Za-z0-9_-]{5,19}"
            r"|(?<=QQ)[:：]?\s?[0-9]{5,12}",
        ),
        (Personal.NUMBER, r"(?<![0-9.])[0-9](?:[ -]?[0-9]){8,}(?![0-9])"),
        (
            Personal.ADDRESS,
            rf"(?:{_COUNT}(?:栋|幢|号楼|座)\s?)(?:{_COUNT}单元\s?)?(?:{_COUNT}(?:室|层|楼|户|号))?"
            rf"|{_COUNT}单元\s?(?:{_COUNT}(?:室|层|楼|户|号))?|(?<![0-9])[0-9]{{3,4}}室"
            rf"|(?<=[路街巷弄道里村坊苑园区])\s?{_COUNT}(?:[-—－][0-9]{{1,4}})?\s?号(?![线文令楼])(?:院|附{_COUNT}号)?",
        ),
        (Personal.NAME, rf"(?<=我叫){_SURNAME}{_GIVEN}|(?<=我是){_SURNAME}{_GIVEN}{_END}"),
        (Personal.NAME, rf"(?:(?<=本人)|(?<=姓名)|(?<=联系人)|(?<=署名))[:：]?\s?{_SURNAME}{_GIVEN}{_END}"),
        (
            Personal.NAME,
            rf"(?<![感多答道]){_SURNAME}(?:{_GIVEN})?(?=先生|女士|小姐|同志|老师|医生|大夫|师傅|阿姨|大爷|大妈|奶奶|爷爷)",
        ),
    )
)
_LANDLINE: Final = re.compile(r"(?<![0-9])(?:0[0-9]{2,3}[- ]?)?[2-8][0-9]{6,7}(?![0-9])")
_CERTAIN: Final = (Personal.ID_NUMBER, Personal.PHONE, Personal.PLATE)


class Redaction(Struct, frozen=True):
    """The text without what was found, and how often each kind was."""

    text: str
    found: dict[Personal, int]


def redact(text: str, names: Iterable[str] = (), *, office_lines: bool = False) -> Redaction:
    """Return the text with personal data replaced by what kind it was.

    ``names`` are names known to be in it, the writer's above all. ``office_lines`` keeps land lines and e-mail
    addresses: in an answer they are the office's own.
    """
    found: dict[Personal, int] = {}
    plain = text.translate(_FULL_WIDTH)
    for name in sorted({name.strip() for name in names} - {""}, key=len, reverse=True):
        plain = _replaced(plain, Personal.NAME, re.compile(re.escape(name)), found)
    for kind, pattern in _RULES:
        if office_lines and kind in (Personal.MAIL, Personal.NUMBER):
            continue
        plain = _replaced(plain, kind, pattern, found)
    if not office_lines:
        plain = _replaced(plain, Personal.PHONE, _LANDLINE, found)
    return Redaction(plain if found else text, found)


def certain_in(text: str, names: Iterable[str] = ()) -> tuple[Personal, ...]:
    """Return the kinds that a public copy can't hold, whoever wrote them into it: they are never there by chance."""
    plain = text.translate(_FULL_WIDTH)
    kinds: list[Personal] = [kind for kind, pattern in _RULES if kind in _CERTAIN and pattern.search(plain)]
    if any(name.strip() and name.strip() in plain for name in names):
        kinds.append(Personal.NAME)
    return tuple(kinds)


def _replaced(text: str, kind: Personal, pattern: re.Pattern[str], found: dict[Personal, int]) -> str:
    replaced, times = pattern.subn(REPLACEMENTS[kind], text)
    if times:
        found[kind] = found.get(kind, 0) + times
    return replaced
