"""Letters without labels in service: what they taught is kept, counts until people decide, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import beginning_with, self_teaching
from minxin.classifier.learning.vectors import learn_background
from minxin.classifier.learning.version import load_version
from minxin.core.clock import SystemClock
from minxin.core.errors import DamagedError, InvalidInputError
from minxin.deploy import judging
from minxin.deploy.city import City, load_city
from minxin.deploy.judging import School, duties_of
from minxin.deploy.settings import BUILTIN_CITY, Settings
from minxin.deploy.training.selfteaching import MOST_READ, check_of, letters_in, teach, teaching_figures, teaching_shelf

DUTIES = {
    "gas": ("供应燃气", "集中供暖", "燃气收费"),
    "police": ("户口迁移", "身份证办理", "居住证"),
    "traffic": ("公交线路", "出租车管理", "公交站点"),
}
TROUBLES = {
    "gas": ("暖气一直不热", "燃气费算错了", "集中供暖什么时候开始，锅炉没有动静"),
    "police": ("户口迁移要带哪些证件", "身份证丢了怎么补办，窗口不开", "居住证到期如何续签"),
    "traffic": ("公交线路太少", "出租车拒载还绕路，司机乱收费", "希望增设公交站点"),
}
PLACES = tuple(f"{chr(0x6000 + 37 * turn)}{chr(0x6800 + 53 * turn)}路" for turn in range(60))
LETTERS = [f"{place}\n{'，'.join(troubles)}，请处理" for place in PLACES for troubles in TROUBLES.values()]
BOILER = "锅炉\n锅炉没有动静"


@pytest.fixture(autouse=True)
def _characters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "encoder_version", lambda models, progress: None)


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A city of three offices without a sample letter."""
    whole = load_city(BUILTIN_CITY)
    some = [office for office in whole.offices if office.routable][: len(DUTIES)]
    offices = tuple(
        msgspec.structs.replace(office, id=name, name=name, duties=duties)
        for office, (name, duties) in zip(some, DUTIES.items(), strict=True)
    )
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "samples.jsonl").touch()
    return msgspec.structs.replace(whole, folder=tmp_path / "city", offices=offices)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", precision=0.9)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "letters.csv"
    rows = [text.split("\n") for text in LETTERS]
    path.write_text("Subject,body\n" + "".join(f"{subject},{body}\n" for subject, body in rows), "utf-8")
    return path


def silent(*_: object) -> None:
    pass


def school(city: City, settings: Settings) -> School:
    return School(city, settings.data / "model", settings.precision, silent)


def test_what_letters_taught_is_kept_and_serves_from_the_next_start_on(
    city: City, settings: Settings, file: Path
) -> None:
    before = school(city, settings).train()
    result, card = teach(letters_in(file), settings, city, SystemClock(), silent, silent)
    assert card is not None
    assert (result.letters, card.letters) == (180, 180)
    assert set(card.of_office) == set(DUTIES)
    after = school(city, settings).kept()
    assert after is not None
    assert card.version in after.version
    assert card.version not in before.version
    again = school(city, settings).kept()
    assert again is not None
    assert again.judge(*BOILER.split("\n")) == after.judge(*BOILER.split("\n"))
    gas = {
        name: judge.judge(*BOILER.split("\n")).candidates[0] for name, judge in (("before", before), ("after", after))
    }
    assert gas["after"].office_id == "gas"
    assert gas["after"].probability > gas["before"].probability
    shelf = teaching_shelf(settings.data / "model")
    assert "180 封" in teaching_figures(shelf.folder / card.version)
    assert shelf.back(check_of(city)) is None
    taken_back = school(city, settings).kept()
    assert taken_back is not None
    assert taken_back.version == before.version


