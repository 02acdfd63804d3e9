"""What a record names is read off its type: a new kind of record that names bytes can't be forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import Struct, inspect
from support.store import Maker

from minxin.consult.records import Attachment, PapersRequest
from minxin.core.changes import BlobId, Record
from minxin.core.naming import named_blobs, names_blobs
from minxin.store.sqlite.tables import TABLES

BLOB = inspect.type_info(BlobId)


class Part(Struct, frozen=True):
    """Something inside of a record."""

    bytes_of: BlobId


class Many(Record, frozen=True, kw_only=True):
    """A record that names bytes in every way."""

    one: BlobId | None = None
    some: tuple[BlobId, ...] = ()
    pair: tuple[int, BlobId] = (0, "")
    parts: list[Part] = []
    by_name: dict[str, Part] = {}
    maybe: Part | None = None
    either: Part | int = 0


def structs_in(info: inspect.Type, seen: set[type]) -> Iterator[inspect.StructType]:
    """Yield every struct that a type holds, itself among them."""
    if isinstance(info, inspect.StructType) and info.cls not in seen:
        seen.add(info.cls)
        yield info
        for field in info.fields:
            yield from structs_in(field.type, seen)
    for name in ("type", "item_type", "key_type", "value_type"):
        if isinstance(inner := getattr(info, name, None), inspect.Type):
            yield from structs_in(inner, seen)
    for name in ("types", "item_types"):
        for inner in getattr(info, name, ()):
            yield from structs_in(inner, seen)


def fields_named_after_blobs(kind: type[Record]) -> dict[str, inspect.Type]:
    return {
        f"{one.cls.__name__}.{field.name}": field.type
        for one in structs_in(inspect.type_info(kind), set())
        for field in one.fields
        if "blob" in field.name
    }


@pytest.mark.parametrize("kind", [table.kind for table in TABLES], ids=lambda kind: str(kind.__name__))
def test_every_field_that_names_bytes_says_so_by_its_type(kind: type[Record]) -> None:
    """A field called after blobs is a ``BlobId``, alone, or in what may be missing or holds several."""
    found = fields_named_after_blobs(kind)

    assert [name for name, info in found.items() if not holds_blob_id(info)] == []
    assert names_blobs(kind) or not found


def holds_blob_id(info: inspect.Type) -> bool:
    if isinstance(info, inspect.UnionType):
        return any(holds_blob_id(one) for one in info.types)
    if isinstance(info, inspect.CollectionType):
        return holds_blob_id(info.item_type)
    return info == BLOB


def test_the_kinds_that_name_bytes_are_found() -> None:
    found = {table.kind.__name__ for table in TABLES if names_blobs(table.kind)}

    assert found >= {"Letter", "WorkOrder", "LetterDraft", "Message", "OldMessage", "HeldMail"}
    assert "Account" not in found


def test_names_are_found_wherever_they_stand() -> None:
    record = Many(
        id="x",
        one="1",
        some=("2", "3"),
        pair=(7, "4"),
        parts=[Part("5")],
        by_name={"key": Part("6")},
        maybe=Part("7"),
        either=Part("8"),
    )

    assert named_blobs(record) == frozenset("12345678")
    assert named_blobs(Many(id="x")) == frozenset()


def test_papers_and_the_original_are_among_the_names_of_a_letter() -> None:
    make = Maker()
    photo, bill = (Attachment("f", name, "f.jpg", "image/jpeg", 1) for name in ("photo", "bill"))
    papers = PapersRequest("the bill", "handler", make.now, attachments=(bill,))

    assert named_blobs(make.letter(raw_blob="raw", attachments=(photo,))) == {"raw", "photo"}
    assert named_blobs(make.order(papers=(papers,))) == {"bill"}
    assert named_blobs(make.account()) == frozenset()


def test_a_kind_that_holds_itself_is_refused_and_never_overlooked() -> None:
    class Tree(Record, frozen=True, kw_only=True):
        blob_id: BlobId
        inside: tuple[Tree, ...] = ()

    Tree.__annotations__["inside"] = tuple[Tree, ...]

    with pytest.raises(TypeError, match="Tree"):
        named_blobs(Tree(id="x", blob_id="1"))


def test_two_kinds_of_names_in_one_place_are_refused() -> None:
    class Both(Record, frozen=True, kw_only=True):
        either: Part | list[BlobId] = []

    Both.__annotations__["either"] = Part | list[BlobId]

    with pytest.raises(TypeError, match="only one"):
        named_blobs(Both(id="x"))
