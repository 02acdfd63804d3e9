"""Indexes as data: ``deploy/indexes.yaml`` says which there are, and which query needs each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from msgspec import Struct, field
from pymongo import ASCENDING, DESCENDING, IndexModel

from minxin.core.errors import ConfigError
from minxin.store.mongo.tables import COLLECTIONS

FILE: Final = Path(__file__).parents[2] / "deploy" / "indexes.yaml"


class Index(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One index: the fields in order, "-" before one that descends, and the query that needs it.

    ``there`` names fields without which a document is not in it: of a ``unique`` index those are free. ``refused`` is
    the record's field that a refusal names, the first of the keys as a rule.
    """

    name: str
    keys: tuple[str, ...]
    needed_by: str
    unique: bool = False
    there: tuple[str, ...] = ()
    refused: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields, without their directions."""
        return tuple(key.removeprefix("-") for key in self.keys)

    @property
    def refused_field(self) -> str:
        """The field that a refusal names."""
        return self.refused or self.fields[0]

    def model(self) -> IndexModel:
        """Return it as the driver wants it."""
        keys = [(key.removeprefix("-"), DESCENDING if key.startswith("-") else ASCENDING) for key in self.keys]
        partial = {"partialFilterExpression": {name: {"$exists": True} for name in self.there}} if self.there else {}
        return IndexModel(keys, name=self.name, unique=self.unique, **partial)


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of one collection: its indexes, its shard key for a cluster of shards, and why."""

    shard_key: tuple[str, ...] = ("_id",)
    indexes: tuple[Index, ...] = field(default=())


@cache
def plans(path: Path = FILE) -> dict[str, Plan]:
    """Return the plan of every collection; raises ``ConfigError`` for a file that can't be used."""
    try:
        read: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = msgspec.convert(read, dict[str, Plan])
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if unknown := found.keys() - set(COLLECTIONS):
        raise ConfigError(f"{path}: no collections: {', '.join(sorted(unknown))}")
    return {name: found.get(name, Plan()) for name in COLLECTIONS}


@cache
def unique_indexes(collection: str) -> tuple[Index, ...]:
    """Return the indexes of the collection that allow each value once, besides the id's."""
    return tuple(index for index in plans()[collection].indexes if index.unique)
