"""Addresses of boxes (邮箱地址): the forms that a person is offered, none of them ever given to two."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from minxin.core.errors import InvalidInputError

NUMBER_DIGITS: Final = 8
LONGEST_LOCAL: Final = 40
# RFC 2142, and what people take for the city's own voice.
RESERVED: Final = frozenset(
    "abuse admin administrator chengguan city government gov hostmaster info kefu mailer-daemon mayor minxin news"
    " no-reply noc noreply notice notices office police postmaster root security service shizhang shizhengfu support"
    " system webmaster www".split()
)
_LOCAL: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_OTHER: Final = re.compile(r"[^a-z0-9]+")
# Two characters that are one surname; the rest of a name is the given name.
_DOUBLE: Final = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 长孙 宇文 端木 百里 南宫".split()
)
_LEGAL_FORM: Final = re.compile("(?:股份|有限|责任|集团|合伙企业|个人独资企业|公司|[（(][^）)]*[）)])+$")
# Surnames that are read in another way than the character is elsewhere.
_SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "盖": "ge",
    "覃": "qin", "乐": "yue", "缪": "miao", "召": "shao", "员": "yun", "种": "chong", "翟": "zhai", "尉迟": "yuchi",
    "长孙": "zhangsun",
}  # fmt: skip


class Domains(Struct, frozen=True):
    """Where boxes of citizens, of the administration and of companies are; a city without ``company`` opens none."""

    citizen: str
    staff: str
    company: str = ""

    def has(self, domain: str) -> bool:
        """Say whether a domain (lower-case) is one of ours."""
        return domain in (self.citizen, self.staff, self.company) and bool(domain)

    @property
    def house(self) -> str:
        """Where the house's own notices come from."""
        return f"notice@{self.staff}"


def number_form() -> str:
    """Return a short number that says nothing about who has it."""
    return str(secrets.randbelow(9 * 10 ** (NUMBER_DIGITS - 1)) + 10 ** (NUMBER_DIGITS - 1))


def pinyin_forms(name: str) -> tuple[str, ...]:
    """Return the forms of a name that are offered: zhangxiaoming, zhang.xiaoming, zhangxm, xiaoming.zhang.

    ü is written v, as it is typed. A name without Chinese characters is taken as it is written. May be empty.
    """
    surname, given = _parts(name)
    if not surname:
        return ()
    initials = "".join(piece[0] for piece in given)
    first = "".join(given)
    forms = (
        [surname + first, f"{surname}.{first}", f"{surname}{initials}", f"{first}.{surname}"] if first else [surname]
    )
    return tuple(dict.fromkeys(form for form in forms if _is_free(form)))


def company_forms(name: str) -> tuple[str, ...]:
    """Return the forms of a company's name that are offered: its name without the legal form, and the first letters.

    滨海市晨光科技有限公司 is offered binhaishichenguangkeji, bhscgkj and bhscgkjyxgs. May be empty.
    """
    whole, own = (_syllables(one.lower()) for one in (name, _LEGAL_FORM.sub("", name)))
    forms = ("".join(own), "".join(piece[0] for piece in own), "".join(piece[0] for piece in whole))
    return tuple(dict.fromkeys(form for form in forms if _is_free(form)))


def with_numbers(form: str) -> Iterator[str]:
    """Yield the form, then the form with rising numbers: what is tried while others have it."""
    yield form
    for number in range(2, 1_000):
        yield f"{form}{number}"


def check_local(local: str) -> str:
    """Return the part before the @ in normal form; raises ``InvalidInputError``."""
    tidy = local.strip().lower()
    if not _is_free(tidy):
        raise InvalidInputError("mail.address.form", field="address")
    return tidy


def _is_free(local: str) -> bool:
    return bool(_LOCAL.fullmatch(local)) and 3 <= len(local) <= LONGEST_LOCAL and local not in RESERVED


def _parts(name: str) -> tuple[str, list[str]]:
    """Return surname and the syllables of the given name in Latin letters."""
    plain = "".join(name.split()) if not name.isascii() else name
    if plain.isascii():
        words = [_OTHER.sub("", word) for word in plain.lower().split()]
        return (words[-1], words[:-1]) if words else ("", [])
    cut = 2 if plain[:2] in _DOUBLE and len(plain) > 2 else 1
    surname = _SURNAMES.get(plain[:cut]) or "".join(_syllables(plain[:cut]))
    return surname, _syllables(plain[cut:])


def _syllables(text: str) -> list[str]:
    # Names are written in Latin letters a few times a day, and the table of readings takes 11 MiB.
    from pypinyin import Style, lazy_pinyin

    found = (_OTHER.sub("", one) for one in lazy_pinyin(text, style=Style.NORMAL, v_to_u=False))
    return [one for one in found if one]
