"""Holds every query that the MongoDB adapter sends against its indexes: none may read a collection from end to end.

A real server is asked for its plan. SecantusDB's plans use no partial index and see through no alternatives, so there
the index that serves a query is looked up in ``deploy/indexes.yaml`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pymongo
from pymongo import monitoring
from support import mongo

from minxin.store.mongo.indexes import Index, plans

Query = tuple[str, str, Mapping[str, Any], tuple[str, ...]]  # a database, a collection, the condition, the order

_WATCHED: Final = {"find", "aggregate", "update", "delete"}
_WHOLE: Final = {"meta", "heads"}  # of a handful of documents


class Recorder(monitoring.CommandListener):
    """Keeps each shape of query once, as long as it is switched on."""

    def __init__(self) -> None:
        self.on = False
        self.queries: list[Query] = []
        self._seen: set[str] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if not self.on or event.command_name not in _WATCHED or not event.database_name.startswith("minxin_"):
            return
        name = str(event.command[event.command_name])
        for where, by in _asked(event.command_name, event.command):
            shape = f"{name} {_shape(where)} {by}"
            if shape not in self._seen and name not in _WHOLE:
                self._seen.add(shape)
                self.queries.append((event.database_name, name, where, by))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    def scans(self) -> list[str]:
        """Return what was asked since the last time and read a collection from end to end."""
        queries, self.queries = self.queries, []
        found = [query for query in queries if not served(query[1], query[2], query[3])]
        if mongo.is_real():
            found += [query for query in queries if _scans(query)]
        return [f"{name}: {dict(where)} by {by}" for _, name, where, by in found]


def served(name: str, where: Mapping[str, Any], by: Sequence[str]) -> bool:
    """Say whether an index serves the query: it begins with a field that the query bounds, or orders all of it."""
    fields, ways = _parts(where)
    indexes = (Index(name="_id_", keys=("_id",), needed_by=""), *plans()[name].indexes)
    if any(_serves(index, fields) for index in indexes):
        return True
    if any(all(served(name, {**fields, **way}, by) for way in choice) for choice in ways):
        return True
    return not fields and bool(by) and any(index.fields[0] == by[0] for index in indexes)


def _serves(index: Index, fields: Mapping[str, Any]) -> bool:
    return index.fields[0] in fields and all(fields.get(name) is not None for name in index.there)


def _parts(where: Mapping[str, Any]) -> tuple[dict[str, Any], list[list[Mapping[str, Any]]]]:
    """Return the fields that a condition bounds, and its alternatives."""
    fields: dict[str, Any] = {}
    ways: list[list[Mapping[str, Any]]] = []
    for name, value in where.items():
        if name == "$and":
            for one in value:
                more, choices = _parts(one)
                fields |= more
                ways += choices
        elif name == "$or":
            ways.append(list(value))
        elif not name.startswith("$"):
            fields[name] = value
    return fields, ways


def _asked(name: str, command: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    if name == "find":
        yield command.get("filter", {}), tuple(command.get("sort", {}))
    elif name == "aggregate":
        first = command["pipeline"][0] if command["pipeline"] else {}
        yield first.get("$match", {}), tuple(first.get("$sort", {}))
    else:
        for one in command["updates" if name == "update" else "deletes"]:
            if one["q"]:  # only the tests empty a collection
                yield one["q"], ()


def _shape(value: Any) -> Any:
    """Return a condition without its values."""
    if isinstance(value, Mapping):
        return {name: _shape(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return sorted({str(_shape(one)) for one in value})
    return "?"


def _scans(query: Query) -> bool:
    database, name, where, by = query
    command: dict[str, Any] = {"find": name, "filter": dict(where)}
    if by:
        command["sort"] = dict.fromkeys(by, 1)
    with pymongo.MongoClient(mongo.server()) as client:
        plan = client[database].command({"explain": command, "verbosity": "queryPlanner"})
    return "COLLSCAN" in str(plan["queryPlanner"]["winningPlan"])


recorder: Final = Recorder()
monitoring.register(recorder)
