"""Bytes with a charset label that may be wrong, into text, without ever failing (字符集).

Labels are read as the mail programs of China mean them: gb2312 and gbk are gb18030, which holds every name
(㐂, 𠮷, 䶮).
"""

from __future__ import annotations

import re

import msgspec


class Decoded(msgspec.Struct, frozen=True):
    """``problem`` is empty, or the catalogue key of what had to be guessed or replaced."""

    text: str
    codec: str
    problem: str = ""


_ALIASES = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 utf_8 utf8mb4 unicode",
    "gb18030": "gb18030 gb-18030 gb2312 gb_2312-80 gb2312-80 gbk x-gbk cp936 ms936 euc-cn windows-936 csgb2312",
    "big5hkscs": "big5 big-5 big5-hkscs big5hkscs cp950 x-x-big5 csbig5 cn-big5 windows-950",
    "hz": "hz hz-gb-2312",
    "utf-16": "utf-16 utf16",
    "utf-16-le": "utf-16le utf-16-le",
    "utf-16-be": "utf-16be utf-16-be",
    "iso2022_jp_2": "iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 csiso2022jp",
    "iso2022_kr": "iso-2022-kr csiso2022kr",
    "cp932": "shift_jis shift-jis sjis x-sjis cp932 windows-31j ms_kanji",
    "euc_jp": "euc-jp eucjp x-euc-jp",
    "cp949": "euc-kr euckr ks_c_5601-1987 cp949 ks_c_5601 windows-949",
    "cp1252": "iso-8859-1 latin1 latin-1 iso8859-1 windows-1252 cp1252 iso_8859-1 l1",
    "koi8_r": "koi8-r koi8r",
    "koi8_u": "koi8-u",
    "cp874": "tis-620 windows-874",
} | {f"iso8859_{n}": f"iso-8859-{n} iso8859-{n} iso_8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)}
# Only what is listed is ever used: Python also calls zlib, idna, punycode, unicode_escape and utf-7 "encodings".
_CODECS = {label: codec for codec, labels in _ALIASES.items() for label in labels.split()} | {
    f"{prefix}{n}": f"cp{n}" for prefix in ("windows-", "cp") for n in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)
}
_ASCII_LABELS = frozenset({"", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "8bit", "default", "binary"})
_ESCAPED = frozenset({"hz", "utf-16", "utf-16-le", "utf-16-be", "iso2022_jp_2", "iso2022_kr"})
_ONE_BYTE = re.compile(r"cp12\d\d|iso8859_\d+|koi8_[ru]|cp874")

_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民"
    "第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月"
    "话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变"
    "這個們來為國說時會對於著過發後裡種經學現當沒動還進樣開從實軍無與長機關點業將兩間問應戰向頭體見產話給門員論處義幾"
    "認條氣題爾別變電數報結務場計資許統區隊馬書聽達強難權設類據邊張該規萬覺術領確師觀讓識帶導爭運請謝您好请谢市局街路"
)


def codec_of(label: str) -> str:
    """The Python codec for a charset label, or an empty string for a label that is unknown, unsafe or says nothing."""
    return _CODECS.get(label.partition("*")[0].strip(" \t\"'").lower(), "")


def decode_text(data: bytes, label: str) -> Decoded:
    """The text of ``data``; never raises. A label that can't be right is replaced by the best guess."""
    codec = codec_of(label)
    unlabelled = label.partition("*")[0].strip(" \t\"'").lower() in _ASCII_LABELS
    if data.isascii() and codec not in _ESCAPED:
        return Decoded(data.decode("ascii"), codec or "ascii", "" if codec or unlabelled else "charset.unknown")
    if not codec:
        guess = _detect(data)
        return Decoded(guess.text, guess.codec, guess.problem or ("" if unlabelled else "charset.unknown"))
    better = _better_than(data, codec)
    if better:
        return Decoded(_without_mark(data.decode(better)), better, "charset.wrong_label")
    return _as_labelled(data, codec)


def _as_labelled(data: bytes, codec: str) -> Decoded:
    try:
        return Decoded(_without_mark(data.decode(codec)), codec)
    except UnicodeDecodeError:
        replaced = _without_mark(data.decode(codec, "replace"))
    if replaced.count("\ufffd") <= 1 + len(replaced) // 50:
        return Decoded(replaced, codec, "charset.replaced")
    guess = _detect(data)
    return guess if guess.problem else Decoded(guess.text, guess.codec, "charset.wrong_label")


def _better_than(data: bytes, codec: str) -> str:
    """Another codec that fits beyond doubt although ``codec`` would decode the bytes too; empty for none."""
    if codec == "gb18030":
        return "utf-8" if _is_chinese_utf8(data) else ""
    if _ONE_BYTE.fullmatch(codec):
        if _is_chinese_utf8(data):
            return "utf-8"
        return "gb18030" if _commonness(data, "gb18030") > 0.25 else ""
    return ""


def _is_chinese_utf8(data: bytes) -> bool:
    """GBK text is valid UTF-8 only by an accident that needs every character to fit; Chinese out of it settles it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    wide = [char for char in text if char > "\x7f"]
    chinese = sum(1 for char in wide if "\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef")
    return len(wide) >= 2 and chinese * 2 > len(wide)


def _detect(data: bytes) -> Decoded:
    try:
        return Decoded(_without_mark(data.decode("utf-8")), "utf-8")
    except UnicodeDecodeError:
        as_utf8 = _without_mark(data.decode("utf-8", "replace"))
    broken = as_utf8.count("\ufffd")
    wide = sum(1 for char in as_utf8 if char > "\x7f")
    if broken * 4 <= wide - broken:
        return Decoded(as_utf8, "utf-8", "charset.replaced")
    scores = {codec: _commonness(data, codec) for codec in ("gb18030", "big5hkscs")}
    best = max(scores, key=lambda codec: scores[codec])
    if scores[best] > 0:
        return Decoded(data.decode(best), best)
    return Decoded(data.decode("cp1252", "replace"), "cp1252", "charset.replaced")


def _commonness(data: bytes, codec: str) -> float:
    """The share of common Chinese characters among the non-ASCII ones, from the first 20 000 bytes; -1 if invalid."""
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return -1.0
    wide = [char for char in data[:20_000].decode(codec, "ignore") if char > "\x7f"]
    return sum(1 for char in wide if char in _COMMON) / len(wide) if wide else 0.0


def _without_mark(text: str) -> str:
    return text.removeprefix("\ufeff")
