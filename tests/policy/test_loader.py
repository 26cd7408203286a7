"""Policy files that nobody wrote with care: each is told about, none is a defect."""

import pytest

from crmcli.policy import schema
from crmcli.policy.facts import rule
from crmcli.policy.rules import RuleError

HEAD = 'name = "t"\ntimezone = "Asia/Shanghai"\ncurrency = "CNY"\nphone_region = "CN"\n'
TIER = '[[tier]]\nkey = "basic"\nwhen = "true"\n'


@pytest.mark.parametrize(
    "number",
    ["9" * 5000, "1e" + "9" * 5000, "1e999", "1e-99999999999999999999", "0." + "1" * 500, "-1_0e1_000"],
)
def test_a_number_that_cannot_be_written_out(number: str) -> None:
    policy, problems = schema.load(f"{HEAD}{TIER}[duplicates]\ncertain = {number}\n")
    assert policy is None
    assert [(one.code, one.reason, one.line) for one in problems] == [
        ("toml-invalid", "not TOML: a number has too many digits", 9)
    ]


def test_what_is_no_number_is_no_defect_either() -> None:
    for value in ("inf", "-inf", "nan", "1e60"):
        policy, problems = schema.load(f"{HEAD}{TIER}[duplicates]\ncertain = {value}\n")
        assert policy is None
        assert [one.where for one in problems] == ["duplicates.certain"]


@pytest.mark.parametrize("text", ["x = " + "[" * 20_000, "x = " + "{a=" * 5_000])
def test_what_is_nested_too_deeply(text: str) -> None:
    assert [one.reason for one in schema.load(text)[1]] == ["not TOML: nested too deeply"]


@pytest.mark.parametrize("escape", ["\\u001b", "\\u0007", "\\u009b", "\\u007f", "\\u2028", "\\u202e", "\\u2066"])
def test_what_a_reviewer_cannot_see_is_in_no_name(escape: str) -> None:
    text = f'{HEAD}[[tier]]\nkey = "basic"\nlabel = {{ en = "a{escape}b" }}\nbenefits = ["{escape}"]\nwhen = "true"\n'
    problems = schema.load(text)[1]
    assert {one.where for one in problems} == {"tier[1].label.en", "tier[1].benefits"}
    assert {one.reason for one in problems} == {"has a line break or control character"}


def test_the_marks_of_emoji_and_of_other_scripts_are_seen() -> None:
    label = "家人 👨‍👩‍👧 نمط"
    policy, problems = schema.load(f'{HEAD}[[tier]]\nkey = "basic"\nlabel = {{ en = "{label}" }}\nwhen = "true"\n')
    assert problems == [] and policy is not None
    assert policy.tiers[0].label.en == label


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("amount_12m ＞ 5", ">"), ("amount_12m ≥ 5", ">="), ("amount_12m ≠ 5", "!="), ("top(amount_12m、5)", ","),
        ("amount_12m × 2 > 1", "*"), ("amount_12m > 30％", "%"), ("code in 【‘a’】", "["),
    ],
)  # fmt: skip
def test_the_signs_of_a_chinese_keyboard_are_told_apart(text: str, hint: str) -> None:
    with pytest.raises(RuleError) as caught:
        rule(text)
    assert caught.value.message.endswith(f": write {hint}")
