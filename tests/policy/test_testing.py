"""The examples that a policy carries: what they say is read, and they come out as the rules have it."""

import pytest

from crmcli.policy import schema, testing
from tests.policy.test_presets import calculated

POLICY = """name = "t"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
[[tag]]
dimension = "value"
value = "high"
when = "top(amount_12m, 10)"
[[tag]]
dimension = "value"
value = "low"
when = "bottom(amount_12m, 20)"
[[tag]]
dimension = "need"
value = "service"
[[tag]]
dimension = "age"
value = "new"
when = "days_since(first_order_on) <= 90"
[[tag]]
dimension = "trade"
value = "school"
when = "field('行业') == '教育'"
[[tier]]
key = "rich"
when = "amount_12m >= 500_000 or (tag('value', 'high') and tag('need', 'service'))"
[[tier]]
key = "odd"
when = "amount_3m / orders_3m > 10 and not missing(region)"
[[tier]]
key = "rest"
when = "true"
"""
HEAD_LINES = POLICY.count("\n")


def outcome(test: str) -> testing.TestOutcome:
    policy, problems = schema.load(f"{POLICY}[[test]]\n{test}\n")
    assert problems == [] and policy is not None
    (found,) = testing.run(policy, calculated)
    return found


@pytest.mark.parametrize(
    ("test", "tier"),
    [
        ('tier = "rich"\nfacts = { amount_12m = 500_000 }', "rich"),
        ('tier = "rich"\nfacts = { amount_12m = 499_999.99, orders_12m = 3 }\nrank = { amount_12m = 50 }', "rest"),
        ('tier = "odd"\nfacts = { amount_3m = 30.5, orders_3m = 3, region = "华东" }', "odd"),
        # Whatever is divided by zero is missing, and no comparison with it is true.
        ('tier = "rest"\nfacts = { amount_3m = 30, orders_3m = 0, region = "华东" }', "rest"),
        ('tier = "rest"\nfacts = { amount_3m = 31, orders_3m = 3 }', "rest"),
        # The tag by rule and the one by hand, both in the rule of a tier.
        ('tier = "rich"\nfacts = { amount_12m = 7 }\nrank = { amount_12m = 10 }\nby_hand = ["need:service"]', "rich"),
        ('tier = "rich"\nfacts = {}\nby_hand = ["value:high", "need:service"]', "rich"),
    ],
)
def test_tiers(test: str, tier: str) -> None:
    found = outcome(test)
    assert found.actual_tier == tier
    assert found.passed == (found.tier == tier)
    assert found.why == ("" if found.passed else f"tier: {tier}, not {found.tier}")


@pytest.mark.parametrize(("place", "value"), [(1, "high"), (10, "high"), (11, ""), (80, ""), (81, "low"), (100, "low")])
def test_a_place_among_a_hundred_is_what_top_and_bottom_make_of_it(place: int, value: str) -> None:
    found = outcome(f'tier = "rest"\nfacts = {{ amount_12m = 40.5 }}\nrank = {{ amount_12m = {place} }}')
    assert dict(found.actual_tags).get("value", "") == value


def test_a_missing_fact_is_never_top_and_always_bottom() -> None:
    assert outcome('tags = ["value:low"]\nfacts = {}').passed
    assert outcome('tags = ["value:low"]\nfacts = { amount_12m = 0 }\nrank = { amount_12m = 1 }').why == (
        "value: (none), not low"
    )


def test_an_answer_that_hangs_on_a_rank_that_is_not_stated_is_no_answer() -> None:
    found = outcome('tags = ["value:high"]\nfacts = { amount_12m = 9 }')
    assert found.why == "not certain: a rule ranks by amount_12m; state its rank = { amount_12m = 1…100 }"
    # Through a tag, too.
    found = outcome('tier = "rest"\nfacts = { amount_12m = 9 }\nby_hand = ["need:service"]')
    assert (found.passed, found.actual_tier) == (False, "")
    # But not where the answer is the same either way, or nobody asks.
    assert outcome('tier = "rest"\nfacts = { amount_12m = 9 }').passed
    assert outcome('tier = "rich"\nfacts = { amount_12m = 500_000 }').passed
    assert outcome('tags = ["need:service"]\nfacts = { amount_12m = 9 }\nby_hand = ["need:service"]').passed


def test_days_count_from_the_day_of_the_test() -> None:
    test = 'tags = ["age:new"]\nfacts = { first_order_on = 2026-03-01 }\ntoday = '
    assert outcome(f"{test}2026-05-30").passed
    assert outcome(f"{test}2026-05-31").why == "age: (none), not new"


def test_a_field_of_the_company_s_own() -> None:
    assert outcome('tags = ["trade:school"]\nfacts = {}\nfields = { "行业" = "教育" }').passed
    assert not outcome('tags = ["trade:school"]\nfacts = {}\nfields = { "行业" = "\' OR 1=1 --" }').passed


