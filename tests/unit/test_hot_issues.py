"""Hot issues: what belongs together, how hot it is, when it is sudden, and what a new look keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.classifier.alike.heat import heat_of, surge_of, weekly
from minxin.classifier.alike.issues import hot_issues
from minxin.classifier.alike.linkage import average_groups
from minxin.classifier.alike.naming import issue_name, own_words, phrases_of
from minxin.consult.alike_records import HotIssue
from minxin.consult.hot_issues import ALARM_LASTS, renewed
from minxin.core.alike import FoundIssue, HeatTerm, IssueKind, IssueText, Surge

NOW = datetime(2026, 3, 30, 4, 0, tzinfo=UTC)
MATTERS = {
    "mixer": (
        ("{place}搅拌站噪音扰民", "混凝土搅拌站昼夜生产，噪音和粉尘让居民无法开窗，已经{n}天了，请查处。"),
        ("投诉{place}旁的搅拌站", "搅拌站粉尘很大，噪音整夜不停，老人孩子睡不着，{n}户居民联名要求搬走搅拌站。"),
        ("{place}搅拌站粉尘污染严重", "窗台上全是搅拌站的粉尘，罐车来回{n}趟，噪音刺耳，请环保部门管一管搅拌站。"),
    ),
    "parking": (
        ("{place}开发商捆绑销售车位", "买房必须同时买车位，不买就不给选房，车位{n}万一个，这是捆绑销售，请制止。"),
        ("强制捆绑车位的{place}", "开发商要求购房者捆绑购买车位，{n}万元的车位没有产权，属于强买强卖。"),
        ("举报{place}车位捆绑销售", "销售人员说不买车位就不能签合同，捆绑销售车位侵害购房者，价格{n}万。"),
    ),
}
NOISE = (
    ("咨询落户材料", "本人毕业两年想迁户口，请问要哪些证件？编号{n}"),
    ("公交班次太少", "早高峰{n}路车经常等很久，希望增加班次。"),
    ("路灯不亮", "街上第{n}盏路灯坏了很久没有人修。"),
    ("拖欠工资", "工地干了{n}个月不发工钱，请劳动监察帮忙。"),
    ("水压太低", "晚上{n}点以后六楼几乎没有水。"),
    ("医保报销", "异地看病花了{n}元，请问怎么报销？"),
)


def letter(letter_id: str, subject: str, body: str, *places: str, days: float = 30.0, writer: str = "") -> IssueText:
    return IssueText(letter_id, writer or f"writer of {letter_id}", NOW - timedelta(days=days), subject, body, places)


def about(matter: str, place: str, count: int, *, days: float = 30.0, writer: str = "") -> list[IssueText]:
    texts = MATTERS[matter]
    return [
        letter(
            f"{matter}-{number}",
            texts[number % 3][0].format(place=place),
            texts[number % 3][1].format(n=number + 3),
            place,
            days=days + number / 10,
            writer=writer,
        )
        for number in range(count)
    ]


def noise(count: int = 60) -> list[IssueText]:
    return [
        letter(
            f"noise-{number}", NOISE[number % 6][0] + str(number), NOISE[number % 6][1].format(n=number), days=number
        )
        for number in range(count)
        if number % 6 < 2 or number < 12
    ]


def test_each_matter_is_one_issue_with_its_place_people_time_and_words() -> None:
    letters = [*about("mixer", "翠湖小区", 9), *about("parking", "滨河苑", 6), *noise()]
    by_place = {issue.place: issue for issue in hot_issues(letters, NOW)}
    mixer, parking = by_place["翠湖小区"], by_place["滨河苑"]
    assert {one.split("-")[0] for one in mixer.letter_ids} == {"mixer"}
    assert {one.split("-")[0] for one in parking.letter_ids} == {"parking"}
    assert mixer.writers == len(mixer.letter_ids) >= 8
    assert mixer.kind is IssueKind.MATTER
    assert "搅拌站" in mixer.name + "".join(mixer.words)
    assert mixer.first_at < mixer.last_at
    assert mixer.heat > parking.heat
    assert mixer.heat == pytest.approx(sum(term.points for term in mixer.terms), abs=0.1)


def test_what_one_man_writes_again_and_again_is_no_issue() -> None:
    letters = [*about("mixer", "翠湖小区", 9, writer="one man"), *noise()]
    assert all("mixer-0" not in issue.letter_ids for issue in hot_issues(letters, NOW))


def test_a_place_with_many_matters_is_an_issue_of_that_place() -> None:
    many = [
        letter(f"place-{number}", f"鼓楼街道{subject}", body.format(n=number), "鼓楼街道")
        for number, (subject, body) in enumerate(NOISE)
    ]
    places = [issue for issue in hot_issues([*many, *noise()], NOW) if issue.kind is IssueKind.PLACE]
    assert [issue.name for issue in places] == ["鼓楼街道"]
    assert set(places[0].letter_ids) == {one.id for one in many}


@pytest.mark.parametrize("letters", [[], about("mixer", "翠湖小区", 2), [letter(str(n), "", "") for n in range(20)]])
def test_few_or_empty_letters_give_no_issue_and_no_error(letters: list[IssueText]) -> None:
    assert hot_issues(letters, NOW) == []


def test_the_same_letters_give_the_same_issues_in_any_order() -> None:
    letters = [*about("mixer", "翠湖小区", 9), *about("parking", "滨河苑", 6), *noise()]
    first, second = hot_issues(letters, NOW), hot_issues(letters[::-1], NOW)
    assert {issue.letter_ids for issue in first} == {issue.letter_ids for issue in second}


def test_groups_are_joined_by_their_mean_and_not_by_a_chain() -> None:
    chain = [(0, 1, 0.9), (1, 2, 0.6), (2, 3, 0.9)]
    assert average_groups(5, chain, least=0.5) == [[0, 1], [2, 3]]
    full = [(first, second, 0.8) for first in range(4) for second in range(first + 1, 4)]
    assert average_groups(5, full, least=0.5) == [[0, 1, 2, 3]]


def test_every_term_of_the_heat_is_counted_apart() -> None:
    letters = [
        *about("mixer", "翠湖小区", 3, days=2),
        *about("mixer", "翠湖小区", 2, days=1, writer="writer of mixer-0"),
    ]
    terms = {term.term: term for term in heat_of([replace(one, likes=2) for one in letters], NOW)}
    assert terms[HeatTerm.WRITERS].value == 3
    assert terms[HeatTerm.WRITERS].points == 20.0
    assert terms[HeatTerm.REPEATS].value == 2
    assert terms[HeatTerm.LIKES].value == 10
    assert terms[HeatTerm.TREND].value == 6.0
    assert terms[HeatTerm.RECENCY].value == 1.0
    assert 9.0 < terms[HeatTerm.RECENCY].points < 10.0


def test_a_surge_needs_five_people_and_more_than_chance() -> None:
    sudden = about("mixer", "翠湖小区", 6, days=0.5)
    assert surge_of(sudden, NOW) == Surge(3, 6, 0.11)
    assert surge_of(about("mixer", "翠湖小区", 4, days=0.5), NOW) is None
    assert surge_of(about("mixer", "翠湖小区", 6, days=0.5, writer="one man"), NOW) is None
    steady = [letter(str(day), "a", "b", days=day + 0.5) for day in range(40) for _ in range(1)]
    assert surge_of(steady, NOW) is None
    assert surge_of(about("mixer", "翠湖小区", 6, days=30), NOW) is None


def test_weeks_are_counted_back_from_now() -> None:
    letters = [letter("a", "", "", days=1), letter("b", "", "", days=6.9), letter("c", "", "", days=8)]
    assert weekly([*letters, letter("d", "", "", days=90)], NOW, 3) == (0, 1, 2)


def test_names_lose_how_people_begin_and_end_and_gain_their_place() -> None:
    assert issue_name("关于搅拌站噪音扰民的问题", "翠湖小区") == "翠湖小区：搅拌站噪音扰民"
    assert issue_name("投诉翠湖小区搅拌站！", "翠湖小区") == "翠湖小区搅拌站"
    assert issue_name("咨询", "") == "咨询"
    assert len(issue_name("长" * 300, "")) == 30


def test_own_words_are_those_that_few_others_say() -> None:
    subjects = ["小区搅拌站噪音", "搅拌站粉尘问题", "搅拌站扰民问题"]
    others = ["小区停水问题", "学校补课问题", "道路积水问题"] * 10
    words = own_words(subjects, phrases_of([*subjects, *others]))
    assert words[0] == "搅拌站"
    assert all("问题" not in word for word in words)


def found(*letter_ids: str, surge: Surge | None = None, kind: IssueKind = IssueKind.MATTER) -> FoundIssue:
    return FoundIssue(kind, "name", (), "", letter_ids, len(letter_ids), NOW, NOW, 10.0, (), (), surge)


def kept(changes_from: list[HotIssue], *looks: FoundIssue, at: datetime = NOW) -> list[HotIssue]:
    changes = renewed(changes_from, looks, at)
    return [one for one in (*changes.inserts, *changes.puts) if isinstance(one, HotIssue)]


def test_an_issue_keeps_its_id_while_most_of_its_letters_are_the_same() -> None:
    (first,) = kept([], found("a", "b", "c"))
    (again,) = kept([first], found("b", "c", "d", "e"), at=NOW + timedelta(hours=1))
    assert (again.id, again.since, again.found.letter_ids) == (first.id, NOW, ("b", "c", "d", "e"))
    other = kept([first], found("x", "y", "z"))
    assert {one.id == first.id for one in other} == {True, False}
    assert [one.current for one in other if one.id == first.id] == [False]
    assert len({one.id for one in kept([first], found("a", "b", "c", kind=IssueKind.PLACE))}) == 2


def test_a_surge_raises_one_alarm_and_counts_who_joins() -> None:
    surge = Surge(3, 5, 0.2)
    changes = renewed([], [found("a", "b", "c", "d", "e", surge=surge)], NOW)
    (entry,) = changes.audit
    assert (entry.action, entry.data) == ("issue.alarm", {"letters": 5, "days": 3, "expected": 0.2})
    (first,) = [one for one in changes.inserts if isinstance(one, HotIssue)]
    assert entry.target == first.id
    assert first.alarm is not None
    assert first.alarm.letters == 5

    later = renewed([first], [found("a", "b", "c", "d", "e", "f", "g", surge=surge)], NOW + timedelta(hours=1))
    assert later.audit == []
    (again,) = [one for one in later.puts if isinstance(one, HotIssue)]
    assert (again.joined, again.alarm) == (2, first.alarm)

    much_later = renewed([again], [again.found], NOW + ALARM_LASTS)
    assert len(much_later.audit) == 1
    assert [one.joined for one in much_later.puts if isinstance(one, HotIssue)] == [0]
