"""Words of subjects that advertisers of unlawful things use (垃圾邮件用词), as they read after folding."""

from __future__ import annotations

from typing import Final

# One of these is enough: nobody writes them to his office or neighbour as a subject.
CERTAIN_WORDS: Final = (
    "代开发票", "发票代开", "代开增值税", "六合彩", "时时彩", "真人百家乐", "澳门赌场", "网上赌场", "线上博彩",
    "高仿名表", "迷药", "催情", "窃听器", "办证刻章", "刻章办证", "代办文凭", "代考包过", "无抵押贷款", "刷单兼职",
    "刷信誉", "您已中奖", "恭喜中奖", "viagra", "cialis", "onlinecasino", "youhavewon",
)  # fmt: skip
# Two of these together.
LIKELY_WORDS: Final = (
    "发票", "代开", "贷款", "低息", "中奖", "大奖", "彩票", "博彩", "赌", "返利", "兼职", "日赚", "日结", "加微信",
    "加qq", "免费领取", "限时", "特价", "优惠", "促销", "群发", "推广", "培训班", "总裁班", "退税", "积分兑换",
    "账户异常", "密码过期", "邮箱升级", "邮箱容量", "立即验证", "停用通知", "winner", "lottery", "casino", "bitcoin",
    "crypto", "loan", "investment", "urgent", "verifyyouraccount", "passwordexpires",
)  # fmt: skip
