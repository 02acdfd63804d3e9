"""What the figures need of letters that were split up."""

from __future__ import annotations

from support.store import Maker, WholeStore

from minxin.core.changes import Changes


async def test_letters_that_were_split_up_are_counted_by_what_they_have_beyond_one_work_order(
    store: WholeStore, make: Maker
) -> None:
    early, late = make.at(hours=1), make.at(hours=2)
    await store.commit(
        Changes(
            inserts=[
                make.order(id="whole", letter_id="a", received_at=early),
                *(make.order(id=f"b{part}", letter_id="b", received_at=late) for part in (1, 2, 3)),
                *(make.order(id=f"c{part}", letter_id="c", received_at=early) for part in (1, 2)),
                *(make.order(id=f"d{part}", letter_id="d", received_at=early, sealed=True) for part in (1, 2)),
                *(make.order(id=f"e{part}", letter_id="e", received_at=make.at(hours=3)) for part in (1, 2)),
            ]
        )
    )

    assert await store.split_off_between(early, make.at(hours=3)) == [(early, 1), (late, 2)]
