"""The cluster's index (``consult.search.ports.SearchEngine``): Elasticsearch by its official asyncio client.

Template and alias are data (``elastic_index.json``). Texts come folded; the ``pairs`` analyzer cuts them into the same
units as ours, and questions ask for units and phrases without being analysed again. Writes carry the entry's revision,
so that of two processes the one that read earlier never wins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from elastic_transport import ApiError, TransportError
from elasticsearch import AsyncElasticsearch, NotFoundError

from minxin.consult.search.records import (
    FACETS,
    IndexState,
    SearchAnswer,
    SearchEntry,
    SearchHit,
    SearchQuery,
    ranked_counts,
)
from minxin.consult.search.words import RULES
from minxin.core.errors import UnavailableError

T = TypeVar("T")

_TEMPLATE_FILE: Final = Path(__file__).with_name("elastic_index.json")
_NAME: Final = "letters"
_CONFLICT: Final = 409  # a newer one is there
_GONE: Final = 404
_MOST_VALUES: Final = 1_000  # of a facet
_TIMEOUT_S: Final = 10.0


def connect(
    address: str, *, key: str | None = None, authority: Path | None = None, timeout_s: float = _TIMEOUT_S
) -> AsyncElasticsearch:
    """Return a client; nothing is asked yet. ``key`` is an API key, ``authority`` a file of certificates (PEM)."""
    more: dict[str, Any] = {"ca_certs": str(authority)} if authority is not None else {}
    return AsyncElasticsearch(
        address, api_key=key, request_timeout=timeout_s, max_retries=1, retry_on_timeout=False, **more
    )


class ElasticEngine:
    """Keeps the entries of one city in one cluster; ``prefix`` tells cities apart."""

    def __init__(self, client: AsyncElasticsearch, prefix: str = "minxin") -> None:
        self._client = client
        self._prefix = prefix
        self._alias = f"{prefix}-{_NAME}"

    async def state(self) -> IndexState:
        """Return the index that the alias names; none when it was filled by other rules."""
        names = [name for name in await self._aliased() if name.startswith(f"{self._prefix}-{_NAME}-{RULES}-")]
        if not names:
            return IndexState("")
        stats = await _asked(self._client.indices.stats(index=names[0], metric="docs,store"))
        primaries = stats["_all"]["primaries"]
        name = names[0].removeprefix(f"{self._prefix}-")
        return IndexState(name, primaries["docs"]["count"], primaries["store"]["size_in_bytes"])

    async def begin(self, index: str) -> None:
        """Bring the template up to date and make an empty index by it."""
        template = msgspec.json.decode(_TEMPLATE_FILE.read_bytes())
        template["index_patterns"] = [f"{self._prefix}-{pattern}" for pattern in template["index_patterns"]]
        await _asked(self._client.indices.put_index_template(name=self._alias, **template))
        await _asked(self._client.indices.create(index=self._full(index)))

    async def put(self, entries: Sequence[SearchEntry], gone: Sequence[str] = (), index: str | None = None) -> None:
        """Write the entries in one request; raises ``UnavailableError`` when the cluster refuses one of them."""
        operations = list(_operations(entries, gone))
        if not operations:
            return
        target = self._alias if index is None else self._full(index)
        answer = await _asked(self._client.bulk(operations=operations, index=target, refresh=index is None))
        for item in answer["items"] if answer["errors"] else ():
            for done in item.values():
                if done["status"] >= 400 and done["status"] not in (_CONFLICT, _GONE):
                    raise UnavailableError("search.refused")

    async def switch(self, index: str) -> None:
        """Let the alias name this index alone, in one step, and delete the others."""
        full = self._full(index)
        await _asked(self._client.indices.refresh(index=full))
        before = [name for name in await self._aliased() if name != full]
        actions: list[dict[str, Any]] = [{"add": {"index": full, "alias": self._alias}}]
        actions += [{"remove": {"index": name, "alias": self._alias}} for name in before]
        await _asked(self._client.indices.update_aliases(actions=actions))
        every = await _asked(self._client.indices.get(index=f"{self._alias}-*"))
        for name in every:
            if name != full:
                await _asked(self._client.indices.delete(index=name))

    async def search(self, query: SearchQuery) -> SearchAnswer:
        """Return a page of what the audience may find."""
        more: dict[str, Any] = {}
        if query.after is not None:
            more["search_after"] = [float(query.after[0]), query.after[1]]
        answer = await _asked(
            self._client.search(
                index=self._alias,
                query=_query(query),
                sort=[{"_score": "desc"}, {"place": "desc"}],
                size=query.size,
                source=False,
                track_total_hits=True,
                aggs={name: {"terms": {"field": name, "size": _MOST_VALUES}} for name in FACETS},
                **more,
            )
        )
        hits = tuple(SearchHit(one["_id"], one["sort"][0] > 0, int(one["sort"][1])) for one in answer["hits"]["hits"])
        facets = {
            name: ranked_counts((one["key"], one["doc_count"]) for one in answer["aggregations"][name]["buckets"])
            for name in FACETS
        }
        return SearchAnswer(hits, answer["hits"]["total"]["value"], facets)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _full(self, index: str) -> str:
        return f"{self._prefix}-{index}"

    async def _aliased(self) -> list[str]:
        try:
            return sorted(await _reached(self._client.indices.get_alias(name=self._alias)))
        except NotFoundError:
            return []
        except ApiError as error:
            raise UnavailableError("search.refused") from error


def _operations(entries: Sequence[SearchEntry], gone: Sequence[str]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        document = msgspec.to_builtins(entry)
        del document["id"], document["revision"]
        if not entry.vector:
            del document["vector"]
        yield {"index": {"_id": entry.id, "version": entry.revision, "version_type": "external_gte"}}
        yield document
    for one in gone:
        yield {"delete": {"_id": one}}


def _query(query: SearchQuery) -> dict[str, Any]:
    """Return what matches as filters; the score says no more than whether every phrase stands unbroken."""
    filters: list[dict[str, Any]] = [{"terms": {"audience": list(query.audience)}}]
    filters += [{"term": {name: value}} for name, value in query.narrowed.chosen()]
    filters += [{"term": {"whole": one}} for one in query.wanted.whole]
    units = [{"term": {"words": unit}} for unit in query.wanted.units]
    if units:
        filters.append({"bool": {"should": units, "minimum_should_match": query.wanted.least}})
    phrases = [{"match_phrase": {"words": _joined(phrase)}} for phrase in query.wanted.phrases] or [{"match_all": {}}]
    whole = {"constant_score": {"filter": {"bool": {"filter": phrases}}, "boost": 1.0}}
    return {"bool": {"filter": filters, "should": [whole]}}


def _joined(phrase: tuple[str, ...]) -> str:
    """Return the run of characters that the units of a phrase were cut from."""
    return phrase[0] + "".join(unit[-1] for unit in phrase[1:])


async def _reached(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except TransportError as error:
        raise UnavailableError("search.down") from error


async def _asked(answer: Awaitable[T]) -> T:
    try:
        return await _reached(answer)
    except ApiError as error:
        raise UnavailableError("search.refused") from error
