from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from minxin.mailbox import sms
from minxin.mailbox.smtp.intake import OwnPost
from minxin.mailbox.texting.by_mail import compose

NOW = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
POST = OwnPost(mayor="mayor@binhai.example")


@pytest.mark.parametrize("address", ["wang@home.example", "王@home.example"])
def test_mail_says_who_wrote_and_when_and_that_no_program_may_answer(address: str) -> None:
    message = sms.wrote("滨海市", "zh", "市城管局", NOW, NOW)
    mail = message_from_bytes(compose(POST, address, message, "one", NOW), policy=default)
    body = mail.get_body()
    assert body is not None
    assert mail["Subject"] == "《市城管局》于3月2日09:05给您写了信，请登录信箱查看。"
    assert body.get_content().startswith(mail["Subject"])
    assert (mail["Auto-Submitted"], mail["From"], mail["To"]) == ("auto-generated", POST.mayor, address)
    assert "http" not in body.get_content()
