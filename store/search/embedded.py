"""The embedded index (内置索引): tantivy in a folder, fed with units that we cut ourselves.

It is used in a process of its own (``deploy/search_worker.py``). A folder holds one index for each name; the file
``current`` names the one that is searched, so that a switch is one rename.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import tantivy

from minxin.consult.search.records import (
    FACETS,
    IndexState,
    SearchAnswer,
    SearchEntry,
    SearchHit,
    SearchQuery,
    ranked_counts,
)
from minxin.consult.search.words import RULES, Wanted, terms

_HEAP_BYTES: Final = 32_000_000
_CURRENT: Final = "current"
_EXACT: Final = ("id", "whole", "audience")
_MOST_VALUES: Final = 1_000  # of a facet


class EmbeddedIndex:
    """Searches the index that ``current`` names, and fills that one or another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._schema = _schema()
        self._name = ""
        self._index: tantivy.Index | None = None
        self._writers: dict[str, Any] = {}

    def state(self) -> IndexState:
        """Return the index that searches see; none when it was filled by other rules."""
        index = self._current()
        if index is None:
            return IndexState("")
        size = sum(file.stat().st_size for file in (self._folder / self._name).iterdir())
        return IndexState(self._name, index.searcher().num_docs, size)

    def begin(self, name: str) -> None:
        """Make an empty index."""
        (self._folder / name).mkdir(mode=0o700)
        tantivy.Index(self._schema, path=str(self._folder / name))

    def put(self, entries: Sequence[SearchEntry], gone: Sequence[str], name: str | None) -> None:
        """Add or replace entries and take out those that are gone; raises ``LookupError`` without an index."""
        target = name or (self._name if self._current() is not None else "")
        if not target:
            raise LookupError("there is no index")
        writer = self._writers.get(target)
        if writer is None:
            writer = self._writers[target] = self._open(target).writer(_HEAP_BYTES, 1)
        for one in (*gone, *(entry.id for entry in entries)):
            writer.delete_documents_by_term("id", one)
        for entry in entries:
            writer.add_document(_document(entry))
        writer.commit()
        if self._index is not None and target == self._name:
            self._index.reload()

    def switch(self, name: str) -> None:
        """Let searches see this index, and delete the others."""
        writer = self._writers.pop(name, None)
        if writer is not None:
            writer.wait_merging_threads()
        fresh = self._folder / f"{_CURRENT}.new"
        fresh.write_text(name, encoding="utf-8")
        os.replace(fresh, self._folder / _CURRENT)
        self._current()
        for other in self._folder.iterdir():
            if other.is_dir() and other.name != name:
                shutil.rmtree(other, ignore_errors=True)

    def search(self, query: SearchQuery) -> SearchAnswer:
        """Return a page of what the audience may find; raises ``LookupError`` without an index."""
        index = self._current()
        if index is None:
            raise LookupError("there is no index")
        index.reload()
        searcher = index.searcher()
        found = self._found(query)
        phrases = self._phrases(query.wanted)
        tiers = [(True, found)]
        if not query.wanted.exact:
            tiers = [
                (True, _all([found, *phrases])),
                (False, tantivy.Query.boolean_query([(_MUST, found), (_NOT, _all(phrases))])),
            ]
        hits: list[SearchHit] = []
        for whole, tier in tiers:
            if len(hits) < query.size and (query.after is None or whole <= query.after[0]):
                hits += self._page(searcher, tier, whole, query, query.size - len(hits))
        counts = searcher.aggregate(found, _COUNTING)
        facets = {
            name: ranked_counts((one["key"], one["doc_count"]) for one in counts[name]["buckets"]) for name in FACETS
        }
        return SearchAnswer(tuple(hits), int(counts["total"]["value"]), facets)

    def _page(
        self, searcher: tantivy.Searcher, tier: tantivy.Query, whole: bool, query: SearchQuery, size: int
    ) -> list[SearchHit]:
        if query.after is not None and query.after[0] == whole:
            below = tantivy.Query.range_query(
                self._schema, "place", tantivy.FieldType.Integer, -1, query.after[1], True, False
            )
            tier = _all([tier, below])
        result = searcher.search(tier, size, count=False, order_by_field="place")
        return [SearchHit(searcher.doc(address)["id"][0], whole, place) for place, address in result.hits]

    def _found(self, query: SearchQuery) -> tantivy.Query:
        """Return what matches: the audience, what it is narrowed to, and enough of the words."""
        audience = [(_SHOULD, self._term("audience", one)) for one in query.audience]
        conditions = [tantivy.Query.boolean_query(audience)]
        conditions += [self._term(name, value) for name, value in query.narrowed.chosen()]
        conditions += [self._term("whole", one) for one in query.wanted.whole]
        units = [(_SHOULD, self._term("words", unit)) for unit in query.wanted.units]
        if units:
            conditions.append(tantivy.Query.boolean_query(units, minimum_number_should_match=query.wanted.least))
        return _all(conditions)

    def _phrases(self, wanted: Wanted) -> list[tantivy.Query]:
        return [
            tantivy.Query.phrase_query(self._schema, "words", list(phrase))
            if len(phrase) > 1
            else self._term("words", phrase[0])
            for phrase in wanted.phrases
        ]

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "basic")

    def _current(self) -> tantivy.Index | None:
        """Return the index that is searched now: another process may have switched."""
        try:
            name = (self._folder / _CURRENT).read_text(encoding="utf-8")
        except FileNotFoundError:
            name = ""
        if not name.startswith(f"letters-{RULES}-") or not (self._folder / name).is_dir():
            return None
        if name != self._name:
            self._writers.clear()
            self._index, self._name = self._open(name), name
        return self._index

    def _open(self, name: str) -> tantivy.Index:
        return tantivy.Index(self._schema, path=str(self._folder / name))


_MUST: Final = tantivy.Occur.Must
_NOT: Final = tantivy.Occur.MustNot
_SHOULD: Final = tantivy.Occur.Should
_COUNTING: Final = {
    "total": {"value_count": {"field": "place"}},
    **{name: {"terms": {"field": name, "size": _MOST_VALUES}} for name in FACETS},
}


def _all(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(_MUST, tantivy.Query.const_score_query(one, 0.0)) for one in queries])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _EXACT:
        builder.add_text_field(name, stored=name == "id", tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("place", indexed=True, fast=True)
    return builder.build()


def _document(entry: SearchEntry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("id", entry.id)
    document.add_integer("place", entry.place)
    document.add_text("words", " ".join(terms(entry.words)))
    for name in ("whole", "audience", *FACETS):
        for value in getattr(entry, name):
            document.add_text(name, value)
    return document
