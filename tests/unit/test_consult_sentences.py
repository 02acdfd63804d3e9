from __future__ import annotations

import ast
import re
from enum import StrEnum
from pathlib import Path

import msgspec
import pytest

import minxin.consult.intake
from minxin.consult.deadlines import Light, Unit
from minxin.consult.moves import Move
from minxin.consult.records import Channel, LetterState, OrderState, Satisfaction
from minxin.consult.status import Stage
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.judgement import Ground, Kind, PointKind
from minxin.core.reply_check import Flaw, Severity
from minxin.webui.i18n import Language, sentences

FOLDER = Path(minxin.consult.intake.__file__).parent
CATALOGUE = msgspec.json.decode((FOLDER / "messages.json").read_bytes(), type=dict[str, dict[str, str]])
KEY = re.compile(r"(?:letter|attachment|moves|routing|handling|reply|gate|followup|deadline)(?:\.[a-z_]+)+")
RAISED = ("InvalidInputError", "IllegalMoveError", "TooLargeError")


def raised_in(file: Path) -> set[str]:
    """Collect the reasons of the errors that the file raises."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED]
    first = [call.args[0] for call in calls if call.args]
    return {str(one.value) for one in first if isinstance(one, ast.Constant) and KEY.fullmatch(str(one.value))}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_every_reason_in_the_office_has_its_sentence(file: Path) -> None:
    assert raised_in(file) - CATALOGUE.keys() == set()


def test_reasons_are_found_in_the_code() -> None:
    assert "moves.state" in raised_in(FOLDER / "moves.py")


def test_every_sentence_is_in_both_languages_with_the_same_parameters() -> None:
    for key, texts in CATALOGUE.items():
        assert texts.keys() == {"zh", "en"}, key
        parameters = [set(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert parameters[0] == parameters[1], key
        assert all(text.strip() for text in texts.values()), key


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("kind", Kind),
        ("move", Move),
        ("state", OrderState),
        ("state", LetterState),
        ("stage", Stage),
        ("level", Satisfaction),
        ("gate", Flaw),
        ("gate.severity", Severity),
        ("point", PointKind),
        ("channel", Channel),
        ("light", Light),
        ("unit", Unit),
    ],
)
def test_every_word_of_the_trade_is_told(prefix: str, words: type[StrEnum]) -> None:
    assert {f"{prefix}.{word}" for word in words} <= CATALOGUE.keys()


def test_every_ground_of_refusal_is_told() -> None:
    assert {f"ground.{ground}" for ground in Ground} <= CATALOGUE.keys()


def test_illegal_move_names_the_move_and_the_state_in_words() -> None:
    error = IllegalMoveError("moves.state", move=Move.SIGN_FOR, state=OrderState.CLOSED)
    assert sentences().of_error(error, Language.ZH).startswith("目前是“办结”，不能签收。")
    assert "“closed”: it is not possible to sign for it" in sentences().of_error(error, Language.EN)


def test_missing_part_of_an_answer_is_named_in_words() -> None:
    error = InvalidInputError("reply.part.missing", field="basis", part="basis")
    assert "“依据”" in sentences().of_error(error, Language.ZH)
