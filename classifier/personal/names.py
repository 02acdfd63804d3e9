"""Names of people in running Chinese text: the cheapest reading of the text as words and names.

A class-based language model: each stretch of Chinese characters is cut into dictionary words and names so that the sum
of costs is least (Viterbi). A name costs what its surname and given characters cost; the words around it make it
cheaper, a following 路 or 公司 makes it dearer. So 高兴 stays a word, 高兴国反映 begins with a name, and 王家湾 is
a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import inf
from typing import Final, NamedTuple

from msgspec import Struct

from minxin.classifier.personal.lexicon import OTHER_GIVEN, UNKNOWN_CHARACTER, Lexicon, load_lexicon
from minxin.classifier.personal.words import LONGEST_WORD, NICKNAME_FIRST
from minxin.core.personal import Certainty, Personal, PersonalSpan

_RUN: Final = re.compile(r"[一-鿿]+")
_NEXT_IN_LIST: Final = re.compile(
    "(?:\\([^()\n]{0,30}\\))?[、和与及]([一-鿿]{2,3})(?=[、和与及等都也，,。；;(\n]|[两三四五六七八九十]?[人位名户]|$)"
)
_AREA: Final = re.compile("[省市县区镇乡州路街]")
_PLACE_BEFORE: Final = 2.5
_PLACE_LIST: Final = re.compile(
    r"[一-鿿]{2,6}(?:、[一-鿿]{2,6}){1,12}?(?=等?[0-9一二三四五六七八九十几多数两]{0,3}个?"
    r"(?:乡|镇|村|站|路|街|小区|社区|片区|地区|公司|超市|学校|中学|小学|厂|县|区|市))"
)
_NUMBER: Final = re.compile("[0-9百千万十个](?=余)")  # 3800 余平方米 is nobody called 余
_OF_LIST: Final = re.compile("[^、]+")
_STOPS: Final = re.compile("公交|[0-9]路|站位|场站|首末|增设|线路|路口")
_MANY_STOPS: Final = 4
_LETTER_OF_STOPS: Final = 5.0  # what looks like a name in a letter about bus stops is one of them
_SHORTEST_PLACE: Final = 1
_LONGEST_PLACE: Final = 5
_NEVER_IN_PLACES: Final = frozenset("在的把被说是和到去找与对从向给将让因有没不也都就了为等住着")
_NAMED_PLACE: Final = 8.0
_NAMED_PLACE_CHARACTER: Final = 5.0
_QUOTE: Final = re.compile('[“"《『「]')
_NAME: Final = 5.3  # about one word in 200, where nothing points to a name
_SURNAME_ONLY: Final = 2.0
_PLACE_LIKE: Final = 4.0  # 马石岭 and 易俗河 look like names, and are places unless the words around say otherwise
_PLACE_ENDS: Final = frozenset("河山湖江海洲港坪岭峪冲坳塘溪源泉岛滩沙城园庄桥峰林")
_STRADDLE: Final = 2.0  # its last character and the next one are a word: 阳光小|学
_POLITE: Final = re.compile("先生|女士|小姐|师傅|阿姨|大爷|大妈|奶奶")
_COMMON: Final = 7.5  # 向 and 任 are words far more often than surnames
_VERY_COMMON: Final = 9.0  # 曾经, 安全
_A_WORD: Final = 3.0  # 安静 can be a name, and seldom is
_ONE_GIVEN: Final = 2.5  # six of seven people have two characters in their given name
_TWO_GIVEN: Final = 0.2
_ANONYMOUS: Final = 1.0  # 张某, 李某某
_STRONG: Final = 12.0  # 我叫, 联系人, 我丈夫
_GENERIC: Final = 8.0  # 业主, 老师: a name may follow, or anything
_CLOSED: Final = (0.0, 0.0, 3.0, 8.0, 8.0)  # by length: and nothing follows it but a stop
_WEAK: Final = 1.5
_TITLE: Final = 10.0
_SHORT_TITLE: Final = 6.0
_AFTER: Final = 2.5
_PLACE: Final = 12.0
_NICKNAME: Final = 7.5
_ALONE: Final = (0.0, 0.0, 3.0, 6.0, 6.0)  # by length: a name between two stops, as in a list
_ANY_GIVEN: Final = 16.0  # where a name is due, two characters that no list knows are as dear as two rare ones
_ANY_SURNAME: Final = 11.5
_HOUSE: Final = 3.0  # 老王家
_FAMILY: Final = re.compile("一家[一二三四五六七八0-9]口|夫妇|夫妻|兄弟俩|姐妹俩|[他她][爹娘妈爸]|家孩子")
_HAMLET: Final = re.compile("[一-鿿]家[田坪冲湾岭桥塘店堡沟坝台畈垸山河坡园楼院巷洼寨屯坊]")
_KIN: Final = re.compile("[哥姐嫂婶姨叔](?![哥姐妹夫弟嫂婶姨叔])")
_GIVEN_ONLY: Final = 6.5
_OWN_MEANING: Final = 7.5  # 家 and 中 after 亲戚 begin no name
_USUAL_GIVEN: Final = 8.0
_LIKELY_FROM: Final = 4.0


class _Context(Struct, frozen=True):
    """How much cheaper a name is that begins, or ends, at a place of the view."""

    begins: dict[int, float]
    ends: dict[int, float]
    titled: frozenset[int]  # a title stands here: one surname is enough
    surnamed: frozenset[int]  # 姓 stands before
    kin: frozenset[int]  # 哥, 姐 or another of the family stands here
    given_due: frozenset[int]  # a given name alone may stand here
    unlisted: frozenset[int]  # after a stop and before 先生: whatever stands here is a surname
    bare: float  # what a name costs more that nothing points to


class _Step(NamedTuple):
    """One step of the way: from where, and, if it is a name, to where and how much the words around it helped."""

    start: int
    end: int = 0
    help: float = 0.0
    surname_only: bool = False


def find_names(view: str) -> Iterator[PersonalSpan]:
    """Yield the names of the view."""
    lexicon = load_lexicon()
    context = _context_of(view, lexicon)
    for run in _RUN.finditer(view):
        for name in _Reader(view, run.start(), run.end(), context, lexicon).names():
            if not _is_public(view, name, lexicon):
                certainty = Certainty.LIKELY if name.help >= _LIKELY_FROM else Certainty.SUSPECTED
                yield PersonalSpan(name.start, name.end, Personal.NAME, certainty, "name.reading")


def find_chained(view: str, names: Sequence[PersonalSpan]) -> Iterator[PersonalSpan]:
    """Yield what stands in a list with a name and looks like one: 彭程、万里、海燕."""
    surnames = load_lexicon().surnames
    known = {name.start for name in names}
    for name in names:
        found = _NEXT_IN_LIST.match(view, name.end)
        while (
            found is not None and found.start(1) not in known and (found[1][0] in surnames or len(set(found[1])) == 1)
        ):
            known.add(found.start(1))
            yield PersonalSpan(found.start(1), found.end(1), Personal.NAME, Certainty.SUSPECTED, "name.list")
            found = _NEXT_IN_LIST.match(view, found.end(1))


def _context_of(view: str, lexicon: Lexicon) -> _Context:
    begins: dict[int, float] = {0: _WEAK}
    ends: dict[int, float] = {len(view): _WEAK}
    for found in lexicon.before_weak.finditer(view):
        begins[found.end()] = _WEAK
        ends[found.start()] = _WEAK
    begins.update((found.end(), -_PLACE_BEFORE) for found in _AREA.finditer(view))
    begins.update((found.end(), -_A_WORD) for found in _QUOTE.finditer(view))
    begins.update((found.end(), -_PLACE) for found in _NUMBER.finditer(view))
    for listed in _PLACE_LIST.finditer(view):
        begins.update((found.start(), -_PLACE) for found in _OF_LIST.finditer(view, listed.start(), listed.end()))
    for found in lexicon.before_generic.finditer(view):
        begins[found.end()] = _GENERIC
    for found in lexicon.before_strong.finditer(view):
        begins[found.end()] = _STRONG
    for found in lexicon.after.finditer(view):
        ends[found.start()] = _AFTER
    for found in _FAMILY.finditer(view):
        ends[found.start()] = _TITLE
    titled = set()
    for pattern, gain in ((lexicon.titles_short, _SHORT_TITLE), (lexicon.titles, _TITLE), (lexicon.offices, _TITLE)):
        for found in pattern.finditer(view):
            ends[found.start()] = gain
            titled.add(found.start())
    surnamed = frozenset(found.end() for found in re.finditer("(?<!百)姓(?!名|氏)", view))
    begins.update(dict.fromkeys(surnamed, _STRONG))
    kin = frozenset(found.start() for found in _KIN.finditer(view))
    given_due = frozenset({place - 1 for place in kin} | {place for place, gain in begins.items() if gain >= _STRONG})
    before_polite = {found.start() - 1 for found in _POLITE.finditer(view)}
    unlisted = frozenset(place for place in before_polite if begins.get(place, 0.0) >= _WEAK)
    is_of_stops = sum(1 for _ in _STOPS.finditer(view)) >= _MANY_STOPS
    return _Context(begins, ends, frozenset(titled), surnamed, kin, given_due, unlisted, _LETTER_OF_STOPS * is_of_stops)


class _Reader:
    """Reads one stretch of Chinese characters."""

    def __init__(self, view: str, start: int, end: int, context: _Context, lexicon: Lexicon) -> None:
        self._view = view
        self._start = start
        self._end = end
        self._context = context
        self._lexicon = lexicon
        self._costs = [0.0] + [inf] * (end - start)
        self._steps: list[_Step] = [_Step(start)] * (end - start + 1)
        self._places: dict[int, list[int]] = {}
        for found in lexicon.settlements.finditer(view, start, end):
            for length in range(_SHORTEST_PLACE, _LONGEST_PLACE + 1):
                if found.start() - length < start or view[found.start() - length] in _NEVER_IN_PLACES:
                    break
                self._places.setdefault(found.start() - length, []).append(found.end())

    def names(self) -> list[_Step]:
        """Return the names on the cheapest way through the stretch, in their order."""
        for place in range(self._start, self._end):
            self._try_words(place)
            self._try_names(place)
        names = []
        place = self._end
        while place > self._start:
            step = self._steps[place - self._start]
            if step.end:
                names.append(step)
            place = step.start
        return names[::-1]

    def _try_words(self, place: int) -> None:
        view, start, costs, steps = self._view, self._start, self._costs, self._steps
        here = costs[place - start]
        words = self._lexicon.words
        step = _Step(place)
        # What _offer does, written out: this is where most of the time goes.
        for end in range(place + 1, min(place + LONGEST_WORD, self._end) + 1):
            cost = words.get(view[place:end])
            if cost is None:
                if end > place + 1:
                    continue
                cost = UNKNOWN_CHARACTER
            if here + cost < costs[end - start]:
                costs[end - start] = here + cost
                steps[end - start] = step
        for end in self._places.get(place, ()):
            self._offer(end, here + _NAMED_PLACE + _NAMED_PLACE_CHARACTER * (end - place), step)

    def _try_names(self, place: int) -> None:
        view, lexicon, context = self._view, self._lexicon, self._context
        here = self._costs[place - self._start] - context.begins.get(place, 0.0)
        for surname_end in (place + 1, place + 2):
            surname = lexicon.surnames.get(view[place:surname_end])
            if surname is None and surname_end == place + 1 and place in context.unlisted:
                surname = _ANY_SURNAME
            if surname is not None and surname_end <= self._end:
                self._try_surname(place, surname_end, here, surname)
        if place in context.given_due or view[place] == view[place + 1 : place + 2]:
            self._try_given(place, here)
        if view[place] in NICKNAME_FIRST:
            self._try_nickname(place, here)

    def _try_surname(self, place: int, surname_end: int, here: float, surname: float) -> None:
        view, context = self._view, self._context
        base = here + _NAME + surname
        named_by = self._named_by(place, surname_end)
        if named_by or surname_end in context.titled or place in context.surnamed:
            is_common = (
                surname > _COMMON
                and self._lexicon.words.get(view[place], UNKNOWN_CHARACTER) < _COMMON
                and not _POLITE.match(view, surname_end)
            )
            self._offer_name(
                place, surname_end, base + _SURNAME_ONLY + _A_WORD * is_common - named_by, surname_only=True
            )
        for length, cost in ((1, _ONE_GIVEN), (2, _TWO_GIVEN)):
            end = surname_end + length
            if end <= self._end:
                self._offer_name(place, end, base + cost + self._given(place, surname_end, end))

    def _try_nickname(self, place: int, here: float) -> None:
        view, lexicon, end = self._view, self._lexicon, place + 2
        if end > self._end or view[place:end] in lexicon.words:
            return
        second = min(lexicon.surnames.get(view[place + 1], inf), lexicon.given.get(view[place + 1], inf))
        self._offer_name(place, end, here + _NICKNAME + second - _HOUSE * (view[end : end + 1] == "家"))

    def _try_given(self, place: int, here: float) -> None:
        """Try a given name alone: 我媳妇水仙, 凤姐, and the doubled ones of children, 涛涛."""
        view, given, end = self._view, self._lexicon.given, place + 2
        first = given.get(view[place], inf)
        if place + 1 in self._context.kin and first < _USUAL_GIVEN:
            self._offer_name(place, place + 1, here + _NAME + _GIVEN_ONLY + first, surname_only=True)
        name = view[place:end]
        if end > self._end:
            return
        cost = min(given.get(name, inf), first + given.get(name[1], inf))
        if cost >= _USUAL_GIVEN * 2:
            return
        is_due = self._context.begins.get(place, 0.0) >= _STRONG
        if is_due and self._lexicon.words.get(name[0], inf) > _OWN_MEANING:
            self._offer_name(place, end, here + _NAME + _GIVEN_ONLY + cost)
        is_begun = self._context.begins.get(place, 0.0) >= _WEAK
        if is_begun and name[0] == name[1] and name not in self._lexicon.words:
            self._offer_name(place, end, here + _NAME + cost)

    def _named_by(self, start: int, end: int) -> float:
        """Return what 姓 or 家 after a surname alone is worth: 胡姓店长; 房主翁家, not 王家."""
        following = self._view[end : end + 1]
        if following == "家" and self._context.begins.get(start, 0.0) >= _GENERIC:
            # 苗家富 is no house of 苗.
            return _TITLE if self._lexicon.given.get(self._view[end + 1 : end + 2], inf) > _USUAL_GIVEN else 0.0
        return _TITLE if following == "姓" else 0.0

    def _given(self, place: int, start: int, end: int) -> float:
        name, given = self._view[start:end], self._lexicon.given
        if name in (f"一{self._view[place]}", "氏三", "氏兄", "氏姐"):  # 管一管
            return inf
        if name in ("某", "某某"):
            return _ANONYMOUS
        cost = sum(given.get(character, OTHER_GIVEN) for character in name)
        most = _ANY_GIVEN if self._context.begins.get(place, 0.0) >= _GENERIC or end in self._context.titled else inf
        return min(cost, given.get(name, most)) if cost < inf else inf

    def _offer_name(self, start: int, end: int, cost: float, *, surname_only: bool = False) -> None:
        after = self._context.ends.get(end, 0.0)
        if end == self._end:
            if start == self._start:
                cost -= _ALONE[end - start]
            elif self._context.begins.get(start, 0.0) >= _GENERIC:
                cost -= _CLOSED[end - start]
        cost -= after
        # The way by words was offered first; what already costs more need not be looked at.
        if cost >= self._costs[end - self._start]:
            return
        before = self._context.begins.get(start, 0.0)
        cost += self._likeness(start, end, named=before >= _STRONG or end in self._context.titled)
        help_ = after + before
        if help_ < _LIKELY_FROM:
            cost += self._context.bare
        self._offer(end, cost, _Step(start, end, help_, surname_only))

    def _likeness(self, start: int, end: int, *, named: bool) -> float:
        """Return what it costs that the name looks like something else: a place, a company, a file number, a word."""
        cost = 0.0
        if end not in self._context.titled and self._lexicon.place_after.match(self._view, end):
            cost += _PLACE
        if _HAMLET.fullmatch(self._view, start, end):
            cost += _PLACE
        if not named and self._view[end - 1] in _PLACE_ENDS:
            cost += _PLACE_LIKE
        if end - start == 1 and any(self._view[start - back : end] in self._lexicon.words for back in (1, 2)):
            cost += 2 * _STRADDLE
        if end - start > 2 and self._view[end - 1] == "家":
            cost += _STRADDLE  # 罗勇家 is the house of 罗勇
        if end < self._end and self._lexicon.words.get(self._view[end - 1 : end + 1], inf) < _VERY_COMMON:
            cost += _STRADDLE
        if end - start == 2 and self._lexicon.words.get(self._view[start:end], inf) < _VERY_COMMON:
            cost += 2 * _A_WORD
        elif not named and end - start == 2 and self._view[start:end] in self._lexicon.words:
            cost += _A_WORD
        is_compound = end - start > 2 and self._view[start : start + 2] in self._lexicon.surnames
        if is_compound and self._view[start + 2 : end] in self._lexicon.words:
            cost += 2 * _A_WORD  # 东方美景
        return cost

    def _offer(self, end: int, cost: float, step: _Step) -> None:
        if cost < self._costs[end - self._start]:
            self._costs[end - self._start] = cost
            self._steps[end - self._start] = step


def _is_public(view: str, found: _Step, lexicon: Lexicon) -> bool:
    """Say whether the name is of history, or of an official in office: 胡书记 is the city's business, 村书记 is not."""
    if view[found.start : found.end] in lexicon.public or view[found.start : found.start + 3] in lexicon.public:
        return True
    village = (
        view[max(0, found.start - 2) : found.start] in ("村里", "社区") or view[found.start - 1 : found.start] == "村"
    )
    return not village and found.surname_only and lexicon.offices.match(view, found.end) is not None
