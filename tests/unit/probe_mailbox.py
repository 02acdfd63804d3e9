"""Run by ``test_layout.py`` under each way of starting pytest."""

import mailbox


def test_mailbox_is_the_standard_librarys() -> None:
    assert mailbox.Maildir.__module__ == "mailbox"
