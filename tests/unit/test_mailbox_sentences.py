from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.sentences import CATALOGUE, SENTENCES, sentence

PARTS = ("realname", "password", "login", "account", "staff", "sms")
KEY = re.compile(rf"(?:{'|'.join(PARTS)})(?:\.[a-z_]+)+")
FILES = sorted(CATALOGUE.parent.glob("*.py"))


def keys_in(file: Path) -> set[str]:
    """Collect whole keys, and those that a helper such as ``_invalid("missing")`` puts together."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    starts = {
        str(node.values[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    }
    prefixes = {start for start in starts if KEY.fullmatch(start.rstrip(".") + ".x") and start.endswith(".")}
    endings = {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "_invalid"
        and isinstance(node.args[0], ast.Constant)
    }
    return {key for key in found if KEY.fullmatch(key)} | {f"{start}{end}" for start in prefixes for end in endings}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_key_in_the_code_has_its_sentence(file: Path) -> None:
    assert keys_in(file) - SENTENCES.texts.keys() == set()


def test_keys_are_found_in_the_code() -> None:
    found = set[str]().union(*(keys_in(file) for file in FILES))
    assert {"realname.id_number.checksum", "realname.code.wrong", "password.too_short", "login.wrong"} <= found


def test_every_sentence_is_in_both_languages_with_the_same_parameters() -> None:
    for key, texts in SENTENCES.texts.items():
        assert texts.keys() == {"zh", "en"}, key
        parameters = [set(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert parameters[0] == parameters[1], key
        assert all(text.strip() for text in texts.values()), key


@pytest.mark.parametrize("purpose", CodePurpose)
def test_every_purpose_of_a_code_has_its_sms(purpose: CodePurpose) -> None:
    assert "048213" in sentence(f"sms.code.{purpose}", "zh", code="048213", minutes=5)


def test_unknown_language_gets_chinese() -> None:
    assert sentence("login.expired", "fr") == sentence("login.expired", "zh")
