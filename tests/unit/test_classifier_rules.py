"""The word rules, as tables of sentences that people really write."""

from __future__ import annotations

import pytest

from minxin.classifier.text import fold
from minxin.classifier.words.denunciation import denunciation
from minxin.classifier.words.kinds import KINDS, kind_chances
from minxin.classifier.words.urgency import danger
from minxin.core.judgement import Kind

URGENT = [
    "我家楼下着火了，快来救人",
    "小区三单元起火，有人被困",
    "闻到很浓的煤气味，怀疑燃气管道泄漏",
    "天然气泄漏了没人来修",
    "路灯杆漏电，刚才有个孩子触电了",
    "高压线掉落在马路上",
    "教学楼后面的围墙坍塌了，压住了人",
    "有人要跳楼，就在望海路天桥",
    "老人被困电梯两个小时",
    "我爷爷今天早上走失，八十二岁",
    "全小区停水三天了，没有人管",
    "整栋楼断电一天一夜，家里有呼吸机的病人",
    "家里暖气冰凉，孩子发烧",
    "马路中间窨井盖不见了，刚摔了一个人",
    "他扬言要砍人，已经拿了刀",
    "水库旁边山体滑坡，堵住了路",
    "主水管爆裂，水往地下车库里灌",
    "去年修的房子，现在塌方了",
    "一家三口一氧化碳中毒，正在抢救",
    "有人落水了",
    "如果再没人来就晚了，邻居家着火了，火势很大",
]

NOT_URGENT = [
    "厨房天花板漏水半年了，物业不管",
    "幸好没有发生火灾",
    "去年着火的那栋楼一直没有修",
    "楼道堆满杂物，存在火灾隐患",
    "一旦着火，后果不堪设想",
    "如果爆炸了谁负责",
    "建议多搞消防演练，预防火灾",
    "为防止煤气中毒，请加强宣传",
    "新闻里说外地又爆炸了",
    "小区经常停电，希望改造线路",
    "请问什么时候公布停水通知",
    "上个月这里有人触电，到现在还没有给说法",
    "听说隔壁县有山洪",
    "电动车飞线充电容易引发火灾",
    "请问办理居住证需要什么材料",
    "停车难，停车费太贵",
    "火车站的出租车不打表",
    "物业以停水停电相威胁逼我们交费",
    "水管渗水，墙皮脱落",
    "感谢消防员，大火已经扑灭",
    "公园的水池没有水了",
    "",
]

DENOUNCES = [
    "举报城管局王局长收受贿赂",
    "实名举报望洲区住建局局长",
    "我要举报派出所民警包庇赌场",
    "村支书李某某贪污低保款",
    "社区书记克扣救助金",
    "执法人员索要好处费才给放行",
    "城管队员暴力执法，把老人打伤了",
    "交警收了红包就放人",
    "张局长不作为，反映十次都不理",
    "镇长赵某某滥用职权，强占我家耕地",
    "法院法官徇私枉法，乱判案子",
    "举报市场监管局不作为",
    "检举村委会截留征地补偿款",
    "控告街道办弄虚作假",
    "审批科科长吃拿卡要",
    "谁给这家砂场当保护伞？",
    "环保局和砖厂勾结，检查前通风报信",
    "民政办工作人员优亲厚友，低保都给了亲戚",
    "村干部冒领危房改造补贴",
    "公务员上班时间打麻将",
    "某局领导公车私用，周末开去钓鱼",
    "举报某局长",
    "土地所所长收了开发商的回扣",
    "办案民警刑讯逼供",
    "舉報城管局王局長收受賄賂",
]

DENOUNCES_NOBODY = [
    "举报海鲜酒楼使用过期食品",
    "举报超市卖假酒，请市场监管局查处",
    "向市场监管局举报了三次，饭店还在营业",
    "举报城管局门口的烧烤摊占道",
    "举报交警大队对面的小广告",
    "物业公司经理吃回扣",
    "投诉物业不作为",
    "投诉小区物业乱收费，社区没人管",
    "希望相关部门尽快处理",
    "请公安局严厉打击诈骗公司收受贿赂的行为",
    "感谢民警拒收红包，给他点赞",
    "王局长从不收红包，是个好干部",
    "请问怎么举报公务员，打哪个电话",
    "请问举报电话是多少",
    "建议加强反腐败宣传",
    "公安局办身份证要几天",
    "有人冒充民警诈骗",
    "举报邻居违法搭建，影响派出所出警通道",
    "工作人员态度很好，服务热情",
    "街道办答复太慢",
    "老师布置作业太多",
    "举报网吧接纳未成年人",
    "骑车的人殴打交警，影响很坏",
    "举报有人在办事处旁边烧垃圾",
    "公司老板拖欠工资",
    "举报人希望有关部门保密",
    "",
]

KIND_CASES = [
    ("咨询公积金提取", "请问离职后多久可以提取公积金？需要哪些材料？", Kind.INQUIRY),
    ("投诉工地夜间施工", "凌晨两点还在打桩，噪音扰民，严重影响休息。", Kind.COMPLAINT),
    ("关于增设公交站的建议", "建议在望海路增设公交站，方便市民出行。", Kind.SUGGESTION),
    ("求助", "我是残疾人，生活困难，恳请政府帮帮我。", Kind.HELP),
    ("举报无证诊所", "有人无证行医，请查处。", Kind.REPORT),
    ("表扬城管队员", "感谢热心的城管队员帮我找回钱包，为他们点赞。", Kind.PRAISE),
]


@pytest.mark.parametrize("sentence", URGENT)
def test_present_danger_is_urgent(sentence: str) -> None:
    assert danger(fold(sentence).text)


@pytest.mark.parametrize("sentence", NOT_URGENT)
def test_denied_past_supposed_or_ordinary_trouble_is_not_urgent(sentence: str) -> None:
    assert danger(fold(sentence).text) == ()


@pytest.mark.parametrize("sentence", DENOUNCES)
def test_accusing_an_office_or_official_is_a_denunciation(sentence: str) -> None:
    assert denunciation(fold(sentence).text)


@pytest.mark.parametrize("sentence", DENOUNCES_NOBODY)
def test_accusing_anybody_else_is_no_denunciation(sentence: str) -> None:
    assert denunciation(fold(sentence).text) == []


@pytest.mark.parametrize(("subject", "body", "kind"), KIND_CASES)
def test_kind_is_told_by_its_cue_words_when_nothing_was_learnt(subject: str, body: str, kind: Kind) -> None:
    chances = kind_chances(fold(f"{subject}\n{body}").text)
    assert KINDS[chances.index(max(chances))] is kind
    assert sum(chances) == pytest.approx(1.0)


def test_danger_points_at_the_words_that_told_it() -> None:
    text = fold("请帮忙\n路边的电线掉落，很危险").text
    span = danger(text)[0]
    assert text[span.start : span.end] == "电线掉落"
    assert span.rule == "electricity"


def test_a_denial_in_one_clause_does_not_silence_the_next() -> None:
    assert danger(fold("昨天没有着火，现在燃气泄漏了").text)
