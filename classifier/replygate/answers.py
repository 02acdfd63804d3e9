"""Whether each point of the letter is answered (诉求点是否回应), and by which sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from minxin.classifier.points.finding import find_points
from minxin.classifier.points.pieces import Mark, units_of
from minxin.classifier.replygate.sentences import Sentence, matter_of, subjects_of
from minxin.classifier.replygate.tone import brushes_off
from minxin.classifier.replygate.wording import wording
from minxin.classifier.text import fold
from minxin.core.judgement import Point, judged_text
from minxin.core.reply_check import PointAnswer, ReplyToCheck

# What speaks of a point: two pairs of characters that no other point has, or one when the point itself is a few words.
_ENOUGH: Final = 2.0
_SHORT: Final = 6
_TELLS: Final = 4  # characters
_NAMED: Final = 2.0  # the same thing named, by whatever word, is worth as much as two pairs


def answers_of(reply: ReplyToCheck, sentences: Sequence[Sentence]) -> tuple[PointAnswer, ...]:
    """Return for each point of the letter the sentence that speaks of it best, and none where none does.

    A sentence that only says that the letter came, or puts the writer off, answers nothing. A list with as many items
    as there are points answers them in order.
    """
    text = judged_text(reply.subject, reply.body)
    points = reply.points or find_points(reply.subject, reply.body)
    telling = [one for one in sentences if len(_told(one)) >= _TELLS and not brushes_off(one)]
    wanted = [_Wanted(point, text if len(points) == 1 else text[point.start : point.end]) for point in points]
    told_by = Counter(word for one in wanted for word in one.matter | one.subjects)
    spoken = [(one, matter_of(_told(one)), subjects_of(_told(one))) for one in telling]
    listed = _items(reply, telling) if len(points) > 1 else []
    found = []
    for place, one in enumerate(wanted):
        best = max(spoken, key=lambda said: one.weight(said[1], said[2], told_by), default=None)
        if best is not None and one.weight(best[1], best[2], told_by) >= one.enough:
            found.append(_answer(one.point, best[0]))
        else:
            found.append(_answer(one.point, listed[place] if len(listed) == len(points) else None))
    return tuple(found)


class _Wanted:
    """A point, and by which words an answer to it is known: those of the whole letter when it has no other point."""

    def __init__(self, point: Point, text: str) -> None:
        folded = fold(text).text
        self.point = point
        self.matter = matter_of(folded)
        self.subjects = subjects_of(folded)
        self.enough = _ENOUGH if len(self.matter) > _SHORT else _ENOUGH / 2

    def weight(self, matter: frozenset[str], subjects: frozenset[str], told_by: Counter[str]) -> float:
        """Return how much a sentence speaks of this point; what several points have in common speaks less for each."""
        pairs = sum(1 / told_by[pair] for pair in self.matter & matter)
        return pairs + sum(_NAMED / told_by[subject] for subject in self.subjects & subjects)


def _told(sentence: Sentence) -> str:
    """Return what a sentence says besides that the letter came."""
    return wording().receipt.sub("", sentence.folded, count=1)


def _items(reply: ReplyToCheck, telling: Sequence[Sentence]) -> list[Sentence]:
    """Return the first sentence of each item of the answer's lists."""
    found = []
    for part in dict.fromkeys(sentence.part for sentence in telling):
        original = reply.parts.get(part, "")
        folded = fold(original)
        starts = [
            folded.starts[unit.start]
            for unit in units_of(original, folded)
            if unit.mark is Mark.ITEM and unit.start < len(folded.starts)
        ]
        of_part = [one for one in telling if one.part == part]
        found += [one for one in of_part if any(one.start <= start < one.end for start in starts)]
    return found


def _answer(point: Point, sentence: Sentence | None) -> PointAnswer:
    if sentence is None:
        return PointAnswer(point)
    return PointAnswer(point, sentence.part, sentence.start, sentence.end, sentence.text)
