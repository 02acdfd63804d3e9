"""The inverted index (倒排索引): which entries share pairs of characters with a question, likely ones first.

A throw-away: it lies in memory and is filled anew at every start. Needs the package ``tantivy``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import tantivy
from msgspec import Struct

from minxin.classifier.retrieval.entries import Entry
from minxin.classifier.retrieval.grams import folded, leaps, pairs, without_fillers
from minxin.classifier.retrieval.sounds import sound

# How much a shared pair counts by where it is shared, for whom to look at more closely; ``ranking`` says who is best.
_BOOSTS: Final = {"heads": 2.0, "words": 1.0, "sounds": 0.7, "leaps": 0.5}
_HEAP_BYTES: Final = 32_000_000
MOST_OF_HEAD: Final = 200  # characters
_BETWEEN_HEADS: Final = "\n"


class Views(Struct, frozen=True):
    """An entry's folded texts."""

    heads: tuple[str, ...]
    body: str
    sounds: tuple[str, ...]  # of the heads


def views_of(entry: Entry) -> Views:
    """Return the entry's texts as they are compared."""
    heads = tuple(dict.fromkeys(without_fillers(folded(head, MOST_OF_HEAD)) for head in entry.heads if head.strip()))
    return Views(heads, folded(entry.body), tuple(map(sound, heads)))


class Inverted:
    """Entries by the pairs that they hold. Changes count from :meth:`publish` on."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        for name in ("id", "kind"):
            builder.add_text_field(name, stored=name == "id", tokenizer_name="raw", index_option="basic")
        for name in _BOOSTS:
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(_HEAP_BYTES, 1)
        self._searcher = self._index.searcher()

    def put(self, entry: Entry, views: Views) -> None:
        """Add an entry, or put it in the place of the one with its id."""
        self.remove(entry.id)
        heads = _BETWEEN_HEADS.join(views.heads)
        document = tantivy.Document()
        document.add_text("id", entry.id)
        document.add_text("kind", entry.kind)
        document.add_text("heads", _line(pairs(heads)))
        document.add_text("words", _line(pairs(f"{heads}{_BETWEEN_HEADS}{views.body}")))
        document.add_text("sounds", _line(pairs_of_sounds(_BETWEEN_HEADS.join(views.sounds))))
        document.add_text("leaps", _line(leaps(heads)))
        self._writer.add_document(document)

    def remove(self, entry_id: str) -> None:
        """Take an entry out, if it is there."""
        self._writer.delete_documents_by_term("id", entry_id)

    def publish(self) -> None:
        """Let searches see the changes."""
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def entries_with(self, field: str, term: str) -> int:
        """Return how many entries hold a term, some that were taken out among them."""
        return self._searcher.doc_freq(field, term)

    def likely(self, terms: dict[str, Sequence[str]], limit: int, kinds: Collection[str] | None) -> list[str]:
        """Return the ids of at most ``limit`` entries that hold some of the terms of each field, likely ones first."""
        wanted = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, term), _BOOSTS[field]))
            for field, those in terms.items()
            for term in those
        ]
        if not wanted:
            return []
        query = tantivy.Query.boolean_query(wanted)
        if kinds is not None:
            allowed = tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, self._term("kind", kind)) for kind in sorted(kinds)]
            )
            unscored = tantivy.Query.const_score_query(allowed, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)])
        found = self._searcher.search(query, limit, count=False).hits
        return [self._searcher.doc(address)["id"][0] for _, address in found]

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")


def pairs_of_sounds(text: str) -> Iterable[str]:
    """Yield the pairs of neighbouring sounds of a text of :func:`sound`."""
    return (
        text[place : place + 2]
        for place in range(len(text) - 1)
        if "\ue000" <= text[place] <= "\uf8ff" and "\ue000" <= text[place + 1] <= "\uf8ff"
    )


def _line(terms: Iterable[str]) -> str:
    return " ".join(terms)
