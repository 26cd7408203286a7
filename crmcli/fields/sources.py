"""Where customers come from: the known sources, under every word that people write for them; any other is its own."""

from crmcli.fields.words import words
from crmcli.values import clean_text
from crmcli.values.text import fold

SOURCES = ("partner", "association", "expo", "salon", "site", "community", "content", "referral")

_WORDS = words(
    SOURCES,
    partner="渠道 渠道商 渠道伙伴 渠道合作 合作伙伴 合作渠道 代理 代理商 经销商 channel reseller",
    association="协会 行业协会 商会 行业商会 联合会",
    expo="展会 展览 展览会 博览会 展销会 交易会 广交会 行业展会 参展 fair trade_fair trade_show exhibition",
    salon="沙龙 沙龙活动 研讨会 讲座 seminar workshop",
    site="官网 官方网站 网站 公司网站 网页 网站留言 官网留言 网站咨询 官网咨询 website web homepage landing_page",
    community="社群 微信社群 企业微信群 社区 微信群 社群运营 论坛 forum group",
    content="内容 内容营销 公众号 微信公众号 文章 短视频 直播 自媒体 blog article content_marketing",
    referral="转介绍 推荐 介绍 老客户推荐 老客户介绍 老客户转介绍 客户推荐 客户转介绍 朋友介绍 熟人介绍 "
    "referred word_of_mouth",
)
_BETWEEN = " -_"
"""What stands between the parts of a word, or does not: trade show, trade-show, Tradeshow."""


def _key(text: str) -> str:
    return fold(text).casefold().translate(dict.fromkeys(map(ord, _BETWEEN)))


_KNOWN = {_key(word): source for word, source in _WORDS.items()}


def known(text: str | None) -> str | None:
    """The source that `text` stands for, else the cleaned text itself; None where it says nothing."""
    cleaned = clean_text(text or "")
    return _KNOWN.get(_key(cleaned), cleaned or None)


def known_sql(column: str) -> str:
    """The same as SQL over a stored text, but that it does not fold full width."""
    key = f"lower({column})"
    for sign in _BETWEEN:
        key = f"replace({key}, '{sign}', '')"
    branches = []
    for source in SOURCES:
        words = ", ".join(f"'{word}'" for word, found in _KNOWN.items() if found == source)
        branches.append(f"WHEN {key} IN ({words}) THEN '{source}'")
    return f"CASE {' '.join(branches)} ELSE NULLIF({column}, '') END"
