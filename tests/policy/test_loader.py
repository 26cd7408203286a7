"""Policy files that nobody wrote with care: each is told about, none is a defect."""

import pytest

from crmcli.policy import hints, schema
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


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("by = 2026/12/31", "a date is written 2026-12-31"),
        ("extra = [2026.1.5]", "a date is written 2026-01-05"),
        ("by = 2026年12月31日", "a date is written 2026-12-31"),
        ("target = 20%", "20% is written 0.2"),
        ('x = { kpi = "nps", target = 12.5 ％ }', "12.5 ％ is written 0.125"),
        ("limit = 1,100,000", "write 1_100_000"),
        ("name = “t”", 'write "'),
        ("extra ＝ 1", "write ="),
        ("extra = True", "write true"),
        ("when = amount_12m > 5  # rich", 'a text stands in quotes: "amount_12m > 5"'),
        ("folder = C:\\new", "a text stands in quotes: 'C:\\new'"),
        ('extra = "no end', "the text that begins on this line has no closing quote"),
        ('name = "again"', "a key or table stands twice; are these two files in one?"),
        ("[calendar]", "a key or table stands twice; are these two files in one?"),
    ],
)
def test_what_is_written_otherwise_in_toml(line: str, hint: str) -> None:
    policy, (problem,) = schema.load(f"{HEAD}calendar = {{}}\n{line}\n{TIER}")
    assert policy is None
    assert (problem.code, problem.line) == ("toml-invalid", 6)
    assert problem.reason.startswith("not TOML: ") and problem.reason.endswith(f"; {hint}")


@pytest.mark.parametrize("line", ['extra = "2026/12/31 20%" again', "by = 2026/13/45", "extra = ?", "[[tier]"])
def test_what_is_meant_is_not_guessed(line: str) -> None:
    (problem,) = schema.load(f"{HEAD}{line}\n{TIER}")[1]
    assert problem.reason.endswith(")"), "the parser's own words, with its place"


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("since < 2026-01-05", "a date stands in quotes: '2026-01-05'"),
        ("2026/1/5 < since", "a date stands in quotes: '2026-01-05'"),
        ("r == 5 and (since >= 2026年1月5日)", "a date stands in quotes: '2026-01-05'"),
        ("since not in [2026-01-05]", "a date stands in quotes: '2026-01-05'"),
        ("amount_12m > 1,100,000 and r == 5", "write 1_100_000"),
        ("r == 5 AND f == 5", "write and"),
        ("r == 5 或者 f == 5", "write or"),
        ("stage NOT  IN ['active']", "write not in"),
    ],
)
def test_what_is_written_otherwise_in_a_rule(rule: str, hint: str) -> None:
    (problem,) = schema.load(f'{HEAD}[[tier]]\nkey = "a"\nwhen = "{rule}"\n{TIER}')[1]
    assert (problem.code, problem.line) == ("rule-invalid", 7)
    assert problem.reason.endswith(f"; {hint}")


@pytest.mark.parametrize("rule", ["since < 2026-13-45", "since < 90", "amount_12m > 1,00", "r == 5 unless f == 5"])
def test_what_a_rule_means_is_not_guessed(rule: str) -> None:
    (problem,) = schema.load(f'{HEAD}[[tier]]\nkey = "a"\nwhen = "{rule}"\n{TIER}')[1]
    assert problem.code == "rule-invalid" and ";" not in problem.reason


def test_a_part_of_a_percent_is_told_where_it_does_not_say_so() -> None:
    text = """
# top(amount_12m, 0.1) is no rule
when = "top(amount_12m, 0.1) or bottom( f ,0.25 )"
when = "top(amount_12m, 0.1%) or top(amount_12m, 10%) or top(amount_12m, 10.5) or top(amount_12m, 0.0)"
"""
    assert hints.of_shares(text) == [
        "line 3: top(amount_12m, 0.1) means 0.1%, not 10%; write the one that you mean, with the %",
        "line 3: bottom( f ,0.25 ) means 0.25%, not 25%; write the one that you mean, with the %",
    ]
