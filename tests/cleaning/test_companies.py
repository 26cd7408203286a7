"""A company's name in its parts, however it was typed."""

import pytest

from crmcli.cleaning.duplicates.companies import company_name, simplified, trades_said


@pytest.mark.parametrize(
    ("text", "core", "place", "trade"),
    [
        ("杭州云栖客网络科技有限公司", "云栖客", "杭州", "网络科技"),
        ("云栖客（杭州）网络科技有限公司", "云栖客", "杭州", "网络科技"),
        ("(杭州)云栖客网络科技有限公司", "云栖客", "杭州", "网络科技"),
        ("浙江省杭州市云栖客网络科技有限责任公司", "云栖客", "杭州", "网络科技"),
        ("云栖客网络科技", "云栖客", "", "网络科技"),
        ("云栖客", "云栖客", "", ""),
        ("雲棲客網絡科技有限公司", "云栖客", "", "网络科技"),
        ("云栖客  网络科技 有限公司\u200b", "云栖客", "", "网络科技"),
        ("云栖客网络科技有限公司公司", "云栖客", "", "网络科技"),
        ("云栖客网络科技有限公", "云栖客", "", "网络科技"),
        ("云栖客网络科技LTD", "云栖客", "", "网络科技"),
        ("云栖客网络科技有限公司（老客户，勿动）", "云栖客", "", "网络科技"),
        ("云栖客五金商行-已成交", "云栖客", "", "五金"),
        ("云栖客（有限合伙）", "云栖客", "", ""),
        ("北京城建筑工程（上海）有限公司", "北京城", "上海", "建筑工程"),
        ("中国云栖客贸易集团有限公司", "云栖客", "", "贸易"),
    ],
)
def test_the_core_is_what_no_other_company_shares(text: str, core: str, place: str, trade: str) -> None:
    name = company_name(text)
    assert (name.core, name.place, name.trade) == (core, place, trade)


@pytest.mark.parametrize(
    ("text", "core", "branch"),
    [
        ("杭州云栖客商贸有限公司第二分公司", "云栖客", "第二分公司"),
        ("杭州云栖客商贸有限公司宁波分公司", "云栖客", "宁波分公司"),
        ("云栖客商贸石家庄分公司", "云栖客", "石家庄分公司"),
        ("云栖客五金经营部第一分公司", "云栖客", "第一分公司"),
        ("云栖客商贸有限公司（城西分店）", "云栖客", "城西分店"),
        ("云栖客超市有限公司3店", "云栖客超市", "3店"),
        ("云栖客商贸有限公司", "云栖客", ""),
    ],
)
def test_a_branch_is_told_apart_from_its_company(text: str, core: str, branch: str) -> None:
    name = company_name(text)
    assert (name.core, name.branch) == (core, branch)


@pytest.mark.parametrize(
    ("text", "core", "trade", "legal"),
    [
        ("Larkspur Weir Electronics GmbH", "larkspur weir", "electronics", "gmbh"),
        ("LARKSPUR WEIR ELECTRONICS, Co., Ltd.", "larkspur weir", "electronics", "co ltd"),
        ("The Larkspur & Weir", "larkspur weir", "", ""),
        ("Trading Co.", "trading", "", "co"),
    ],
)
def test_names_in_letters_lose_their_legal_form_and_trade(text: str, core: str, trade: str, legal: str) -> None:
    name = company_name(text)
    assert (name.core, name.trade, name.legal) == (core, trade, legal)


def test_a_trade_that_one_name_gives_away_is_known_in_the_others() -> None:
    assert trades_said(["云栖客(杭州)星象观测有限公司", "白鹭湾(重复)有限公司"]) == {"星象观测"}


def test_one_text_or_many_are_simplified_the_same() -> None:
    texts = ["ＡＢＣ　貿易", "第一行\n第二行", "plain"]
    assert simplified(texts) == [simplified([text])[0] for text in texts] == ["abc 贸易", "第一行 第二行", "plain"]


def test_nothing_is_left_without_a_core() -> None:
    for text in ("杭州", "有限公司", "贸易", "（杭州）", "&", "第一分公司"):
        assert company_name(text).core
