"""Official mail decided purely: who may do what, what arrives, what a list names, and which figures are shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from minxin.mailbox.files import CleanFile
from minxin.mailbox.mail.circulars import AT_ONCE, Place, circular, spread
from minxin.mailbox.mail.compose import compose
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import SEEN, MailItem, Person
from minxin.mailbox.mail.tally import (
    Act,
    Tally,
    on_coming_back,
    on_leaving,
    on_opening,
    read_tally,
    tally,
    tally_prefix,
)
from minxin.mailbox.official import decisions
from minxin.mailbox.official.delivery import Pace
from minxin.mailbox.official.figures import LEAST, figures
from minxin.mailbox.official.letter import Sender, letter_of, number_of
from minxin.mailbox.official.listing import (
    MOST,
    Listing,
    WrongLinesError,
    joined,
    read_rows,
    read_typed,
    resolved,
)
from minxin.mailbox.official.moves import TABLE, NoticeMove, Who, allowed, need
from minxin.mailbox.official.records import NoticeFile, NoticeRun, NoticeState, OfficialNotice, Reach
from minxin.mailbox.official.words import FILES, with_files

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
AUTHOR = Actor("author", frozenset({Role.HANDLER}), "cgj")
WRITING_CHIEF = Actor("author", frozenset({Role.SIGNER}), "cgj")
CHIEF = Actor("chief", frozenset({Role.REVIEWER}), "cgj")
COLLEAGUE = Actor("colleague", frozenset({Role.HANDLER}), "cgj")
ELSEWHERE = Actor("elsewhere", frozenset({Role.SIGNER}), "zjj")
ROOT = Actor("root", frozenset({Role.ADMINISTRATOR}), "centre")
SENDER = Sender(Person("市城管局", "cgj@gov.example"), Person("", "notice@gov.example"))


def notice(state: NoticeState = NoticeState.DRAFT, **fields: object) -> OfficialNotice:
    given = {
        "id": "n",
        "version": 1,
        "office_id": "cgj",
        "author_id": "author",
        "written_at": NOON,
        "subject": "停水通知",
        "text": "六月三日停水。",
        "reach": Reach.ALL,
        "state": state,
    }
    return OfficialNotice(**(given | fields))  # type: ignore[arg-type]


def run(**fields: object) -> NoticeRun:
    given = {"id": "n", "version": 7, "begun_at": NOON, "total": 100, "number": "T2026-000001"}
    return NoticeRun(**(given | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actor", "state", "moves"),
    [
        (AUTHOR, NoticeState.DRAFT, ["write", "submit", "drop"]),
        (AUTHOR, NoticeState.WAITING, ["take_back"]),
        (WRITING_CHIEF, NoticeState.WAITING, ["take_back"]),
        (CHIEF, NoticeState.WAITING, ["approve", "refuse"]),
        (COLLEAGUE, NoticeState.WAITING, []),
        (ROOT, NoticeState.WAITING, []),
        (ELSEWHERE, NoticeState.WAITING, []),
        (CHIEF, NoticeState.DRAFT, []),
        (AUTHOR, NoticeState.SENDING, ["stop"]),
        (CHIEF, NoticeState.APPROVED, ["stop"]),
        (ROOT, NoticeState.SENDING, ["stop"]),
        (COLLEAGUE, NoticeState.SENDING, []),
        (CHIEF, NoticeState.STOPPED, ["go_on"]),
        (AUTHOR, NoticeState.STOPPED, []),
        (ROOT, NoticeState.STOPPED, []),
        (AUTHOR, NoticeState.REFUSED, ["write", "drop"]),
        (CHIEF, NoticeState.DONE, []),
        (AUTHOR, NoticeState.DONE, []),
    ],
)
def test_table_says_who_may_do_what_in_which_state(actor: Actor, state: NoticeState, moves: list[str]) -> None:
    assert list(allowed(actor, notice(state))) == moves


def test_author_who_has_moved_to_another_office_may_do_nothing_more() -> None:
    moved = Actor("author", frozenset({Role.HANDLER}), "zjj")
    assert allowed(moved, notice()) == ()


def test_refusals_say_what_is_wrong_and_strangers_learn_nothing() -> None:
    waiting = notice(NoticeState.WAITING)
    for actor, move, reason in (
        (WRITING_CHIEF, NoticeMove.APPROVE, "official.own"),
        (COLLEAGUE, NoticeMove.APPROVE, "official.actor"),
        (CHIEF, NoticeMove.STOP, "official.state"),
    ):
        with pytest.raises(IllegalMoveError) as caught:
            need(actor, waiting, move)
        assert caught.value.reason == reason
    with pytest.raises(NotFoundError):
        need(ELSEWHERE, waiting, NoticeMove.APPROVE)


def test_whoever_approves_is_never_the_author() -> None:
    for move in (NoticeMove.APPROVE, NoticeMove.REFUSE):
        assert TABLE[move].who == {Who.SECOND}


def test_approval_is_of_the_version_that_was_shown_and_begins_the_sending() -> None:
    waiting = notice(NoticeState.WAITING, version=3)
    with pytest.raises(ConflictError):
        decisions.approve(waiting, CHIEF, 2, 10, NOON)
    changes = decisions.approve(waiting, CHIEF, 3, 10, NOON)
    (begun,) = changes.inserts
    assert isinstance(begun, NoticeRun) and (begun.total, begun.cursor, begun.going) == (10, "", True)
    assert changes.series == {"n": "T2026"}
    assert [(one.kind, one.key) for one in changes.jobs] == [(decisions.SEND_JOB, "n:1:1")]


def test_stop_and_going_on_make_the_work_before_end() -> None:
    stopped = decisions.stop(notice(NoticeState.SENDING, decided_by="chief"), run(), ROOT)
    kept = stopped.puts[1]
    assert isinstance(kept, NoticeRun) and (kept.going, kept.stopped_by) == (False, "root")
    again = decisions.go_on(notice(NoticeState.STOPPED, decided_by="chief"), replace(kept, version=8), CHIEF)
    begun = again.puts[1]
    assert isinstance(begun, NoticeRun) and (begun.going, begun.starts, begun.stopped_by) == (True, 2, None)
    assert again.jobs[0].key == "n:2:9" and again.jobs[0].payload == {"notice_id": "n", "start": 2}


def test_nobody_gets_a_notice_that_reaches_no_box() -> None:
    with pytest.raises(InvalidInputError):
        decisions.submit(notice(), AUTHOR, 0)


def test_letter_says_office_number_and_whether_one_may_answer() -> None:
    said = letter_of(notice(), run(), SENDER, NOON, ())
    assert said.sender == SENDER.office and said.reply_to == () and said.automatic
    assert said.text == "六月三日停水。\n\n————\n市城管局\n文号：T2026-000001\n（官方通知。如需答复，直接回信即可。）\n"
    silent = letter_of(notice(replies=False, document="滨城管〔2026〕3号"), None, SENDER, NOON, ())
    assert silent.reply_to == (SENDER.nobody,) and "滨城管〔2026〕3号" in silent.text and "请勿回复" in silent.text
    assert b"Reply-To: notice@gov.example" in compose(silent)
    assert number_of(notice(), None) == "批准时编号"


def test_letter_is_the_same_bytes_in_every_job_that_makes_it() -> None:
    files = [("通告.pdf", "application/pdf", b"%PDF" * 5000)]
    first, second = (compose(letter_of(notice(), run(), SENDER, NOON, files)) for _ in range(2))
    assert first == second


def test_one_mail_for_many_boxes_is_packed_once_and_every_box_is_counted() -> None:
    mail = circular("key", letter_of(notice(), run(), SENDER, NOON, [("a.pdf", "application/pdf", b"x" * 9000)]), "n")
    changes = spread(mail, [Place("a", "海晏区"), Place("b")], NOON)
    assert len(changes.inserts) == 2 and len(changes.ensures) == 2 and len(changes.blobs) == 2
    assert {one.key for one in changes.usages} == {mail_usage("a"), mail_usage("b")}
    first, second = changes.inserts
    assert isinstance(first, MailItem) and isinstance(second, MailItem)
    assert (first.notice_id, first.counts_as, second.counts_as) == ("n", "海晏区", None)
    assert first.content_id == second.content_id and first.id != second.id and first.official
    attached = mail.packed.content.holes[0].blob_id
    assert [one.id for one in spread(mail, [Place("c")], NOON, kept={attached}).blobs] == [mail.packed.content.skeleton]
    assert spread(mail, [], NOON).ensures == []


@pytest.mark.parametrize(("rate", "page"), [(0, AT_ONCE), (1, 1), (20, 20), (50, AT_ONCE), (5000, AT_ONCE)])
def test_page_holds_no_more_than_leave_in_a_second(rate: float, page: int) -> None:
    async def at_once() -> None:
        return

    assert Pace(rate, at_once).page == page


# Lists


def test_list_is_read_in_every_way_that_people_paste_one() -> None:
    found = read_typed("王小明 <Wang@Citizen.example>\n13800000001；+8613800000002, li@citizen.example\n\n李四")
    assert [(one.line, one.text, one.phone) for one in found.entries] == [
        (1, "wang@citizen.example", False),
        (2, "13800000001", True),
        (2, "13800000002", True),
        (2, "li@citizen.example", False),
    ]
    assert [(one.line, one.text, one.reason) for one in found.wrong] == [(4, "李四", "official.line.form")]


def test_table_is_read_by_the_first_cell_that_names_somebody() -> None:
    rows = [["姓名", "手机号"], ["王小明", "13800000001"], [], ["", " li@citizen.example "], ["无人", "12345"]]
    found = read_rows(rows)
    assert [(one.line, one.text) for one in found.entries] == [(2, "13800000001"), (4, "li@citizen.example")]
    assert [(one.line, one.text) for one in found.wrong] == [(5, "无人")]


def test_boxes_of_a_list_come_once_and_in_their_order() -> None:
    found = read_typed("b@x.example\na@x.example\n13800000001")
    boxes = {"a@x.example": "box-1", "b@x.example": "box-2", "13800000001": "box-1"}
    assert resolved(found, boxes, leave_out=False) == ("box-1", "box-2")


def test_wrong_lines_are_all_told_and_numbers_masked() -> None:
    found = read_typed("13800000001\n甲乙丙\na@x.example")
    with pytest.raises(WrongLinesError) as caught:
        resolved(found, {"a@x.example": "box-1"}, leave_out=False)
    assert [(one.line, one.text) for one in caught.value.lines] == [(1, "138****0001"), (2, "甲乙丙")]
    assert resolved(found, {"a@x.example": "box-1"}, leave_out=True) == ("box-1",)
    with pytest.raises(InvalidInputError) as nobody:
        resolved(found, {}, leave_out=True)
    assert nobody.value.reason == "official.nobody"


def test_list_has_an_end() -> None:
    line = "13800000001\n"
    with pytest.raises(InvalidInputError):
        read_typed(line * (MOST + 1))
    half = read_typed(line * (MOST // 2 + 1))
    with pytest.raises(InvalidInputError):
        joined(half, half)
    assert joined(half, Listing((), ())).entries == half.entries


# Files


def test_files_that_stay_and_new_ones_are_within_bounds() -> None:
    old = NoticeFile("a.pdf", "application/pdf", "blob-a", FILES.max_total_bytes - 10)
    before = notice(files=(old, replace(old, name="b.pdf", blob_id="blob-b", size_bytes=5)))
    added = CleanFile("c.txt", "text/plain", b"c" * 8, "sha")
    kept, blobs = with_files(before, {"blob-a"}, [added])
    assert [one.name for one in kept.files] == ["a.pdf", "c.txt"] and [one.data for one in blobs] == [b"c" * 8]
    with pytest.raises(InvalidInputError):
        with_files(before, {"blob-a"}, [added, added])
    with pytest.raises(InvalidInputError):
        with_files(notice(), (), [added] * 6)


# Figures


def counted(area: str, delivered: int, opened: int = 0, deleted: int = 0, day: int = 1) -> list[Tally]:
    on = date(2026, 6, day)
    return [
        Tally(Act.DELIVERED, on, area, delivered),
        Tally(Act.OPENED, on + timedelta(days=1), area, opened),
        Tally(Act.DELETED, on + timedelta(days=1), area, deleted),
    ]


def test_figures_are_told_by_district_and_of_a_district_by_street() -> None:
    tallies = [*counted("海晏区/鼓楼街道", 30, 10, 2), *counted("海晏区", 20, 5), *counted("", 15, 1)]
    whole = figures(tallies, ())
    assert whole is not None and (whole.delivered, whole.opened, whole.deleted) == (65, 16, 2)
    assert [(one.area, one.delivered, one.opened) for one in whole.groups] == [("海晏区", 50, 15), ("", 15, 1)]
    inside = figures(tallies, ("海晏区",))
    assert inside is not None
    assert [(one.area, one.delivered) for one in inside.groups] == [("海晏区/鼓楼街道", 30), ("海晏区", 20), ("", 15)]
    assert [(one.day.day, one.delivered, one.opened) for one in inside.days] == [(1, 65, 0), (2, 0, 16)]


def test_small_groups_can_not_be_told_apart() -> None:
    tallies = [*counted("甲区", 40), *counted("乙区", 12), *counted("丙区", 3, 1)]
    found = figures(tallies, ())
    assert found is not None
    # Shown alone, the three of 丙区 would be what is left of the whole.
    assert [(one.area, one.delivered) for one in found.groups] == [("甲区", 40), (None, 15)]


def test_figures_of_few_readers_are_not_shown_at_all() -> None:
    assert figures(counted("甲区", LEAST - 1, 1), ()) is None
    assert figures([], ()) is None
    alone = figures(counted("甲区", LEAST, 1), ())
    assert alone is not None and [(one.area, one.delivered) for one in alone.groups] == [("甲区", LEAST)]


def test_counter_says_what_it_counts_by_the_day_in_shanghai() -> None:
    late = datetime(2026, 6, 1, 16, 30, tzinfo=UTC)
    usage = tally("n", Act.OPENED, "海晏区/鼓楼街道", late)
    assert usage.key.startswith(tally_prefix("n")) and usage.most is None
    assert read_tally(usage.key, 3) == Tally(Act.OPENED, date(2026, 6, 2), "海晏区/鼓楼街道", 3)


def test_only_items_of_a_notice_count_and_copies_do_not() -> None:
    item = MailItem(
        id="i", box_id="b", folder_id="f", content_id="c", received_at=NOON, size_bytes=1, thread_id="t", flags=(SEEN,)
    )
    for act in (on_opening, on_leaving, on_coming_back):
        assert act(item, NOON) == [] and act(replace(item, notice_id="n"), NOON) == []
    counting = replace(item, notice_id="n", counts_as="")
    assert [one.add for one in on_opening(counting, NOON)] == [1]
    assert on_coming_back(counting, NOON) == [] and on_leaving(replace(counting, trashed_at=NOON), NOON) == []
    assert [one.add for one in on_coming_back(replace(counting, trashed_at=NOON), NOON)] == [-1]
