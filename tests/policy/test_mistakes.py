"""Mistakes of somebody who writes a policy with the README alone: each is told once, where it is, and what is meant."""

import gettext

import pytest

from crmcli import i18n
from crmcli.policy import hints, schema

HEAD = 'name = "t"\ntimezone = "Asia/Shanghai"\ncurrency = "CNY"\nphone_region = "CN"\n'
TIER = '[[tier]]\nkey = "basic"\nwhen = "true"\n'
TAG = '[[tag]]\ndimension = "value"\nvalue = "top"\nwhen = "amount_12m > 5"\n'
LISTS = (
    "tag", "tier", "clock", "lead_grade", "playbook", "on", "signal", "occasion", "festival", "escalation", "target",
    "test",
)  # fmt: skip


def told(text: str) -> list[tuple[int, str, str]]:
    """The line, place and words of each problem."""
    return [(one.line, one.where, one.reason) for one in schema.load(text)[1]]


# ------------------------------------------------------------------------------------------------ headings


@pytest.mark.parametrize("name", LISTS)
def test_one_bracket_where_there_are_several(name: str) -> None:
    reason = f"'{name}' needs a list of tables; write [[{name}]]"
    assert (5, name, reason) in told(f"{HEAD}[{name}]\n"), "one of them is TOML"
    twice = f"{HEAD}[{name}]\n[ {name} ]  # the second\n[[{name}]]\n[calendar]\n"
    assert told(twice) == [(5, name, reason), (6, name, reason)], "and two are not"


def test_a_tier_under_one_bracket_is_a_tier_all_the_same() -> None:
    text = f"{HEAD}{TIER}[[occasion]]\nkind = 'birthday'\nnotice = '3 days'\ntiers = ['basic']\n"
    (problem,) = told(text.replace("[[tier]]", "[tier]"))
    assert problem == (5, "tier", "'tier' needs a list of tables; write [[tier]]")


def test_under_one_bracket_in_a_section_too() -> None:
    text = f"{HEAD}{TIER}[tier.touches]\nkey = 'call'\nevery = '1 month'\nchannels = ['call']\n"
    assert told(text) == [(8, "tier[1].touches", "'touches' needs a list of tables; write [[tier.touches]]")]


def test_two_brackets_where_there_is_one() -> None:
    text = f"{HEAD}{TIER}[[review]]\nevery = '1 month'\n"
    assert told(text) == [(8, "review", "'review' needs a table; write [review]")]


def test_a_misspelt_heading_is_one_problem() -> None:
    steps = 'steps = [{ after = "1 day", channel = "call", action = "Call" }]\n'
    used = '[[on]]\nevent = "tier:basic"\nplaybook = "p"\n[[lead_grade]]\nkey = "A"\nwhen = "true"\nplaybook = "p"\n'
    text = f'{HEAD}{TIER}[[playbok]]\nkey = "p"\n{steps}{used}'
    assert told(text) == [(8, "playbok", "unknown key 'playbok'; did you mean 'playbook'?")]
    assert told(text.replace('"1 day"', '"soon"'))[1][:2] == (10, "playbok[1].steps[1].after"), "what is in it is read"


def test_an_unknown_section_is_told_where_it_stands() -> None:
    assert told(f"{HEAD}{TIER}[[x]]\na = 1\n") == [(8, "x", "unknown key 'x'")]
    assert told(f"{HEAD}{TIER}[x.y]\na = 1\n") == [(8, "x", "unknown key 'x'")]


# ------------------------------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    "name",
    [
        "Asia/Beijing", "asia/peking", "Beijing", "UTC+8", "GMT+8", "UTC+08:00", "GMT +8", "+08:00", "+8", "CST",
        "China Standard Time", "北京时间", "中国标准时间", "北京",
    ],
)  # fmt: skip
def test_what_chinas_time_is_called(name: str) -> None:
    (problem,) = told(HEAD.replace("Asia/Shanghai", name) + TIER)
    assert problem == (2, "timezone", f"there is no time zone '{name}'; did you mean 'Asia/Shanghai'?")


def test_other_time_zones_have_the_nearest_name() -> None:
    for name, meant in (("Asia/Tokio", "Asia/Tokyo"), ("Europe/Berln", "Europe/Berlin")):
        assert told(HEAD.replace("Asia/Shanghai", name) + TIER)[0][2].endswith(f"; did you mean '{meant}'?")


def test_a_tags_rule_without_a_text_is_told_and_what_is_stored_still_loads() -> None:
    policy, (problem,) = schema.load(HEAD + TAG.replace("amount_12m > 5", "") + TIER)
    assert (problem.line, problem.where, problem.reason) == (8, "tag[1].when", "'when' is empty")
    assert policy is not None and policy.tags[0].when is None


@pytest.mark.parametrize(
    ("word", "meant"), [("phone", "call"), ("拜访", "visit"), ("电话", "call"), ("Meeting", "visit"), ("vist", "visit")]
)
def test_a_channel_by_its_other_words(word: str, meant: str) -> None:
    touches = f'touches = [{{ key = "a", every = "1 month", channels = ["{word}"] }}]\n'
    assert told(HEAD + TIER + touches)[0][2] == f"unknown name '{word}'; did you mean '{meant}'?"


def test_a_kind_of_case_by_its_other_words() -> None:
    signal = '[[signal]]\nkey = "a"\nlevel = "info"\ncase = "投诉"\n'
    assert told(HEAD + TIER + signal)[0][2] == "unknown name '投诉'; did you mean 'complaint'?"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("mobile", "phone"), ('"手机"', "phone"), ('"联系人"', "contact"), ('"行业"', "industry"), ("adress", "address")],
)
def test_a_field_of_a_complete_record_by_its_heading(name: str, meant: str) -> None:
    (problem,) = told(f"{HEAD}{TIER}[completeness]\nfields = {{ {name} = 1 }}\n")
    assert problem[2].endswith(f"; did you mean '{meant}'?")


