"""Names that the text itself declares: 我叫…, 联系人：…, My name is …, a signature on a line of its own.

What stands there is a name whatever its characters are, so this finds those without a Chinese surname.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import Final

from minxin.classifier.personal.lexicon import load_lexicon
from minxin.core.personal import Certainty, Personal, PersonalSpan

_HAN: Final = "一-鿿"
_STOP: Final = r"(?=[\s，。,.;；！!?？(（)）:：、“”\"|<\[]|$|今年|现年|家住|住在|身份证|电话|手机|男|女|是)"
_DECLARED: Final = re.compile(
    r"(?:我叫|我名叫?(?![字下义单声额次])|俺叫|名叫|本名叫?|真名叫?|大名叫?|小名叫?"
    r"|(?:姓 ?名|联系人|联络人|投诉人|举报人|来电人|来访人|申请人|反映人|陈情人|户名|业主|署名|签名)[:] ?)"
    rf"([{_HAN}]{{1,8}}·[{_HAN}]{{2,8}}|[{_HAN}]{{2,4}}){_STOP}"
)
_DOTTED: Final = re.compile(
    rf"(?:(?<![{_HAN}])|(?<=[是叫]))((?![我俺]?[是叫])[{_HAN}]{{2,6}}·[{_HAN}]{{2,6}})(?![{_HAN}]{{0,3}}(?:苑|府|城|园|湾|里|店))"
)
_SPACED: Final = re.compile(rf"(?:^|(?<=[\n:]))[ \u200b]*([{_HAN}] {{1,4}}[{_HAN}])[ \u200b]*(?=\n|$)")
_PARENT: Final = re.compile(
    rf"(?:(?<![{_HAN}])|(?<=[是叫]))([{_HAN}]{{2,3}})(?=的?(?:妈妈|爸爸|家长)(?![{_HAN}]*家长)|[她他](?:爸|妈|娘|爷|奶))"
)
_SURNAMES_ONLY: Final = re.compile(
    rf"(?:[{_HAN}]{{1,2}}、){{1,8}}[{_HAN}]{{1,2}}?(?=[二两三四五六七八九几]?(?:家(?![庄村湾屯坪冲桥里岭塘坝坡沟店堡台坊寨])|位|户|姓|人)(?![{_HAN}]?的))"
)
_NOT_DOUBLED: Final = "[周进出画天常刚慢渐往仅宝偏明爷奶妈爸哥姐弟妹人家处时年月日多少早晚白纷统]"
_DOUBLED: Final = re.compile(
    rf"(?:我家|孩子|小孩|女儿|儿子|宝宝|小朋友|孙女|孙子|娃)(?:叫|是)?((?!{_NOT_DOUBLED})([{_HAN}])\2)(?![{_HAN}]?的)"
    rf"|(?<![{_HAN}]{{2}})((?!{_NOT_DOUBLED})([{_HAN}])\4)"
    r"(?=\(|大名|小名|才?[0-9一二三四五六七八九]{1,2}岁|[她他][爸妈爷奶])"
)
_MASKED: Final = re.compile("(?<![×*○])([一-鿿])(?:[×*○]{1,2}(?![×*○0-9])[一-鿿]?|[xX]{2})(?![×*○A-Za-z0-9])")
_WORD: Final = r"[A-Z][A-Za-z'\-]{1,19}"
_LATIN: Final = re.compile(
    r"(?:(?i:my name is|i am|i'm|this is|named|friend|name:|发件人:|我叫|中文名|英文名|签名:|-- ?) ?)"
    rf"({_WORD}(?: {_WORD}){{1,2}})"
    rf"|(?:发件人:|From:) ?([A-Za-z][A-Za-z'\-]{{1,19}} [A-Za-z][A-Za-z'\-]{{1,19}})(?= ?<)"
    r"|(?:叫|是|专家|留学生|丈夫|妻子|老公|老婆|太太|先生|女友|男友|朋友|同事|老师|外教|负责人|经理|教练|老板) ?"
    rf"({_WORD}(?: {_WORD}){{1,2}})(?![A-Za-z ])|({_WORD}) ?(?=老师|先生|女士|小姐|教练|经理)"
    rf"|\b(?:Mr|Mrs|Ms|Miss|Dr)\.? ({_WORD}(?: {_WORD})?)"
)
_HUI_SURNAMES: Final = frozenset("马韩冶哈沙丁白穆海纳")
_NOT_NAMES: Final = frozenset(
    "某某 某某某 匿名 保密 不便透露 不详 未知 本人 网友 市民 群众 业主 居民 村民 同上 同前 先生 女士 什么 谁的".split()
)


def find_introductions(view: str) -> Iterator[PersonalSpan]:
    """Yield the names that are declared."""
    yield from _declared(view)
    yield from _formed(view)
    for found in _LATIN.finditer(view):
        yield _name(found, next(group for group in range(1, 6) if found[group]), Certainty.LIKELY, "name.latin")


def _declared(view: str) -> Iterator[PersonalSpan]:
    lexicon = load_lexicon()
    for found in _DECLARED.finditer(view):
        name = found[1]
        if name not in _NOT_NAMES and name not in lexicon.public and not _is_titled(name):
            known = name[0] in lexicon.surnames or "·" in name
            yield _name(found, 1, Certainty.CERTAIN if known else Certainty.LIKELY, "name.declared")
    for found in _PARENT.finditer(view):
        is_his = view[found.end() : found.end() + 1] in tuple("她他")
        is_name = found[1][0] in lexicon.surnames and all(lexicon.given.get(one, 0.0) < inf for one in found[1][1:])
        if (is_his or is_name) and found[1] not in lexicon.words:
            yield _name(found, 1, Certainty.LIKELY, "name.parent")


def _formed(view: str) -> Iterator[PersonalSpan]:
    lexicon = load_lexicon()
    for found in _SPACED.finditer(view):
        if found[1][0] in lexicon.surnames and found[1][0] + found[1][-1] not in lexicon.words:
            yield _name(found, 1, Certainty.LIKELY, "name.signature")
    for found in _MASKED.finditer(view):
        if found[1] in lexicon.surnames:
            yield _name(found, 0, Certainty.LIKELY, "name.masked")
    for found in _DOUBLED.finditer(view):
        yield _name(found, 1 if found[1] else 3, Certainty.SUSPECTED, "name.doubled")
    for found in _SURNAMES_ONLY.finditer(view):
        yield from _surnames(found, lexicon.surnames)
    for found in lexicon.minority.finditer(view):
        start = found.start() - (view[found.start() - 1 : found.start()] in _HUI_SURNAMES)
        yield PersonalSpan(start, found.end(), Personal.NAME, Certainty.SUSPECTED, "name.minority")
    for found in _DOTTED.finditer(view):
        yield _name(found, 1, Certainty.LIKELY, "name.dotted")


def _name(found: re.Match[str], group: int, certainty: Certainty, rule: str) -> PersonalSpan:
    return PersonalSpan(found.start(group), found.end(group), Personal.NAME, certainty, rule)


def _surnames(listed: re.Match[str], surnames: Mapping[str, float]) -> Iterator[PersonalSpan]:
    """Yield each of 邓、贾、欧阳 before 三位 or 两家, when all of them are surnames."""
    first, *others = listed[0].split("、")
    start = listed.start() + (0 if first in surnames else 1)  # the first may have an ordinary character before it
    pieces = [listed[0][start - listed.start() : len(first)], *others]
    if all(piece in surnames for piece in pieces):
        for piece in pieces:
            yield PersonalSpan(start, start + len(piece), Personal.NAME, Certainty.CERTAIN, "name.surnames")
            start += len(piece) + 1


def _is_titled(name: str) -> bool:
    titles = load_lexicon().titles
    return any(titles.fullmatch(name, place) for place in range(1, len(name)))
