"""Settings: file, environment and command line, and clear words for what can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from minxin.core.errors import ConfigError
from minxin.deploy.settings import load_settings


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