@pytest.mark.parametrize("text", ["2 reviews", "2次复核", "2 次评审"])
def test_how_long_a_drop_waits_in_either_language(text: str) -> None:
    policy, problems = schema.load(f'{HEAD}{TIER}keep_for = "{text}"\n')
    assert problems == [] and policy is not None
    assert policy.tiers[0].keep_for == 2


# ------------------------------------------------------------------------------------------------ rules


def ruled(rule: str) -> list[str]:
    return [reason for _line, _where, reason in told(f'{HEAD}[[tier]]\nkey = "a"\nwhen = """{rule}"""\n{TIER}')]


def test_every_unknown_fact_of_a_rule_is_told() -> None:
    assert ruled("amont_12m > 5 and (regon == 'East' or missing(sinse)) and zzz > 1") == [
        "column 1: unknown fact 'amont_12m'; did you mean 'amount_12m'?",
        "column 20: unknown fact 'regon'; did you mean 'region'?",
        "column 47: unknown fact 'sinse'; did you mean 'since'?",
        "column 59: unknown fact 'zzz'",
    ]


def test_what_an_unknown_fact_makes_wrong_is_not_told() -> None:
    assert ruled("zzz == 5 and top(zzy, 10)") == [
        "column 1: unknown fact 'zzz'",
    ]


def test_the_unknown_facts_of_a_case_keep_their_dots() -> None:
    clock = "[[clock]]\nwhen = \"case.knd == 'x' and case.sevrity == 'y'\"\nrespond = \"1 hour\"\n"
    assert [reason for _line, _where, reason in told(HEAD + TIER + clock)] == [
        "column 1: unknown fact 'case.knd'; did you mean 'case.kind'?",
        "column 21: unknown fact 'case.sevrity'; did you mean 'case.severity'?",
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("行业 == '教育'", "unknown fact '行业'; did you mean 'industry'?"),
        ("会员积分 > 5", "unknown fact '会员积分'"),
    ],
)
def test_a_heading_in_a_rule(rule: str, said: str) -> None:
    assert ruled(rule) == [f"column 1: {said}"]


@pytest.mark.parametrize(("number", "meant"), [("１８０", "180"), ("1８0", "180"), ("０．９", "0.9")])
def test_a_number_in_full_width_in_a_rule(number: str, meant: str) -> None:
    (reason,) = ruled(f"amount_12m > {number}")
    assert reason.endswith(f"; write {meant}")


def test_a_share_that_may_be_meant_in_percent() -> None:
    text = """
# amount_change <= -30 is no rule
when = "amount_change <= -30 or renewal_rate>=90"
when = "amount_change <= -30% or amount_change > 1.5 or orders_12m > 30 or completeness == 1"
"""
    assert hints.of_shares(text) == [
        "line 3: amount_change <= -30 means -3000%, not -30%; write the one that you mean, with the %",
        "line 3: renewal_rate>=90 means 9000%, not 90%; write the one that you mean, with the %",
    ]
    assert told(f'{HEAD}[[tier]]\nkey = "a"\nwhen = "amount_change > 3"\n{TIER}') == [], "it may be meant: no problem"


# ------------------------------------------------------------------------------------------------ TOML


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("a\u3000= 1", "a full-width space; write a plain one"),
        ("\u3000a = 1", "a full-width space; write a plain one"),
        ("a =\u30001", "a full-width space; write a plain one"),
        ('a: "s"', "write ="),
        ("a： 1", "write ="),
        ("// a comment", "a comment begins with #"),
        ("a = 1 // a comment", "a comment begins with #"),
        ("by = 30.6.2026", "a date is written 2026-06-30"),
        ("a = 0,9", "write 0.9"),
        ("a = 0，85", "write 0.85"),
        ("a = 0,900", "write 0.900"),
        ("a = １８０", "write 180"),
        ("a = 1８0", "write 180"),
        ("a = ９０％", "９０％ is written 0.9"),
    ],
)
def test_what_is_written_otherwise(line: str, hint: str) -> None:
    (problem,) = told(f"{HEAD}{line}\n{TIER}")
    assert problem[0] == 5 and problem[2].endswith(f"; {hint}")


@pytest.mark.parametrize("line", ["by = 31.6.2026", "known_years = 2026,2027", "hours = 09:00"])
def test_what_is_meant_is_not_guessed(line: str) -> None:
    (problem,) = told(f"{HEAD}{line}\n{TIER}")
    assert problem[2].endswith(")"), "the parser's own words, with its place"


class Marked(gettext.NullTranslations):
    """A catalogue in which every message stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"


@pytest.mark.parametrize(
    "line",
    [
        "?", "a", "a = ?", "a = 2026-13-45", "a = 1 b", "[a", "[[a]", ", = 1", "a = [1", "a = { b = 1", 'a = "\\x"',
        'a = """x', "a = 1\na = 2", "[b]\n[b]", "a = { b = 1, b = 2 }", 'a = "x', "a = 1 # \x01", "a = {}\n[a.b]",
    ],
)  # fmt: skip
def test_what_the_parser_says_is_said_in_the_language_of_the_program(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = told(HEAD + line)[0][2].removeprefix("not TOML: ").partition("; ")[0]
    monkeypatch.setattr(i18n, "_catalogue", Marked())
    said = told(HEAD + line)[0][2]
    assert said.startswith("<not TOML: <<")
    assert said.replace("<", "").replace(">", "").removeprefix("not TOML: ").startswith(english), "nothing else changes"
