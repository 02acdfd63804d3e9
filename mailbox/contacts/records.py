"""The records of contacts (通讯录): whom the holder of a box writes to."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Record


class Contact(Record, frozen=True, kw_only=True):
    """A person or organisation in the contacts of a box; ``addresses`` are mail addresses, the first one used first.

    It says what the holder of the box wrote down, and proves nothing.
    """

    box_id: str
    name: str
    addresses: tuple[str, ...]
    changed_at: datetime
    note: str = ""
