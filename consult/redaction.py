"""Taking personal data out of a text that is to be published (隐去个人信息).

A finder says where something is (``ports.PersonalDataFinder``); here it is replaced by what kind it was. It rather
takes out too much: a person sees every change, corrects the copy, and a second person decides. What tells of somebody's
health or of a child is counted and left: what has to go depends on the sentence around it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from minxin.core.personal import MARKED_ONLY, Certainty, Personal, PersonalSpan

REPLACEMENTS: Final = {
    Personal.NAME: "某某",
    Personal.PHONE: "〔电话〕",
    Personal.ID_NUMBER: "〔身份证号〕",
    Personal.PASSPORT: "〔证件号〕",
    Personal.BANK_CARD: "〔银行卡号〕",
    Personal.PLATE: "〔车牌〕",
    Personal.MAIL: "〔邮箱〕",
    Personal.SOCIAL: "〔网络账号〕",
    Personal.ACCOUNT: "〔账号〕",
    Personal.NUMBER: "〔号码〕",
    Personal.ADDRESS: "〔门牌〕",
}
_NEVER_PUBLIC: Final = frozenset({Personal.PHONE, Personal.ID_NUMBER, Personal.BANK_CARD, Personal.PLATE})
_OFFICE_LINES: Final = frozenset({Personal.MAIL, Personal.NUMBER})


class Redaction(Struct, frozen=True):
    """The text without what was found, and how often each kind was; those of ``MARKED_ONLY`` are still in it."""

    text: str
    found: dict[Personal, int]


def redact(
    text: str, spans: Sequence[PersonalSpan], names: Iterable[str] = (), *, office_lines: bool = False
) -> Redaction:
    """Return the text with the spans replaced by what kind they were.

    ``names`` are names known to be in it, the writer's above all. ``office_lines`` keeps land lines and e-mail
    addresses: in an answer they are the office's own.
    """
    known = _known_names(text, names)
    found = [span for span in spans if not (office_lines and _is_office_line(span))]
    pieces: list[str] = []
    counts: Counter[Personal] = Counter(span.kind for span in found if span.kind in MARKED_ONLY)
    end = 0
    for span in _apart([*known, *(span for span in found if span.kind not in MARKED_ONLY)]):
        pieces += [text[end : span.start], REPLACEMENTS[span.kind]]
        counts[span.kind] += 1
        end = span.end
    return Redaction("".join([*pieces, text[end:]]), dict(counts))


def certain_in(text: str, spans: Sequence[PersonalSpan], names: Iterable[str] = ()) -> tuple[Personal, ...]:
    """Return the kinds that a public copy can't hold, whoever wrote them into it: they are never there by chance."""
    certain = {span.kind for span in spans if span.certainty is Certainty.CERTAIN} & _NEVER_PUBLIC
    if _known_names(text, names):
        certain.add(Personal.NAME)
    return tuple(sorted(certain))


def tally(counts: Iterable[dict[Personal, int]]) -> dict[Personal, int]:
    """Add up what was found in several texts, in the order of the kinds."""
    total: Counter[Personal] = Counter()
    for one in counts:
        total.update(one)
    return {kind: total[kind] for kind in Personal if total[kind]}


def _known_names(text: str, names: Iterable[str]) -> list[PersonalSpan]:
    spans = []
    for name in {name.strip() for name in names} - {""}:
        start = text.find(name)
        while start >= 0:
            spans.append(PersonalSpan(start, start + len(name), Personal.NAME, Certainty.CERTAIN, "name.known"))
            start = text.find(name, start + len(name))
    return spans


def _is_office_line(span: PersonalSpan) -> bool:
    return span.kind in _OFFICE_LINES or (span.kind is Personal.PHONE and span.certainty is not Certainty.CERTAIN)


def _apart(spans: Iterable[PersonalSpan]) -> list[PersonalSpan]:
    """Return the spans by place; of those that overlap, one that covers them all."""
    joined: list[PersonalSpan] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if joined and span.start < joined[-1].end:
            last = joined.pop()
            span = PersonalSpan(last.start, max(last.end, span.end), last.kind, last.certainty, last.rule)
        joined.append(span)
    return joined
