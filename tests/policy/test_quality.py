"""The policy's sections about the quality of the data."""

from datetime import date
from decimal import Decimal

import pytest

from crmcli.policy import schema
from crmcli.policy.definitions import Checks, Duplicates, Reward, Target
from crmcli.policy.quality import KPIS
from crmcli.reports.kpis import definitions

HEAD = 'name = "t"\ntimezone = "Asia/Shanghai"\ncurrency = "CNY"\nphone_region = "CN"\n'
BASIC = '[[tier]]\nkey = "basic"\nwhen = "true"\n'


def test_all_of_them() -> None:
    policy, problems = schema.load(
        HEAD
        + BASIC
        + "[completeness]\nfields = { name = 1 }\nreward = { every = 10, amount = 49.5 }\n"
        + '[[target]]\nkpi = "completeness"\ntarget = 1\nby = 2027-12-31\n'
        + '[[target]]\nkpi = "completeness"\nbaseline = 0.65\ntarget = 0.85\nby = 2026-12-31\n'
        + '[checks]\nindustries = ["制造"]\nsingle_valued = ["need"]\ncontradictions = [["a:b", "c:d"]]\n'
    )
    assert problems == []
    assert policy is not None
    assert policy.reward == Reward(10, 4950)
    assert policy.targets == (
        Target("completeness", Decimal("0.65"), Decimal("0.85"), date(2026, 12, 31)),
        Target("completeness", None, Decimal(1), date(2027, 12, 31)),
    )
    assert policy.checks == Checks(("制造",), ("need",), (("a:b", "c:d"),))


def test_without_them() -> None:
    policy, _problems = schema.load(HEAD + BASIC)
    assert policy is not None
    assert (policy.reward, policy.targets, policy.checks) == (None, (), Checks())
    assert policy.duplicates == Duplicates(Decimal("0.95"), Decimal("0.85"))


def test_a_target_can_be_set_for_every_figure_that_is_reported() -> None:
    assert {kpi.name: kpi.unit for kpi in definitions()} == KPIS
    good = {"share": 0, "hours": 4, "points": -10, "money": 90_000}
    text = "".join(f'[[target]]\nkpi = "{k}"\ntarget = {good[unit]}\nby = 2027-12-31\n' for k, unit in KPIS.items())
    policy, problems = schema.load(HEAD + BASIC + text)
    assert problems == [] and policy is not None
    assert {target.kpi for target in policy.targets} == set(KPIS)


def test_the_limits_of_duplicates_reach_the_search() -> None:
    policy, _problems = schema.load(HEAD + BASIC + "[duplicates]\ncertain = 0.99\n")
    assert policy is not None
    assert schema.digest(policy)["duplicates"] == {"certain": 0.99, "likely": 0.85}


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("[completeness]\nreward = { every = 10 }\n", "completeness.reward.amount", "key-missing"),
        ("[completeness]\nreward = { every = 1.5, amount = 1 }\n", "completeness.reward.every", "value-invalid"),
        ("[completeness]\nreward = { every = 1, amount = 0.001 }\n", "completeness.reward.amount", "value-invalid"),
        ("[completeness]\nreward = { every = 1, amount = true }\n", "completeness.reward.amount", "value-invalid"),
        ("[completeness]\nreward = { every = 1, amount = 1, per = 1 }\n", "completeness.reward.per", "key-unknown"),
        ('[[target]]\nkpi = "nsp"\ntarget = 50\nby = 2026-12-31\n', "target[1].kpi", "name-unknown"),
        ('[[target]]\nkpi = "nps"\ntarget = 101\nby = 2026-12-31\n', "target[1].target", "value-invalid"),
        ('[[target]]\nkpi = "ltv"\ntarget = 0\nby = 2026-12-31\n', "target[1].target", "value-invalid"),
        ('[[target]]\nkpi = "ltv"\ntarget = nan\nby = 2026-12-31\n', "target[1].target", "value-invalid"),
        ('[[target]]\nkpi = "ltv"\ntarget = "9"\nby = 2026-12-31\n', "target[1].target", "value-invalid"),
        ("[duplicates]\nlikely = 0\n", "duplicates.likely", "value-invalid"),
        ("[duplicates]\nlikely = 0.96\n", "duplicates.likely", "value-invalid"),
        ("[duplicates]\ncertan = 0.96\n", "duplicates.certan", "key-unknown"),
        ('[[target]]\nkpi = "completeness"\ntarget = 95\nby = 2026-12-31\n', "target[1].target", "value-invalid"),
        ('[[target]]\nkpi = "completeness"\ntarget = 0.95\nby = "2026-12-31"\n', "target[1].by", "type-wrong"),
        ('[[target]]\nkpi = "completeness"\ntarget = 0.95\n', "target[1].by", "key-missing"),
        ('[checks]\nindustries = [" "]\n', "checks.industries", "value-invalid"),
        ('[checks]\ncontradictions = ["a:b"]\n', "checks.contradictions", "type-wrong"),
        ('[checks]\ncontradictions = [["a:b", "c"]]\n', "checks.contradictions", "value-invalid"),
        ('[checks]\ncontradictions = [["a:b", "a:b"]]\n', "checks.contradictions", "value-invalid"),
        ("[checks]\nindustry = []\n", "checks.industry", "key-unknown"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, where: str, code: str) -> None:
    policy, problems = schema.load(HEAD + BASIC + text)
    assert policy is None
    assert [(problem.where, problem.code) for problem in problems] == [(where, code)]


def test_two_targets_for_one_day() -> None:
    target = '[[target]]\nkpi = "completeness"\ntarget = 0.9\nby = 2026-12-31\n'
    policy, problems = schema.load(HEAD + BASIC + target + target)
    assert policy is None
    assert [problem.code for problem in problems] == ["name-twice"]
