"""Settings: file, environment and command line, and clear words for what can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from minxin.core.errors import ConfigError
from minxin.deploy.outgoing import relay_login
from minxin.deploy.settings import load_settings
from minxin.mailbox.outgoing.smtp_client import Login


def test_file_environment_and_arguments_win_in_this_order(tmp_path: Path) -> None:
    file = tmp_path / "minxin.toml"
    file.write_text('port = 1000\nsmtp_port = 2000\nhost = "0.0.0.0"\n', encoding="utf-8")
    settings = load_settings(file, {"MINXIN_PORT": "1001", "MINXIN_SMTP_PORT": "2001"}, port=1002, data=None)
    assert (settings.port, settings.smtp_port, settings.host) == (1002, 2001, "0.0.0.0")  # noqa: S104
    assert settings.data == Path("var")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("port = 70000", "port = 70000"),
        ('port = "many"', "port"),
        ("precision = 1.5", "precision = 1.5"),
        ("colour = 1", "colour"),
        ('verifier_url = "ftp://x"', "verifier_url"),
        ("port = = 1", "minxin.toml"),
        ("citizen_disk_mb = 0", "citizen_disk_mb = 0"),
        ('mail_check = "maybe"', "mail_check = 'maybe'"),
        ("mail_check_s = 0", "mail_check_s = 0"),
        ('dns_server = "here"', "dns_server = 'here'"),
        ("smtp_tarpit_s = 31", "smtp_tarpit_s = 31"),
        ('mail_relay = "r"\nmail_relay_user = "u"', "belong together"),
        ('mail_relay = "r"\nmail_relay_user = "u"\nmail_relay_secret = "s"', "mail_tls = required"),
        ('mail_tls = "required"\nmail_relay_user = "u"\nmail_relay_secret = "s"', "there is none"),
        ('mail_relay = "r"\nmail_relay_ca = "ca.pem"', "any certificate will do"),
        ('mail_tls = "implicit"', "there is none"),
    ],
)
def test_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "minxin.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(file, {})
    assert named in caught.value.reason


def test_wrong_variable_and_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MINXIN_PORT"):
        load_settings(None, {"MINXIN_PORT": "x"})
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml", {})


def test_secrets_in_an_address_are_not_shown() -> None:
    settings = load_settings(None, {}, verifier_url="https://user:hidden@verify.example/check?key=hidden")
    assert "hidden" not in str(list(settings.shown()))


@pytest.mark.parametrize(
    ("mode", "text", "wrong"), [(0o644, "secret", "chmod 600"), (0o600, " \n", "empty"), (0o600, None, "can't be read")]
)
def test_a_relay_s_secret_is_a_file_that_only_we_can_read(
    tmp_path: Path, mode: int, text: str | None, wrong: str
) -> None:
    file = tmp_path / "secret"
    settings = load_settings(None, {}, mail_relay="r", mail_tls="implicit", mail_relay_user="u", mail_relay_secret=file)
    if text is not None:
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
    with pytest.raises(ConfigError, match=wrong):
        relay_login(settings)
    file.write_text("right\n", encoding="utf-8")
    file.chmod(0o600)
    assert relay_login(settings) == Login("u", "right")