def test_a_tag_by_hand_wins_over_the_rules() -> None:
    test = 'facts = { amount_12m = 1 }\nrank = { amount_12m = 1 }\nby_hand = ["value:low"]'
    assert outcome(f'{test}\ntags = ["value:low"]').passed


def test_a_tag_that_must_not_be_given() -> None:
    assert outcome('facts = {}\nnot_tags = ["value:high", "trade:school"]').passed
    found = outcome('facts = {}\nnot_tags = ["value:high", "value:low"]')
    assert (found.why, found.not_tags) == ("value: low, which it must not be", (("value", "high"), ("value", "low")))
    # By hand, in a dimension of one's own, too.
    assert not outcome('facts = {}\nby_hand = ["colour:red"]\nnot_tags = ["colour:red"]').passed
    # An answer that hangs on a rank is none.
    assert outcome('facts = { amount_12m = 9 }\nnot_tags = ["value:high"]').why.startswith("not certain")


def test_a_tag_that_there_is_not_would_be_absent_for_ever() -> None:
    assert outcome('facts = {}\nnot_tags = ["trade:scool"]').why == (
        "the policy has no trade:scool; did you mean 'trade:school'?"
    )


@pytest.mark.parametrize(
    ("test", "where", "code"),
    [
        ('tier = "rich"', "facts", "key-missing"),
        ("facts = {}", "tier", "key-missing"),
        ('facts = { amout_12m = 1 }\ntier = "rich"', "facts.amout_12m", "name-unknown"),
        ('facts = { amount_12m = "1" }\ntier = "rich"', "facts.amount_12m", "type-wrong"),
        ('facts = { amount_12m = inf }\ntier = "rich"', "facts.amount_12m", "type-wrong"),
        ('facts = { region = 1 }\ntier = "rich"', "facts.region", "type-wrong"),
        ('facts = { since = "2026-01-01" }\ntier = "rich"', "facts.since", "type-wrong"),
        ('facts = { since = 2026-01-01 }\ntier = "rich"', "today", "key-missing"),
        ('facts = {}\ntags = ["value"]', "tags", "value-invalid"),
        ('facts = {}\ntags = ["value:high", "value:low"]', "tags", "name-twice"),
        ('facts = {}\ntags = [":high"]', "tags", "value-invalid"),
        ('facts = {}\nnot_tags = ["value:"]', "not_tags", "value-invalid"),
        ('facts = {}\nnot_tags = ["value:low", "value:low"]', "not_tags", "name-twice"),
        ('facts = {}\ntags = ["value:low"]\nnot_tags = ["value:low"]', "not_tags", "value-invalid"),
        ('facts = {}\ntier = "rich"\nrank = { amount_12m = 1 }', "rank.amount_12m", "key-missing"),
        ('facts = { amount_12m = 1 }\ntier = "rich"\nrank = { amount_12m = 0 }', "rank.amount_12m", "value-invalid"),
        ('facts = { amount_12m = 1 }\ntier = "rich"\nrank = { amount_12m = 1.5 }', "rank.amount_12m", "value-invalid"),
        ('facts = { region = "x" }\ntier = "rich"\nrank = { region = 1 }', "rank.region", "type-wrong"),
        ('facts = {}\ntier = "rich"\nfield = {}', "field", "key-unknown"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(test: str, where: str, code: str) -> None:
    policy, problems = schema.load(f"{POLICY}[[test]]\n{test}\n")
    assert policy is None
    assert [(problem.where, problem.code) for problem in problems] == [(f"test[1].{where}", code)]
    assert problems[0].line > HEAD_LINES


def test_a_rank_without_its_value_is_told_how_to_mend() -> None:
    _policy, problems = schema.load(f'{POLICY}[[test]]\nfacts = {{}}\ntier = "rich"\nrank = {{ amount_12m = 1 }}\n')
    assert [problem.reason for problem in problems] == [
        "a rank goes with a value: add amount_12m = … to the facts of this test"
    ]


def test_a_tier_or_tag_that_is_no_more_is_told_and_the_policy_loads() -> None:
    assert (
        outcome('facts = {}\ntier = "rist"').why == "tier: rest, not rist; the policy has no rist; did you mean 'rest'?"
    )
    found = outcome('facts = {}\ntags = ["trade:scool"]')
    assert found.why == "trade: (none), not scool; the policy has no trade:scool; did you mean 'trade:school'?"


def test_the_outcomes_come_in_the_order_of_the_file() -> None:
    text = f'{POLICY}[[test]]\nname = "one"\nfacts = {{}}\ntier = "rest"\n[[test]]\nfacts = {{}}\ntier = "odd"\n'
    policy, _problems = schema.load(text)
    assert policy is not None
    found = testing.run(policy, calculated)
    assert [(one.number, one.name, one.passed) for one in found] == [(1, "one", True), (2, "", False)]
