"""Words in rules that no fact ever is: such a rule would never hold, or always, and nobody would see."""

import json
from pathlib import Path

import pytest

from crmcli.policy import facts, schema
from crmcli.policy.rules import RuleError
from tests.conftest import Crm, Run

HEAD = 'name = "t"\ntimezone = "Asia/Shanghai"\ncurrency = "CNY"\nphone_region = "CN"\n'
TIERS = '[[tier]]\nkey = "gold"\nwhen = {rule}\n[[tier]]\nkey = "basic"\nwhen = "true"\n'


def told(rule: str) -> list[str]:
    """What is said of a tier's rule."""
    policy, problems = schema.load(HEAD + TIERS.format(rule=json.dumps(rule, ensure_ascii=False)))
    assert policy is not None
    assert {(one.code, one.where, one.line) for one in problems} <= {("word-unknown", "tier[1].when", 7)}
    return [one.reason for one in problems]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("stage == 'aktive'", "column 10: stage is never 'aktive'; did you mean 'active'?"),
        ("amount_12m > 5 and 'aktive' != stage", "column 20: stage is never 'aktive'; did you mean 'active'?"),
        ("not (stage == 'Active')", "column 15: stage is never 'Active'; did you mean 'active'?"),
        ("stage == '成交'", "column 10: stage is never '成交'; did you mean 'active'?"),
        ("kind == 'firm'", "column 9: kind is never 'firm'; there are: company, person"),
        ("consent == 'ja'", "column 12: consent is never 'ja'; there are: yes, no, unknown"),
        ("consent == '是'", "column 12: consent is never '是'; did you mean 'yes'?"),
        ("consent != ''", "column 12: consent is never ''; there are: yes, no, unknown"),
        ("stage not in ['lead', 'losst']", "column 23: stage is never 'losst'; did you mean 'lost'?"),
        ("stage == kind == 'pers'", "column 18: kind is never 'pers'; did you mean 'person'?"),
        ("tier == 'nokey'", "column 9: there is no [[tier]] 'nokey'; there are: gold, basic"),
        ("tier == ''", "column 9: tier is never ''; write missing(tier)"),
        ("owner == ''", "column 10: owner is never ''; write missing(owner)"),
        ("industry in ['', '教育']", "column 14: industry is never ''; write missing(industry)"),
    ],
)
def test_a_word_that_a_fact_never_is(rule: str, said: str) -> None:
    assert told(rule) == [said]


def test_every_slip_of_a_rule_is_told() -> None:
    rule = "stage in ['leed', 'active', 'custommer'] or kind == 'x'"
    assert [reason.partition(":")[0] for reason in told(rule)] == ["column 11", "column 29", "column 53"]


@pytest.mark.parametrize(
    "rule",
    [
        "stage == 'active' and kind in ['company', 'person'] and 'unknown' != consent",
        "tier in ['gold', 'basic'] and tier != ''",
        "owner != '' and industry not in ['']",
        "source == '展会' or source == 'a fair of our own' or region == '华东' or owner == name",
    ],
)
def test_words_that_a_fact_may_be(rule: str) -> None:
    assert told(rule) == []


EVERYWHERE = """
[[tag]]
dimension = "d"
value = "v"
when = "{slip}"
[[playbook]]
key = "p"
steps = [{{ after = "1 day", channel = "call", action = "Call" }}]
[[lead_grade]]
key = "A"
when = "need and {slip}"
[assign]
rules = [{{ when = "{slip}", role = "sales" }}]
[[clock]]
when = "case.kind == 'complaint' and {slip}"
respond = "1 hour"
[[on]]
event = "tier:basic"
playbook = "p"
when = "{slip}"
[[signal]]
key = "s"
level = "info"
when = "{slip}"
"""


@pytest.mark.parametrize("slip", ["stage == 'aktive'", "tier == 'nokey'", "owner == ''"])
def test_it_is_told_wherever_a_rule_stands(slip: str) -> None:
    text = HEAD + TIERS.format(rule=f'"{slip}"') + EVERYWHERE.format(slip=slip)
    policy, problems = schema.load(text)
    assert policy is not None
    places = ["tier[1]", "tag[1]", "lead_grade[1]", "assign.rules[1]", "clock[1]", "on[1]", "signal[1]"]
    assert [(one.where, one.code) for one in problems] == [(f"{place}.when", "word-unknown") for place in places]


def test_a_rule_that_somebody_asks_with() -> None:
    with pytest.raises(RuleError, match="stage is never 'aktive'; did you mean 'active'") as raised:
        facts.rule("amount_12m > 0 and stage == 'aktive'")
    assert raised.value.column == 29


def test_a_list_of_customers_by_such_a_rule_is_refused(crm: Crm, run: Run) -> None:
    with crm():
        pass
    done = run("list", "--where", "owner == ''")
    assert (done.code, done.stdout) == (2, "")
    assert "--where, column 10: owner is never ''; write missing(owner)" in done.stderr


def test_a_policy_that_an_earlier_version_stored_with_such_a_rule_still_works(crm: Crm, run: Run) -> None:
    """`crm policy apply` let it in force once."""
    old = schema.preset("standard").replace("tier == 'strategic'", "tier == 'strategik'", 1)
    with crm() as ws:
        ws.db.execute("UPDATE policy SET source = :source", {"source": old})
    for command in (["tier", "run", "--tags"], ["list", "--where", "amount_12m > 0"], ["policy", "test"], ["due"]):
        assert run(*command).code == 0, command


def test_a_policy_with_such_a_rule_is_not_put_in_force(crm: Crm, run: Run, tmp_path: Path) -> None:
    with crm():
        pass
    file = tmp_path / "own.toml"
    file.write_text(schema.preset("standard").replace("tier == 'strategic'", "tier == 'strategik'", 1), "utf-8")
    for command in ("plan", "apply"):
        done = run("policy", command, file)
        assert done.code == 5
        assert "there is no [[tier]] 'strategik'; did you mean 'strategic'?" in done.stdout
    assert "strategik" not in run("policy", "show").stdout
