"""Rules in words."""

import pytest

from crmcli import i18n
from crmcli.grading.wording import fact_words, in_words
from crmcli.policy import facts, schema


def said(rule: str) -> str:
    policy, _problems = schema.load(schema.preset("standard"))
    assert policy is not None
    return in_words(facts.rule(rule), policy)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("true", "everybody else"),
        ("amount_12m >= 500_000", "amount of 12 months at least 500,000"),
        ("orders_change <= -30%", "change of the orders from 3 months to the next at most -30%"),
        ("renewal_rate > 0.925", "share of contracts renewed above 92.5%"),
        ("1 <= orders_12m < 5", "orders in 12 months at least 1 and orders in 12 months below 5"),
        ("since < '2024-01-01'", "the start of the cooperation before 2024-01-01"),
        ("days_since(first_order_on) <= 90", "days since the first order at most 90"),
        ("days_to(contract_ends_on) < 30", "days to the end of the contract below 30"),
        ("missing(last_contact_on)", "the last contact not known"),
        ("region in ['华东', '华南']", "region is one of 华东, 华南"),
        ("stage not in ['lost']", "stage is none of lost"),
        ("kind == 'company' and not tag('risk', 'churn-risk')", "kind is company and not: tagged risk: Churn risk"),
        ("tag('need')", "tagged customer need"),
        ("top(amount_12m, 12.5)", "among the 12.5% of customers with the highest amount of 12 months"),
        ("bottom(rfm, 20)", "among the 20% of customers with the lowest RFM score"),
        ("r == 5 and (f == 5 or m != 1)",
         "recency score (1-5) is 5 and (frequency score (1-5) is 5 or money score (1-5) is not 1)"),
        ("amount_3m > amount_12m / 4 + 100", "amount of 3 months above ((amount of 12 months / 4) + 100)"),
        ("not (f > 2 and m > 2)", "not: (frequency score (1-5) above 2 and money score (1-5) above 2)"),
    ],
)  # fmt: skip
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert said(rule) == words


def test_every_fact_has_words() -> None:
    assert fact_words().keys() == facts.FACTS.keys()


def test_a_tag_is_called_by_its_label_in_the_language_spoken() -> None:
    i18n.choose("zh")
    assert "流失风险" in said("tag('risk', 'churn-risk')")
