"""The finder of personal data: forms, names in context, what only looks like a name, and hostile text."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.classifier.personal.digits import is_card_number, is_id_number
from minxin.classifier.personal.finder import PersonalFinder, find
from minxin.classifier.personal.view import view_of
from minxin.core.personal import MARKED_ONLY, Certainty, Personal

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
HAN = str.maketrans("0123456789", "零幺二三四五六七八九")
MOBILE = "13800001234"
ID_NUMBER = "439901198503121235"


def found(text: str, kind: Personal) -> list[str]:
    return [text[span.start : span.end] for span in find(text) if span.kind is kind]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("请打138 0000 1234，或138-0000-5678", Personal.PHONE, ["138 0000 1234", "138-0000-5678"]),
        ("我的手机是幺三八零零零零幺二三四", Personal.PHONE, ["幺三八零零零零幺二三四"]),
        ("张三13800001234", Personal.PHONE, ["13800001234"]),
        ("（0731）88880001", Personal.PHONE, ["（0731）88880001"]),
        ("拨打400-820-0000没人接", Personal.PHONE, ["400-820-0000"]),
        ("家里座机8765432", Personal.PHONE, ["8765432"]),
        ("手机1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣", Personal.PHONE, ["1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4"]),
        ("護照號碼E51234567", Personal.PASSPORT, ["E51234567"]),
        ("建行6217 0010 0000 1234 569", Personal.BANK_CARD, ["6217 0010 0000 1234 569"]),
        ("白色鄂C·99A8M和粤BD12345", Personal.PLATE, ["鄂C·99A8M", "粤BD12345"]),
        ("vx: mike_chen88，抖音号dou778899", Personal.SOCIAL, ["mike_chen88", "dou778899"]),
        ("发到ｌｉ＠ｅｘａｍｐｌｅ.ｃｎ", Personal.MAIL, ["ｌｉ＠ｅｘａｍｐｌｅ.ｃｎ"]),
        ("燃气户号：0203 114 556", Personal.ACCOUNT, ["0203 114 556"]),
        ("住青石巷15号附3号", Personal.ADDRESS, ["15号附3号"]),
        ("四号楼三单元六楼东户", Personal.ADDRESS, ["四号楼三单元六楼东户"]),
        ("翠竹苑11-2-302", Personal.ADDRESS, ["11-2-302"]),
        ("我儿子今年9岁，在育才小学三年级（2）班", Personal.MINOR, ["9岁", "育才小学三年级（2）班"]),
        ("我母亲患有冠心病", Personal.HEALTH, ["冠心病"]),
        ("评为肢体二级残疾", Personal.HEALTH, ["肢体二级残疾"]),
    ],
)
def test_data_is_found_by_its_form_and_the_words_around(text: str, kind: Personal, expected: list[str]) -> None:
    assert found(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我叫罗志远，是本市居民", ["罗志远"]),
        ("物业的孙经理和邵女士都不管", ["孙", "邵"]),
        ("村民李长贵、张有田、王桂花联名反映", ["李长贵", "张有田", "王桂花"]),
        ("邻居张某把杂物堆在楼道，老王也看见了", ["张某", "老王"]),
        ("法定代表人：石坚，已经跑路", ["石坚"]),
        ("我是阿依古丽·买买提，开了一家店", ["阿依古丽·买买提"]),
        ("My name is Daniel Harper, I teach English", ["Daniel Harper"]),
        ("請問陳大文先生在嗎", ["陳大文"]),
        ("此致\n敬礼\n    张 伟\n2024年5月6日", ["张 伟"]),
        ("受害人：庞秀兰。业务员打电话给庞秀兰三次", ["庞秀兰", "庞秀兰"]),
        ("邓、贾、欧阳三位老师没有拿到绩效", ["邓", "贾", "欧阳"]),
        ("司机姓庞，一个姓宗的协管员", ["庞", "宗"]),
    ],
)
def test_names_are_found_in_their_sentences(text: str, expected: list[str]) -> None:
    assert found(text, Personal.NAME) == expected


@pytest.mark.parametrize(
    "text",
    [
        "马上就要下雨，希望路政尽快修好，方便大家出行，金额不大",
        "王家湾到李家坡的路坑坑洼洼，黄兴路、蔡锷路也是",
        "尊敬的胡书记：您好！习近平总书记说过",
        "成功花园对面是高尚国际，中间的路叫方正街",
        "班主任说要家长和老师配合，城管局也来过",
        "严禁烟火、高空抛物、周边乱停车、何时解决、程序违规、常年如此、于是、关于",
        "康师傅、周黑鸭、王老吉，老百姓大药房",
        "〔2023〕15号文，楚政发（2016）7号",
        "2026年3月2日到4月15日，1971.12-1972.1在粮食局",
        "统一社会信用代码91430100MA4L12345X，每月4200元",
        "地铁8号线、3路公交、120急救、拨打12345",
        "预防高血压，慢性病管理，残疾人专用通道，设备全部瘫痪",
        "年满6周岁的儿童入学",
    ],
)
def test_what_tells_of_nobody_is_left_alone(text: str) -> None:
    assert [text[span.start : span.end] for span in find(text)] == []


@pytest.mark.parametrize(
    "around", ["电话{}。", "张三{}", "（{}）", "tel:{}", "我的号码{}从来没有给过你们", "1.{}", "\n{}\n"]
)
@pytest.mark.parametrize(
    "form",
    [
        MOBILE,
        "138-0000-1234",
        "138.0000.1234",
        "138—0000—1234",
        "+86 13800001234",
        "0086-13800001234",
        "-".join(MOBILE),
        " ".join(MOBILE),
        "\u200b".join(MOBILE),
        MOBILE.translate(FULL_WIDTH),
    ],
)
def test_mobile_number_is_found_however_it_is_written(around: str, form: str) -> None:
    assert found(around.format(form), Personal.PHONE) == [form]


@pytest.mark.parametrize("around", ["身份证{}，", "{}", "张三（{}）", "证号：{}", "身份证号{} 13800001234"])
@pytest.mark.parametrize(
    ("form", "certainty"),
    [
        (ID_NUMBER, Certainty.CERTAIN),
        ("43990119850312601X", Certainty.CERTAIN),
        ("43990119850312601x", Certainty.CERTAIN),
        ("439901 19850312 1235", Certainty.CERTAIN),
        ("439901-19850312-1235", Certainty.CERTAIN),
        (ID_NUMBER.translate(FULL_WIDTH), Certainty.CERTAIN),
        (ID_NUMBER[:-1] + "9", None),
        ("439901850312123", None),
    ],
)
def test_id_number_is_found_with_and_without_its_check_digit(
    around: str, form: str, certainty: Certainty | None
) -> None:
    text = around.format(form)
    spans = [span for span in find(text) if span.kind is Personal.ID_NUMBER]
    assert [text[span.start : span.end] for span in spans] == [form]
    assert spans[0].certainty is certainty or (certainty is None and spans[0].certainty is not Certainty.CERTAIN)


def test_check_digits() -> None:
    assert is_id_number(ID_NUMBER)
    assert not is_id_number(ID_NUMBER[:-1] + "9")
    assert not is_id_number("439901198513121230")  # no thirteenth month
    assert is_card_number("6217001000001234569") and not is_card_number("6217001000001234560")


@given(st.text(max_size=300))
def test_offsets_hold_for_any_text(text: str) -> None:
    assert len(view_of(text)) == len(text)
    spans = PersonalFinder().find(text)
    assert list(spans) == sorted(spans)
    end = 0
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        if span.kind not in MARKED_ONLY:
            assert span.start >= end
            end = span.end


@pytest.mark.parametrize(
    "piece",
    ["1-", "王小明、", "三单元", "a.", "我叫", "邓、", "\u200b", "😡<b>"],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    done = threading.Event()

    def search() -> None:
        find(text)
        done.set()

    threading.Thread(target=search, daemon=True).start()
    assert done.wait(30), "the time of a hostile text must stay linear"


def test_mixed_rubbish_is_no_exception() -> None:
    letters = random.Random(7)  # noqa: S311
    alphabet = "王小明1380x@.-、,（）号楼单元室岁班癌\n\t姓先生微信:：AB京𠮷😀\ud800"
    for _ in range(50):
        find("".join(letters.choices(alphabet, k=100)))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("名单上有贺佑平，应对贺的养猪场予以关闭", Personal.NAME, ["贺佑平", "贺"]),
        ("工头陶xx和徐×梅都不见了", Personal.NAME, ["陶xx", "徐×梅"]),
        ("向、彭二人被叫去谈话", Personal.NAME, ["向", "彭"]),
        ("清水、杜家岭卫生院", Personal.NAME, []),
        ("田粮湖镇停水，自称田粮湖的人来过", Personal.NAME, []),
        ("春溪、黄旗、福安等九个镇", Personal.NAME, []),
        ("3800余平方米土地", Personal.NAME, []),
        ("感谢涛涛妈妈", Personal.NAME, ["涛涛"]),
        ("街道毛俊杰书记说", Personal.NAME, ["毛俊杰"]),
        ("街道毛书记说", Personal.NAME, []),
        ("电话：82310150、82310151，又打82310177", Personal.PHONE, ["82310150", "82310151", "82310177"]),
        ("1005户主加建", Personal.ADDRESS, ["1005"]),
        ("学校有一栋家属楼", Personal.ADDRESS, []),
        ("台胞证06831177", Personal.PASSPORT, ["06831177"]),
        ("父亲去年得了膀胱癌", Personal.HEALTH, ["膀胱癌"]),
        ("本人为初三学生", Personal.MINOR, ["初三学生"]),
    ],
)
def test_what_was_learned_from_reading_letters(text: str, kind: Personal, expected: list[str]) -> None:
    assert found(text, kind) == expected
