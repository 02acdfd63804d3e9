"""What lies where on a disk, and what is counted for it: decisions without a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.core.changes import Changes, Record, blob_of
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError, TooManyTriesError
from minxin.mailbox.disk import moves
from minxin.mailbox.disk.kit import size_text
from minxin.mailbox.disk.moves import Announced, Ground, Moved
from minxin.mailbox.disk.records import TOP, Disk, DiskItem
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.disk.tree import Tree, clean_name, name_key

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
QUOTA = 1000


class Shelf:
    """A disk without a store: carries changes out, and counts."""

    def __init__(self, **rules: int) -> None:
        self.rules = DiskRules(**rules)  # type: ignore[arg-type]
        self.items: dict[str, DiskItem] = {}
        self.used = 0
        self.now = NOW

    @property
    def ground(self) -> Ground:
        return Ground(Disk(id="me", changed_at=NOW), Tree(self.items.values()), self.rules, QUOTA, self.now)

    def take(self, changes: Changes) -> None:
        written: list[Record] = [*changes.inserts, *changes.puts]
        assert any(isinstance(record, Disk) for record in written), "every decision writes the disk's own record"
        self.items |= {one.id: one for one in written if isinstance(one, DiskItem)}
        for record in changes.deletes:
            self.items.pop(record.id, None)
        self.used += sum(usage.add for usage in changes.usages)
        assert self.used == Tree(self.items.values()).held_bytes

    def made(self, moved: Moved) -> DiskItem:
        self.take(moved.changes)
        return moved.item

    def folder(self, name: str, inside: str = TOP) -> DiskItem:
        return self.made(moves.make_folder(self.ground, inside, name))

    def file(self, name: str, data: bytes = b"12345", inside: str = TOP) -> DiskItem:
        return self.made(moves.put_file(self.ground, inside, name, blob_of(data)))

    def refusal(self, decide: object, *arguments: object) -> str:
        with pytest.raises(MinxinError) as told:
            decide(self.ground, *arguments)  # type: ignore[operator]
        return told.value.reason

    def names(self, folder_id: str = TOP) -> list[str]:
        return [item.name for item in self.ground.tree.inside(folder_id)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("../../etc/passwd", "passwd"), ("a\u202etxt.exe", "a txt.exe"), ("  照片 .jpg ", "照片 .jpg"), ("CON", "_CON")],
)
def test_names_are_made_safe(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "..", "/", "\u200b"])
def test_a_name_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError, match=r"disk\.name"):
        clean_name(typed)


def test_names_are_told_apart_without_case_and_composition() -> None:
    assert name_key("Cafe\u0301.TXT") == name_key("CAFÉ.txt")


def test_folders_come_before_files_and_each_by_name() -> None:
    shelf = Shelf()
    for name in ("b.txt", "A.txt"):
        shelf.file(name)
    shelf.folder("z")
    assert shelf.names() == ["z", "A.txt", "b.txt"]


def test_the_same_name_makes_a_new_version_and_both_are_counted() -> None:
    shelf = Shelf()
    shelf.file("a.txt", b"old")
    item = shelf.file("A.TXT", b"newer")
    assert (item.name, item.held_bytes, shelf.used) == ("a.txt", 8, 8)
    assert item.current.blob_id == blob_of(b"newer").id


def test_the_same_bytes_once_more_are_no_new_version() -> None:
    shelf = Shelf()
    shelf.file("a.txt")
    assert len(shelf.file("a.txt").versions) == 1
    assert shelf.used == 5


def test_the_oldest_version_goes_when_there_are_too_many() -> None:
    shelf = Shelf(versions=2)
    for data in (b"1", b"22", b"333"):
        item = shelf.file("a.txt", data)
    assert [version.size_bytes for version in item.versions] == [3, 2]


def test_an_older_version_comes_back_without_being_counted_twice() -> None:
    shelf = Shelf()
    shelf.file("a.txt", b"old")
    item = shelf.file("a.txt", b"newer")
    item = shelf.made(moves.bring_back(shelf.ground, item.id, 1))
    assert [version.size_bytes for version in item.versions] == [3, 5]
    item = shelf.made(moves.drop_version(shelf.ground, item.id, 1))
    assert (len(item.versions), shelf.used) == (1, 3)


@pytest.mark.parametrize("number", [0, 1, -1])
def test_the_newest_version_and_those_that_are_not_there_can_not_be_dropped(number: int) -> None:
    shelf = Shelf()
    item = shelf.file("a.txt")
    assert shelf.refusal(moves.drop_version, item.id, number) == "error.not_found"


def test_a_file_can_not_take_the_name_of_a_folder_nor_a_folder_that_of_a_file() -> None:
    shelf = Shelf()
    shelf.folder("x")
    shelf.file("y")
    assert shelf.refusal(moves.put_file, TOP, "X", blob_of(b"")) == "disk.name_taken"
    assert shelf.refusal(moves.make_folder, TOP, "Y") == "disk.name_taken"


def test_a_folder_is_not_laid_into_itself_nor_into_what_it_holds() -> None:
    shelf = Shelf()
    outer = shelf.folder("outer")
    inner = shelf.folder("inner", outer.id)
    for target in (outer, inner):
        assert shelf.refusal(moves.move, outer.id, target.id) == "disk.into_itself"
        assert shelf.refusal(moves.copy, outer.id, target.id, "copy") == "disk.into_itself"


def test_moving_keeps_everything_inside() -> None:
    shelf = Shelf()
    box, other = shelf.folder("box"), shelf.folder("other")
    shelf.file("a.txt", inside=box.id)
    shelf.made(moves.move(shelf.ground, box.id, other.id, "renamed"))
    assert (shelf.names(), shelf.names(other.id), shelf.names(box.id)) == (["other"], ["renamed"], ["a.txt"])


def test_renaming_to_another_case_is_no_clash_with_itself() -> None:
    shelf = Shelf()
    item = shelf.file("a.txt")
    assert shelf.made(moves.rename(shelf.ground, item.id, "A.txt")).name == "A.txt"


def test_folders_lie_only_so_deep_in_each_other() -> None:
    shelf = Shelf(depth=2)
    outer = shelf.folder("1")
    inner = shelf.folder("2", outer.id)
    assert shelf.refusal(moves.make_folder, inner.id, "3") == "disk.too_deep"
    other = shelf.folder("other")
    shelf.folder("in other", other.id)
    assert shelf.refusal(moves.move, other.id, outer.id) == "disk.too_deep"


def test_a_disk_holds_only_so_many_things() -> None:
    shelf = Shelf(items=2)
    box = shelf.folder("box")
    shelf.file("a.txt", inside=box.id)
    for decide, arguments in (
        (moves.make_folder, (TOP, "x")),
        (moves.put_file, (TOP, "x", blob_of(b""))),
        (moves.copy, (box.id, TOP, "x")),
        (moves.begin_upload, (Announced(TOP, "x", 3), 0)),
    ):
        assert shelf.refusal(decide, *arguments) == "disk.too_many"


def test_what_is_in_the_bin_is_counted_and_can_not_be_reached() -> None:
    shelf = Shelf()
    box = shelf.folder("box")
    inside = shelf.file("a.txt", inside=box.id)
    shelf.take(moves.throw_away(shelf.ground, box.id))
    assert (shelf.names(), shelf.used) == ([], 5)
    for item in (box, inside):
        with pytest.raises(NotFoundError):
            shelf.ground.tree.living(item.id)
    shelf.folder("box")


def test_what_comes_out_of_the_bin_takes_a_free_name() -> None:
    shelf = Shelf()
    first = shelf.file("a.txt", b"1")
    shelf.take(moves.throw_away(shelf.ground, first.id))
    shelf.file("A.txt", b"2")
    assert shelf.made(moves.restore(shelf.ground, first.id)).name == "a (2).txt"


def test_what_comes_out_of_the_bin_goes_to_the_top_when_its_folder_is_gone() -> None:
    shelf = Shelf()
    box = shelf.folder("box")
    item = shelf.file("a.txt", inside=box.id)
    shelf.take(moves.throw_away(shelf.ground, item.id))
    shelf.take(moves.throw_away(shelf.ground, box.id))
    assert shelf.made(moves.restore(shelf.ground, item.id)).folder_id == TOP


def test_deleting_a_folder_frees_everything_in_it_what_was_thrown_away_before_too() -> None:
    shelf = Shelf()
    box = shelf.folder("box")
    early = shelf.file("early.txt", inside=box.id)
    shelf.file("late.txt", inside=box.id)
    shelf.take(moves.throw_away(shelf.ground, early.id))
    shelf.take(moves.throw_away(shelf.ground, box.id))
    shelf.take(moves.delete(shelf.ground, [box.id, early.id]))
    assert (shelf.items, shelf.used) == ({}, 0)


def test_only_what_is_in_the_bin_can_be_deleted_for_good() -> None:
    shelf = Shelf()
    assert shelf.refusal(moves.delete, [shelf.file("a.txt").id]) == "error.not_found"


def test_the_bin_keeps_for_its_retention_and_no_longer() -> None:
    shelf = Shelf()
    item = shelf.file("a.txt")
    shelf.take(moves.throw_away(shelf.ground, item.id))
    shelf.now = NOW + shelf.rules.bin_life - timedelta(seconds=1)
    assert moves.expired(shelf.ground) == []
    shelf.now = NOW + shelf.rules.bin_life
    assert moves.expired(shelf.ground) == [item.id]


def test_a_copy_counts_the_newest_versions_once_more() -> None:
    shelf = Shelf()
    box = shelf.folder("box")
    shelf.file("a.txt", b"old", box.id)
    shelf.file("a.txt", b"newer", box.id)
    binned = shelf.file("gone.txt", b"gone", box.id)
    shelf.take(moves.throw_away(shelf.ground, binned.id))
    copied = shelf.made(moves.copy(shelf.ground, box.id, TOP, "copy"))
    assert (shelf.names(copied.id), shelf.used) == (["a.txt"], 8 + 4 + 5)


def test_a_usage_that_grows_is_held_against_the_quota_and_one_that_shrinks_is_not() -> None:
    shelf = Shelf()
    changes = moves.put_file(shelf.ground, TOP, "a.txt", blob_of(b"12345")).changes
    assert [(usage.key, usage.add, usage.most) for usage in changes.usages] == [("disk:me", 5, QUOTA)]
    item = shelf.file("a.txt")
    shelf.take(moves.throw_away(shelf.ground, item.id))
    assert [(usage.add, usage.most) for usage in moves.delete(shelf.ground, [item.id]).usages] == [(-5, None)]


def test_what_an_upload_was_counted_for_is_not_counted_again_by_its_file() -> None:
    shelf = Shelf()
    assert moves.put_file(shelf.ground, TOP, "a.txt", blob_of(b"12345"), 5).changes.usages == []


def test_an_upload_is_refused_where_its_file_would_be() -> None:
    shelf = Shelf()
    shelf.folder("x")
    assert shelf.refusal(moves.begin_upload, Announced(TOP, "x", 3), 0) == "disk.name_taken"
    assert shelf.refusal(moves.begin_upload, Announced("nowhere", "y", 3), 0) == "error.not_found"
    assert shelf.refusal(moves.begin_upload, Announced(TOP, "y", 3), shelf.rules.uploads) == "disk.uploads"


def test_a_file_that_would_not_fit_into_memory_is_refused_when_it_is_announced() -> None:
    shelf = Shelf(file_bytes=10)
    assert shelf.refusal(moves.begin_upload, Announced(TOP, "y", 11), 0) == "disk.file_size"


def test_a_path_leads_from_the_top_to_what_is_named() -> None:
    shelf = Shelf()
    box = shelf.folder("box")
    item = shelf.file("a.txt", inside=box.id)
    assert shelf.ground.tree.at_path([]) is None
    assert shelf.ground.tree.at_path(["BOX", "a.txt"]) == item
    for names in (["nowhere"], ["box", "a.txt", "x"]):
        with pytest.raises(NotFoundError):
            shelf.ground.tree.at_path(names)


def test_only_so_much_is_brought_within_a_day_whatever_is_deleted_again() -> None:
    shelf = Shelf(day_bytes=10)
    disk = Disk(id="me", changed_at=NOW, written_since=NOW, written_bytes=8)
    late = shelf.ground._replace(disk=disk, now=NOW + timedelta(hours=23))
    assert moves.put_file(late, TOP, "a.txt", blob_of(b"12")).changes.inserts
    for bring in (
        lambda ground: moves.put_file(ground, TOP, "a.txt", blob_of(b"123")),
        lambda ground: moves.begin_upload(ground, Announced(TOP, "a.txt", 3), 0),
    ):
        with pytest.raises(TooManyTriesError) as told:
            bring(late)
        assert (told.value.reason, told.value.params) == ("disk.day", {"retry_after_s": 3600})
    tomorrow = late._replace(now=NOW + timedelta(days=1))
    (written,) = (one for one in moves.touch(tomorrow, 3).inserts if isinstance(one, Disk))
    assert (written.written_since, written.written_bytes) == (tomorrow.now, 3)
    assert moves.put_file(late, TOP, "b.txt", blob_of(b"12345"), 5).changes.inserts


def test_a_new_disk_is_inserted_and_a_known_one_put() -> None:
    ground = Shelf().ground
    assert moves.touch(ground).inserts
    known = ground._replace(disk=replace(ground.disk, version=3))
    assert [record.version for record in moves.touch(known).puts] == [3]


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1 KB"), (1025, "1.1 KB"), (10 * 1024 * 1024, "10 MB")]
)
def test_sizes_are_rounded_up(size: int, text: str) -> None:
    assert size_text(size) == text
