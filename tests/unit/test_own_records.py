"""Whatever is kept of an account holder has an end: nobody adds a kind of record without saying what becomes of it."""

from __future__ import annotations

from typing import Final

import pytest

from minxin.core.changes import Record
from minxin.mailbox.own_data import StoredAccount
from minxin.mailbox.records import Account
from minxin.store.sqlite.tables import TABLES

# The fields by which records say whose they are.
WHOSE: Final = frozenset({"account_id", "owner_id", "citizen_id", "writer_id"})
# What becomes of them when the account is closed (mailbox/credentials.py, and who gives ``mailbox.ports.Traces``).
ENDS: Final = {
    "Session": "deleted",
    "ApiKey": "deleted",
    "AppPassword": "deleted",
    "LogInRecord": "deleted (mailbox/owntraces.py)",
    "OldMessage": "becomes a mail of the box, or is deleted with the account (mailbox/mail/old.py)",
    "Box": "closed, and emptied next (mailbox/mail/ending.py); its addresses are never given again",
    "Delegate": "deleted; who acts for a company must pass it on or close it first",
    "DiskItem": "deleted",
    "DiskUpload": "deleted",
    "DiskShare": "deleted",
    "Letter": "stays: a record of the government, without a name beside it",
    "LetterDraft": "deleted",
    "Conversation": "deleted, or left without words and owner for the figures",
}


# What the copy of an account does not hold as it stands: secrets, look-up values, and what stands in it in parts.
LEFT_OUT: Final = {
    "id": "of no use without the store",
    "version": "of no use without the store",
    "password_hash": "a secret",
    "totp_secret": "a secret",
    "totp_step": "a secret",
    "phone_index": "made of the phone",
    "id_index": "made of the ID number",
    "verification": "verified_by, verified_at",
    "consent": "consent_text, consent_at",
}


def test_the_copy_holds_every_field_of_an_account() -> None:
    shown = set(StoredAccount.__struct_fields__)

    assert set(Account.__struct_fields__) - shown == set(LEFT_OUT)


@pytest.mark.parametrize("kind", [table.kind for table in TABLES], ids=lambda kind: str(kind.__name__))
def test_every_kind_of_record_that_is_somebodys_has_an_end(kind: type[Record]) -> None:
    """Whoever adds one writes here what becomes of it, after he made it so; the copy of one's own data needs it too."""
    whose = WHOSE.intersection(kind.__struct_fields__)

    assert not whose or kind.__name__ in ENDS, f"{kind.__name__} is somebody's ({', '.join(whose)})"
