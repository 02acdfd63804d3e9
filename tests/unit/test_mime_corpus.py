"""Every odd mail is read without an exception, and says what it must say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from minxin.mailbox.mime.reader import read_mail, read_part

_path = Path(__file__).parents[1] / "corpus" / "odd_mails.py"
_spec = importlib.util.spec_from_file_location("odd_mails", _path)
assert _spec is not None and _spec.loader is not None
_corpus: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_corpus)
MAILS = _corpus.odd_mails()


def test_the_corpus_is_large_enough_and_names_are_unique() -> None:
    assert len(MAILS) >= 245
    assert len({mail.name for mail in MAILS}) == len(MAILS)


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_odd_mail_is_read_and_its_parts_too(mail: Any) -> None:
    parsed = read_mail(mail.raw)
    for name, value in mail.expected.items():
        assert getattr(parsed, name) == value
    for attachment in parsed.attachments:
        assert len(read_part(mail.raw, attachment.index)) == attachment.size_bytes
