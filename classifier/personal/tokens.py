"""Personal data with letters in it: e-mail, plates, passports, network accounts, and what a label calls a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minxin.core.personal import Certainty, Personal, PersonalSpan

_PROVINCE: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_GAP: Final = r"[ ·•.\-\u200b]?"
_IS: Final = r"(?:[:=]|是|为|: )? ?"
_PIECE: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_]|[\-/](?=[A-Za-z0-9])| (?=[0-9])){3,39}"
_NOUN: Final = (
    "户号|账号|账户|帐号|帐户|卡号|编号|工号|学号|准考证号|订单号|单号|合同号|证号|档案号|病历号|住院号|门诊号|注册号|案号|立案号|回执号"
    "|车架号|发动机号|证明号|保单号|警号|胸牌号|会员号|档案编号|移民证|认定书号|文书号|轮候第|编码|流水号|受理号"
)

# Kind, certainty, rule and pattern; the first group is what is found. Every repetition is bounded or over one class
# that the next piece is not in, so no text makes them try again and again.
_RULES: Final = tuple(
    (kind, certainty, rule, re.compile(pattern, re.IGNORECASE))
    for kind, certainty, rule, pattern in (
        (
            Personal.MAIL,
            Certainty.CERTAIN,
            "mail.address",
            r"(?<![A-Za-z0-9._%+\-])([A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,6})",
        ),
        (
            Personal.MAIL,
            Certainty.LIKELY,
            "mail.spelled",
            r"(?<![A-Za-z0-9._%+\-])([A-Za-z0-9._%+\-]{2,64} ?(?:#|\(at\)|\[at\]|艾特| at ) ?"
            r"[A-Za-z0-9\-]{1,63}(?: ?(?:\.|点|dot) ?(?:com|cn|net|org)){1,2})(?![A-Za-z0-9])",
        ),
        (
            Personal.PLATE,
            Certainty.CERTAIN,
            "plate.civil",
            rf"([{_PROVINCE}] ?[A-Z]{_GAP}(?=[A-Z0-9]{{0,5}}[0-9])[A-Z0-9]{{4,6}}(?:挂(?!车)|[学警港澳])?)(?![A-Z0-9])",
        ),
        (Personal.PLATE, Certainty.LIKELY, "plate.tractor", rf"(?<=牌[照号:])([{_PROVINCE}][0-9]{{2}}-?[0-9]{{5}})"),
        (
            Personal.PASSPORT,
            Certainty.LIKELY,
            "passport.labelled",
            rf"(?:护照|通行证|回乡证|居留许可|证件|台胞证|passport)(?:号码|号| number)?(?: no\.?| is)?{_IS}"
            r"([A-Z]{1,2}[0-9]{6,10})(?![A-Z0-9])",
        ),
        (
            Personal.PASSPORT,
            Certainty.LIKELY,
            "passport.permit",
            rf"(?:台胞证|回乡证|大陆通行证|内地通行证)(?:号码|号)?{_IS}([0-9]{{8,10}})(?![0-9])",
        ),
        (
            Personal.PASSPORT,
            Certainty.SUSPECTED,
            "passport.form",
            r"(?<![A-Z0-9])((?:E[A-HJ-NP-Z]?|G|D|S|P|H|M)(?:[0-9]{8}|[0-9]{7}(?<=[A-Z]{2}[0-9]{7})))(?![A-Z0-9])",
        ),
        (
            Personal.SOCIAL,
            Certainty.LIKELY,
            "social.labelled",
            r"(?:微信|wechat|weixin|vx|v信|薇信|威信|qq|扣扣|抖音|快手|小红书|支付宝|陌陌|钉钉|微博|群号)"
            rf"(?:id|账号|帐号|群号|号码|号|群)?{_IS}\(?([A-Za-z0-9][A-Za-z0-9_\-]{{4,29}}(?!@))(?![A-Za-z0-9_@]|\.[A-Za-z0-9])",
        ),
        (
            Personal.ACCOUNT,
            Certainty.SUSPECTED,
            "account.form",
            r"(?<![A-Za-z0-9.:/])([A-Z]{1,4}-?[0-9]{7,20})(?![A-Za-z0-9])",
        ),
        (
            Personal.ACCOUNT,
            Certainty.LIKELY,
            "account.labelled",
            rf"(?:{_NOUN})码?{_IS}((?:[一-鿿]{{1,3}}字第?|[{_PROVINCE}]军?)?{_PIECE})(?![A-Za-z0-9])",
        ),
    )
)


def find_tokens(view: str) -> Iterator[PersonalSpan]:
    """Yield what is found, rule by rule."""
    for kind, certainty, rule, pattern in _RULES:
        for found in pattern.finditer(view):
            yield PersonalSpan(found.start(1), found.end(1), kind, certainty, rule)
