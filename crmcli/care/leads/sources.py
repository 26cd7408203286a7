"""Where leads come from: the known sources, under every word that people write for them; any other text is its own."""

from crmcli.fields.words import words
from crmcli.values import clean_text
from crmcli.values.text import fold

SOURCES = ("partner", "association", "expo", "salon", "site", "community", "content", "referral")

_WORDS = words(
    SOURCES,
    partner="渠道 渠道商 渠道伙伴 渠道合作 合作伙伴 合作渠道 代理 代理商 经销商 channel reseller",
    association="协会 行业协会 商会 行业商会 联合会",
    expo="展会 展览 展览会 博览会 行业展会 fair trade_fair tradefair trade_show exhibition",
    salon="沙龙 沙龙活动 研讨会 讲座 seminar workshop",
    site="官网 网站 公司网站 网页 网站留言 website web homepage landing_page",
    community="社群 社区 微信群 社群运营 论坛 forum group",
    content="内容 内容营销 公众号 文章 短视频 直播 自媒体 blog article content_marketing",
    referral="转介绍 推荐 介绍 老客户推荐 老客户介绍 客户推荐 客户转介绍 朋友介绍 referred word_of_mouth",
)
_FOLDED = {fold(word).casefold(): source for word, source in _WORDS.items()}


def known(text: str | None) -> str | None:
    """The source that `text` stands for, else the cleaned text itself; None where it says nothing."""
    cleaned = clean_text(text or "")
    return _FOLDED.get(fold(cleaned).casefold(), cleaned or None)