def test_too_few_letters_are_left_alone_and_change_nothing(city: City, settings: Settings, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for number, letter in enumerate(LETTERS[:9]):
        (few / f"{number}.txt").write_text(letter, "utf-8")
    (few / "notes.md").write_text("no letter")
    letters = letters_in(few)
    assert sorted(letters.texts) == sorted(LETTERS[:9])
    result, card = teach(letters, settings, city, SystemClock(), silent, silent)
    assert card is None
    assert (result.letters, result.needed, result.agreement) == (9, 120, None)
    assert teaching_shelf(settings.data / "model").pointer.current is None


def test_letters_that_the_duties_do_not_speak_of_are_left_alone(city: City, settings: Settings, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    noise = ["".join(chr(code) for code in random.integers(0x5000, 0x9000, 40)) for _ in range(150)]
    file = tmp_path / "noise.csv"
    file.write_text("subject,body\n" + "".join(f",{one}\n" for one in noise), "utf-8")
    result, card = teach(letters_in(file), settings, city, SystemClock(), silent, silent)
    assert card is None
    assert result.agreement is not None
    assert result.agreement < result.least_agreement


def test_other_duties_refuse_what_was_taught_under_the_old_ones(city: City, settings: Settings, file: Path) -> None:
    _, card = teach(letters_in(file), settings, city, SystemClock(), silent, silent)
    assert card is not None
    changed = msgspec.structs.replace(city.offices[0], duties=("供应燃气", "收垃圾"))
    other = msgspec.structs.replace(city, offices=(changed, *city.offices[1:]))
    told: list[str] = []
    fresh = School(other, settings.data / "other", settings.precision, told.append)
    folder = teaching_shelf(settings.data / "model").folder / card.version
    with pytest.raises(DamagedError, match=r"selftaught\.duties"):
        load_version(folder, duties_of(other))
    fresh.train()
    teaching_shelf(settings.data / "model").folder.rename(settings.data / "other" / "selftaught")
    kept = fresh.kept()
    assert kept is not None
    assert card.version not in kept.version
    assert fresh.refused == [card.version]
    assert card.version in told[-1]


@pytest.mark.parametrize("name", ["lessons.msgpack", "card.json"])
def test_damaged_version_is_refused_and_the_duties_serve(name: str, city: City, settings: Settings, file: Path) -> None:
    _, card = teach(letters_in(file), settings, city, SystemClock(), silent, silent)
    assert card is not None
    path = teaching_shelf(settings.data / "model").folder / card.version / name
    path.write_bytes(path.read_bytes()[:-2] + b"xx")
    whole = school(city, settings)
    judge = whole.kept()
    assert judge is not None
    assert card.version not in judge.version
    assert whole.refused == [card.version]


def test_file_without_letters_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("subject,body\n,\n")
    with pytest.raises(InvalidInputError, match=r"teach\.no_letters"):
        letters_in(empty)


def test_more_letters_than_are_read_are_thinned_evenly(tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("subject,body\n" + "".join(f"{number:06},水管\n" for number in range(2 * MOST_READ)), "utf-8")
    letters = letters_in(file)
    assert (len(letters.texts), letters.found) == (MOST_READ, 2 * MOST_READ)
    assert letters.texts[-1] > f"{2 * MOST_READ - 3:06}"


def test_people_outweigh_what_letters_taught() -> None:
    """Their lessons count for more with each one, and what nobody decided is remembered for no text."""
    cold = ColdStart(DUTIES, learn_background(LETTERS), LETTERS)
    taught = self_teaching(cold, LETTERS).learner
    assert taught is not None
    learner = beginning_with(cold, taught.lessons)
    assert learner.lessons == ()
    assert not learner.reading(LETTERS[0]).echoes.any()
    plain = Learner(cold)

    def apart() -> float:
        return float(np.abs(learner.scores(BOILER) - plain.scores(BOILER)).max())

    told = [apart()]
    for many in (60, 120):
        for number in range(many):
            lesson = Lesson(f"{many}-{number}", LETTERS[number], "police")
            learner.learn(lesson)
            plain.learn(lesson)
        told.append(apart())
    assert told[0] > told[1] > told[2] > 0.0
