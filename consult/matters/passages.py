"""A matter as the assistant shows it (事项转知识条目)."""

from __future__ import annotations

from minxin.consult.matters.records import Limit, Matter, Paper
from minxin.core.passages import Passage, Source, passage_id


def path_of(code: str) -> str:
    """Return the page of a matter."""
    return f"/matters/{code}"


def passages_of_matter(matter: Matter) -> list[Passage]:
    """Return what the assistant can show of a matter: one passage, none when it is withdrawn.

    The text says in whole sentences who may apply, what to bring, how long it takes and what it costs; every sentence
    is made of the matter's own words.
    """
    if matter.withdrawn:
        return []
    return [
        Passage(
            id=passage_id(Source.MATTER, matter.id),
            source=Source.MATTER,
            title=matter.name,
            text="".join(sentences_of(matter)),
            office_id=matter.office_id,
            path=path_of(matter.id),
            other_ways=matter.also_called,
            conditions=matter.conditions,
            basis="；".join(matter.basis),
        )
    ]


def sentences_of(matter: Matter) -> list[str]:
    """Return the matter in short sentences: what it is, for whom, which papers, how long, what it costs."""
    found = [matter.summary]
    if matter.who:
        found.append(f"办理对象：{matter.who}。")
    if matter.requirements:
        found.append(f"办理条件：{'；'.join(matter.requirements)}。")
    if matter.papers:
        found.append(f"所需材料：{'、'.join(_paper(paper) for paper in matter.papers)}。")
    if matter.limits:
        found.append(f"办理时限：{_time(matter.limits[-1])}。")
    found.append(_cost(matter))
    return [one for one in found if one]


def _paper(paper: Paper) -> str:
    return f"{paper.name}（视情形提供）" if paper.when else paper.name


def _time(limit: Limit) -> str:
    promised = f"承诺 {limit.promised} 个工作日内办结" if limit.promised else "材料齐全的当场办结"
    return promised if limit.statutory is None else f"{promised}（法定 {limit.statutory} 个工作日）"


def _cost(matter: Matter) -> str:
    if not matter.fees:
        return "不收费。"
    return f"收费：{'、'.join(f'{fee.name} {yuan(fee.fen)} 元' for fee in matter.fees)}。"


def yuan(fen: int) -> str:
    """Return an amount in yuan as people write it: ``20`` or ``7.50``."""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02}"
