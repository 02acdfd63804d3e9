"""Numbers that belong to a person, told by their form: ID numbers, bank cards, telephones, and long ones unexplained.

A cluster of digits with separators is cut into groups, and the longest run of groups that makes a known number is
taken. Each place is tried with a bounded number of lengths, so the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, NamedTuple

from minxin.core.personal import Certainty, Personal, PersonalSpan

_HAN_DIGITS: Final = str.maketrans("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两", "001234567891123456789" + "2")
_DIGIT: Final = "0-9零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两"
_GAP: Final = r"[ \-.·•()/\u200b_]"
_CLUSTER: Final = re.compile(rf"[{_DIGIT}](?:{_GAP}{{0,3}}[{_DIGIT}]){{4,}}(?:{_GAP}?[xX](?![A-Za-z]))?")
_GROUP: Final = re.compile(rf"[0-9]+[xX]?|[{_DIGIT[3:]}]+[xX]?|[xX]")
_MOST_GROUPS: Final = 19
_LABEL_REACH: Final = 16
_SHORTEST: Final = 7
_LONG: Final = 9
_MOST_PARTS: Final = 5
_MOST_DIGITS: Final = 22
_MOST_AGAIN: Final = 50

_PROVINCES: Final = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_MOBILE: Final = re.compile(r"(?:0086|86|0)?1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_ABROAD: Final = re.compile(r"(?:0086|86)(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_HONG_KONG_MACAU: Final = re.compile(r"85[23][0-9]{8}")
_FREE: Final = re.compile(r"[48]00[0-9]{7}")
_ID_LABEL: Final = re.compile(r"身份证|证件号|(?<![a-z])id(?![a-z])")
_ID_WORD: Final = re.compile(r"证号|sfz")
_PHONE_LABEL: Final = re.compile(
    r"电话|手机|座机|联系|热线|拨打|拨通|致电|[打拨](?:了|去|过|到)?$|传真|号码|电 话|tel|phone|call|mobile|短信"
)
_CARD_LABEL: Final = re.compile(r"(?<![保能校通学员C])卡号|银行账|建行|工行|农行|中行|招行|信用社|储蓄|转入|汇款|打款")
_ACCOUNT_LABEL: Final = re.compile(r"(?:户号|账号|编号|单号)[:是 ]*$")
_COMPANY_LABEL: Final = re.compile(r"信用代码|税号|文号|令第|字第|发票号|〔|[(（]\d{4}")
_SHORT_PHONE: Final = re.compile(r"[2-9][0-9]{6,7}")
_NEXT_PHONE: Final = re.compile(r" ?[、/,，;；或和] ?([2-9][0-9]{6,7})(?![0-9元])")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_RANGE: Final = re.compile(r"[0-9]{1,8}-{1,2}[0-9]{1,8}|.*[0-9]\.[0-9].*")
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{4}|[0-9]{6})?")


class _Group(NamedTuple):
    start: int
    end: int
    digits: str


def find_numbers(view: str) -> Iterator[PersonalSpan]:
    """Yield the numbers of the view, from left to right."""
    phones = set()
    for cluster in _CLUSTER.finditer(view):
        for span in _numbers_of(view, cluster.start(), cluster.end()):
            yield span
            if span.kind is Personal.PHONE:
                phones.add(view[span.start : span.end])
                yield from _next_phones(view, span.end)
    yield from _again(view, phones)


def _next_phones(view: str, end: int) -> Iterator[PersonalSpan]:
    """Yield the short numbers that follow a telephone in a list: 电话 84210001、84210002."""
    found = _NEXT_PHONE.match(view, end)
    while found is not None:
        yield PersonalSpan(found.start(1), found.end(1), Personal.PHONE, Certainty.LIKELY, "phone.list")
        found = _NEXT_PHONE.match(view, found.end())


def _again(view: str, phones: set[str]) -> Iterator[PersonalSpan]:
    """Yield the short numbers that were a telephone elsewhere in the letter."""
    short = [phone for phone in phones if _SHORT_PHONE.fullmatch(phone)][:_MOST_AGAIN]
    if short:
        for found in re.finditer(rf"(?<![0-9.])(?:{'|'.join(sorted(short))})(?![0-9.元])", view):
            yield PersonalSpan(found.start(), found.end(), Personal.PHONE, Certainty.LIKELY, "phone.again")


def is_id_number(digits: str) -> bool:
    """Say whether 18 places are an ID number with the right check character (GB 11643-1999, ISO/IEC 7064 MOD 11-2)."""
    if len(digits) != 18 or not digits[:17].isdecimal() or not _is_region_and_birth(digits):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECKS[total % 11] == digits[17].upper()


def is_card_number(digits: str) -> bool:
    """Say whether the digits carry the check digit of a bank card (ISO/IEC 7812-1, Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _numbers_of(view: str, start: int, end: int) -> Iterator[PersonalSpan]:
    groups = [
        _Group(start + found.start(), start + found.end(), found[0].translate(_HAN_DIGITS))
        for found in _GROUP.finditer(view[start:end])
    ]
    known = list(_first_longest(view, groups, _known))
    yield from known
    # What no form explains is only looked for between what one does: 张三13800001234 is no number that begins with 三.
    left: list[_Group] = []
    known_spans = iter([*known, None])
    span = next(known_spans)
    for group in groups:
        if span is not None and group.start >= span.end:
            yield from _first_longest(view, left, _unexplained)
            left, span = [], next(known_spans)
        if span is None or group.end <= span.start:
            left.append(group)
    yield from _first_longest(view, left, _unexplained)


_Kind = tuple[Personal, Certainty, str]


class _Labels(NamedTuple):
    """What the words before a number call it."""

    id_number: bool
    certificate: bool
    phone: bool
    card: bool
    account: bool
    other: bool
    plus: bool


class _Number(NamedTuple):
    """Some groups of a cluster taken together."""

    digits: str
    labels: _Labels
    parts: int
    written: str
    after: str


_Judge = Callable[[_Number], _Kind | None]


def _first_longest(view: str, groups: list[_Group], judge: _Judge) -> Iterator[PersonalSpan]:
    first = 0
    while first < len(groups):
        last, kind = _longest(view, groups, first, judge)
        if kind is not None:
            end = groups[last].end
            yield PersonalSpan(_opened(view, groups[first].start, end), end, *kind)
        first = last + 1


def _longest(view: str, groups: list[_Group], first: int, judge: _Judge) -> tuple[int, _Kind | None]:
    """Return the last group of the longest number from ``first`` on, and what it is."""
    best: tuple[int, _Kind | None] = (first, None)
    start = groups[first].start
    labels = _labels(view[max(0, start - _LABEL_REACH) : start].lower())
    digits = ""
    for last in range(first, min(first + _MOST_GROUPS, len(groups))):
        digits += groups[last].digits
        if len(digits) > _MOST_DIGITS or (last > first and _YEAR.fullmatch(groups[first].digits)):
            break
        if len(digits) < _SHORTEST:
            continue
        end = groups[last].end
        kind = judge(_Number(digits, labels, last - first + 1, view[start:end], view[end : end + 1]))
        best = best if kind is None else (last, kind)
    return best


def _labels(before: str) -> _Labels:
    return _Labels(
        id_number=_ID_LABEL.search(before) is not None,
        certificate=_ID_WORD.search(before) is not None,
        phone=_PHONE_LABEL.search(before) is not None,
        card=_CARD_LABEL.search(before) is not None,
        account=_ACCOUNT_LABEL.search(before) is not None,
        other=before[-1:] in tuple("./〔[") or _COMPANY_LABEL.search(before) is not None,
        plus=before.endswith("+"),
    )


def _opened(view: str, start: int, end: int) -> int:
    """Take the plus and the bracket before a number with it: +86, （021）."""
    if start and view[start - 1] == "+":
        start -= 1
    return start - 1 if start and view[start - 1] == "(" and ")" in view[start:end] else start


def _known(number: _Number) -> _Kind | None:
    return _id_number(number) or _phone(number) or _card(number)


def _id_number(number: _Number) -> _Kind | None:
    digits, labels = number.digits, number.labels
    named = Certainty.LIKELY if labels.id_number or labels.certificate else Certainty.SUSPECTED
    if is_id_number(digits):
        return Personal.ID_NUMBER, Certainty.CERTAIN, "id_number.checked"
    if len(digits) == 18 and _is_region_and_birth(digits):
        return Personal.ID_NUMBER, named, "id_number.mistyped"
    if len(digits) == 15 and digits.isdecimal() and _is_region_and_birth(f"{digits[:6]}19{digits[6:]}"):
        return Personal.ID_NUMBER, named, "id_number.short"
    if labels.id_number and 14 <= len(digits) <= 20:
        return Personal.ID_NUMBER, Certainty.SUSPECTED, "id_number.labelled"
    return None


def _is_region_and_birth(digits: str) -> bool:
    if digits[:2] not in _PROVINCES or not digits[6:14].isdecimal():
        return False
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2099


def _phone(number: _Number) -> _Kind | None:
    digits, labels = number.digits, number.labels
    if _MOBILE.fullmatch(digits):
        return Personal.PHONE, Certainty.CERTAIN, "phone.mobile"
    if _LANDLINE.fullmatch(digits) or _FREE.fullmatch(digits):
        certainty = Certainty.SUSPECTED if labels.account else Certainty.LIKELY
        return Personal.PHONE, certainty, "phone.landline" if digits[0] == "0" else "phone.free"
    if labels.plus and _ABROAD.fullmatch(digits):
        return Personal.PHONE, Certainty.LIKELY, "phone.abroad"
    if number.parts > 1 and _HONG_KONG_MACAU.fullmatch(digits):
        return Personal.PHONE, Certainty.LIKELY, "phone.hong_kong_macau"
    if labels.phone and _labelled_phone(digits, number.parts):
        return Personal.PHONE, Certainty.LIKELY, "phone.labelled"
    return None


def _labelled_phone(digits: str, parts: int) -> bool:
    if digits[0] == "0" and parts > 1:
        return 10 <= len(digits) <= 12
    return _SHORT_PHONE.fullmatch(digits) is not None and not _DATE.fullmatch(digits)


def _card(number: _Number) -> _Kind | None:
    digits, labelled = number.digits, number.labels.card
    if not digits.isdecimal():
        return None
    if 15 <= len(digits) <= 19 and digits[0] in "34569" and is_card_number(digits):
        return Personal.BANK_CARD, Certainty.CERTAIN if labelled else Certainty.LIKELY, "bank_card.checked"
    if labelled and 12 <= len(digits) <= 21:
        return Personal.BANK_CARD, Certainty.LIKELY, "bank_card.labelled"
    return None


def _unexplained(number: _Number) -> _Kind | None:
    digits = number.digits
    if len(digits) < _LONG or number.parts > _MOST_PARTS or not digits.isdecimal() or _DATE.fullmatch(digits):
        return None
    if number.labels.other or number.after in ("元", "万") or _RANGE.fullmatch(number.written):
        return None
    return Personal.NUMBER, Certainty.SUSPECTED, "number.long"
