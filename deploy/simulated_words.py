"""What a simulated citizen writes (模拟来信): a sample letter of the city in his own frame of words.

The matter and its office come from the city's samples; where, since when, how often and what was tried before come
from here. Names of persons are made up of common surnames and given names.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余"
    "于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN: Final = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建华国红梅鹏飞宇婷雪琳佳慧"
    "晨浩然子轩欣怡梓涵志远春燕海燕晓东立新永康家乐思源瑞阳雅琴德胜金凤玉珍少峰云鹤一"
    "鸣可心"
)
OPENINGS: Final = (
    "您好！",
    "市长您好，",
    "尊敬的领导：",
    "各位领导好，",
    "工作人员您好，",
    "",
    "想向信箱反映一个情况。",
    "第一次写信，打扰了。",
)
WHERE: Final = (
    "我住在{place}{number}号，",
    "我是{place}附近的居民，",
    "我家在{place}{unit}单元，",
    "我在{place}上班，",
    "我每天送孩子经过{place}，",
    "我在{place}租房已经{many}年，",
    "我父母住在{place}{number}号，",
    "我在{place}开了一家{shop}，",
)
SHOPS: Final = (
    "早餐店",
    "理发店",
    "水果店",
    "五金店",
    "小超市",
    "文具店",
    "修车铺",
    "药店",
    "裁缝铺",
    "花店",
    "书店",
    "茶馆",
    "宠物店",
    "打印店",
    "干洗店",
    "面馆",
)
SINCE: Final = (
    "这件事从{month}月份开始，",
    "前后已经{many}个多月了，",
    "上个星期三又发生了一次，",
    "最近{many}天尤其明显，",
    "去年{month}月就有过类似情况，",
    "从搬来到现在一直如此，",
)
TRIED: Final = (
    "打过{many}次电话没有结果。",
    "问过社区，说不归他们管。",
    "物业登记以后没有下文。",
    "邻居们也都有同样的意见。",
    "网上查不到明确的说法。",
    "之前没有向别的部门反映过。",
    "现场照片我都留着，需要可以提供。",
    "楼上的老人为此已经{many}晚没有睡好。",
    "和对方沟通过{many}回，谈不拢。",
    "孩子上学、老人看病都受影响。",
)
CLOSINGS: Final = (
    "盼复，谢谢。",
    "请尽快处理。",
    "希望能给个准话。",
    "恳请派人到现场看一看。",
    "辛苦了！",
    "请告知办理进度。",
    "方便的时间是周末和晚上七点以后。",
    "",
)
AGAIN: Final = ("再次反映：", "第二次写信：", "仍未解决：", "追问：")


def person_name(dice: random.Random) -> str:
    """Return a made-up name of two or three characters."""
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2))))


def words(subject: str, body: str, place: str, places: Sequence[str], dice: random.Random) -> tuple[str, str, str]:
    """Return subject, text and place of a letter about the sample's matter; half of them happen elsewhere."""
    where = place if place and dice.random() < 0.5 else dice.choice(places)
    known = {
        "place": where,
        "number": dice.randint(1, 399),
        "unit": dice.randint(1, 12),
        "many": dice.randint(2, 19),
        "month": dice.randint(1, 12),
        "shop": dice.choice(SHOPS),
    }
    parts = [dice.choice(OPENINGS), dice.choice(WHERE), "\x00", dice.choice(SINCE), dice.choice(TRIED)]
    text = "".join((*parts, dice.choice(CLOSINGS))).format(**known).replace("\x00", body)
    return (f"{where}：{subject}" if dice.random() < 0.4 else subject)[:100], text, where
