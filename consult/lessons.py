"""Lessons (学习样本): what a person's choice of office says of a text, for the judge to learn from."""

from __future__ import annotations

from minxin.consult.decision import Deed
from minxin.consult.parts import text_of
from minxin.consult.records import Example, ExampleSource, Letter, WorkOrder
from minxin.core.ids import new_id


def example_of(
    deed: Deed, letter: Letter, order: WorkOrder, office_id: str, source: ExampleSource, *, right: bool = True
) -> Example:
    """Return what the choice teaches: of the letter, or of those of its points that the work order answers."""
    return Example(
        id=new_id(),
        text=text_of(letter, order),
        office_id=office_id,
        right=right,
        source=source,
        letter_id=letter.id,
        by=deed.actor.id,
        at=deed.at,
    )
