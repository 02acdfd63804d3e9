"""What the table of synonyms needs of the store."""

from __future__ import annotations

from typing import Protocol

from minxin.consult.synonyms.records import Synonym
from minxin.core.paging import Page, PageRequest


class SynonymReads(Protocol):
    """Finds synonyms."""

    async def synonyms(self, text: str, page: PageRequest) -> Page[Synonym]:
        """Return those in use whose two words hold the text (all, when empty), by the word that people say."""
        ...

    async def all_synonyms(self) -> list[Synonym]:
        """Return all that are in use, some thousands at most."""
        ...

    async def synonym_changes(self) -> int:
        """Return a number that grows with every change of the table, 0 while there was never one."""
        ...
