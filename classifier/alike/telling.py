"""What of a text may tell its matter (实义片段): its n-grams without how people write, whatever they write about."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

# What letters to an office are held together by: forms of address, of asking, complaining and hoping.
_PLAIN_WORDS: Final = (
    "什么时候 什么 怎么样 怎么办 怎么 怎样 如何 为什么 为何 何时 是否 能否 可否 "
    "能不能 需要 希望 请问 咨询 投诉 建议 反映 反应 举报 关于 有关 问题 情况 相关 "
    "部门 领导 您好 你好 谢谢 感谢 尊敬 我们 我们的 本人 他们 大家 自己 现在 目前 "
    "一直 至今 已经 没有 不能 可以 政府 解决 处理 回复 严重 求助 诉求 请求 恳请 "
    "强烈 要求 尽快 给个说法 因为 所以 但是 而且 如果 这个 那个 这样 不知道 不知 "
    "还是 就是 都是 以及 或者"
).split()
_PLAIN_CHARACTERS: Final = (
    "的了在是和有我们你您他她它这那不也都就要会能可以对于与及或被把给让向从到为因所等请问吗呢吧啊上下"
)
_PLAIN: Final = re.compile(
    "|".join(sorted(_PLAIN_WORDS, key=len, reverse=True)) + f"|[{_PLAIN_CHARACTERS}]|[^\\w]|_", re.UNICODE
)


def runs_of(folded: str) -> list[str]:
    """Return what is left between the plain words, characters and marks of a folded text, in order."""
    return [run for run in _PLAIN.sub(" ", folded).split() if len(run) > 1]


def words_of(folded: str) -> list[str]:
    """Return the pairs of neighbouring characters that may tell the matter."""
    return [first + second for run in runs_of(folded) for first, second in pairwise(run)]


def phrases_of_two_and_three(folded: str) -> list[str]:
    """Return the pairs and triples of neighbouring characters that may tell the matter."""
    return [
        run[start : start + size] for run in runs_of(folded) for size in (2, 3) for start in range(len(run) - size + 1)
    ]
