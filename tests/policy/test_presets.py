"""The shipped policies: each loads, passes its own examples, and says where its numbers are from."""

import json
import re
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from crmcli.errors import NotFound
from crmcli.policy import facts, schema, testing
from crmcli.policy.definitions import Reward
from crmcli.policy.rules import to_sql

REQUIREMENTS = Path(__file__).parents[2] / "docs" / "requirements.md"
EACH = pytest.mark.parametrize("name", schema.presets())
PLANS = {f"plan-{number}": f"plan {number}" for number in range(5)}


def calculated(sql: str, params: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(sql, params)]
    connection.close()
    return found


def loaded(name: str) -> schema.Policy:
    policy, problems = schema.load(schema.preset(name))
    assert problems == [] and policy is not None
    return policy


def test_there_is_one_for_each_plan() -> None:
    assert schema.presets() == ["standard", "plan-0", "plan-1", "plan-2", "plan-3", "plan-4", "retail"]


@EACH
def test_it_loads(name: str) -> None:
    policy = loaded(name)
    assert policy.name == name
    assert json.loads(json.dumps(schema.digest(policy))) == schema.digest(policy)
    assert frozenset().union(*(tier.when.facts for tier in policy.tiers)) <= set(facts.FACTS)
    assert policy.review is not None and policy.clocks and policy.completeness


@EACH
def test_its_examples_come_out_as_they_say(name: str) -> None:
    policy = loaded(name)
    outcomes = testing.run(policy, calculated)
    assert [outcome.why for outcome in outcomes] == [""] * len(outcomes)
    assert {outcome.tier for outcome in outcomes} - {""} == {tier.key for tier in policy.tiers}


@EACH
def test_people_read_it_in_both_languages(name: str) -> None:
    policy = loaded(name)
    labels = [tag.label for tag in policy.tags] + [tier.label for tier in policy.tiers]
    labels += [occasion.label for occasion in policy.occasions] + [playbook.label for playbook in policy.playbooks]
    labels += [grade.label for grade in policy.lead_grades] + [signal.label for signal in policy.signals]
    touches = [touch for tier in policy.tiers for touch in tier.touches]
    labels += [words for touch in touches for words in (touch.label, touch.action)]
    labels += [step.action for playbook in policy.playbooks for step in playbook.steps]
    labels += [occasion.action for occasion in policy.occasions] + [day.action for day in policy.festivals]
    assert all(label.en and label.zh and label.en != label.zh for label in labels)


@EACH
def test_every_number_stands_under_a_comment_that_says_where_it_is_from(name: str) -> None:
    """The comment above a section, or the one above a run of them, names a requirement or says that it is ours."""
    for comment, code in sourced(schema.preset(name)):
        assert re.search(r"\bR\d|\b[Oo]urs\b", comment), (comment, code)


@EACH
def test_it_speaks_to_an_outsider(name: str) -> None:
    text = schema.preset(name)
    head, _, rest = text.partition("\nname = ")
    example = re.search(r'\n# "(R\d+)" and the like are requirements that the plans make: docs/requirements.md', head)
    assert example and f"{example[1]})" in rest
    listed = re.findall(r"^\| (R\d+) \|", REQUIREMENTS.read_text("utf-8"), re.MULTILINE)
    assert {*re.findall(r"\bR\d+", text)} <= {*listed}
    assert not re.search(r"\b[PN]\d", text)
    if name in PLANS:
        assert set(re.findall(r"plan \d", text.lower())) >= {PLANS[name]}


def sourced(text: str) -> Iterator[tuple[str, str]]:
    """Each line with a number (a name, a version or a list of hours aside), with the comments it stands under."""
    comment, heading, fresh = "", "", False
    for line in text.partition("\nphone_region")[2].splitlines():
        stripped = line.strip()
        if stripped.startswith("# ---- Examples"):
            return
        if stripped.startswith("# ----"):
            heading, comment = stripped, ""
        elif stripped.startswith("#"):
            comment = f"{comment} {stripped}" if fresh else stripped
        elif re.search(r"\d", re.sub(r"zh = \"[^\"]*\"|key = \"[^\"]*\"|event = \"[^\"]*\"|_\d+m", "", stripped)):
            yield f"{heading} {comment} {stripped}", stripped
        fresh = stripped.startswith("#")


def test_the_names_of_presets_are_no_paths() -> None:
    with pytest.raises(NotFound) as raised:
        schema.preset("../standard")
    assert raised.value.hint == "there are: standard, plan-0, plan-1, plan-2, plan-3, plan-4, retail"


def test_the_plans_figures() -> None:
    """The figures as the plans have them, read from what was loaded."""
    rules = {
        ("plan-0", "high"): "amount_12m >= 500_000 and (renewal_rate >= 90% or missing(renewal_rate))"
        " and major_complaints_12m == 0",
        ("plan-3", "core"): "top(amount_12m, 20)",
        ("retail", "core"): "top(amount_12m, 20)",
        ("plan-3", "potential"): "amount_12m > 0 and not bottom(amount_12m, 20)",
    }
    for (name, key), rule in rules.items():
        tier = loaded(name).tier(key)
        assert tier is not None and tier.when.text == rule
    every = {
        (name, tier.key, touch.key): str(touch.every)
        for name in ("plan-0", "plan-3")
        for tier in loaded(name).tiers
        for touch in tier.touches
    }
    assert every["plan-0", "high", "deep-talk"] == "1 month"
    assert every["plan-0", "mid", "follow-up"] == "2 weeks"
    assert every["plan-0", "mid", "update"] == "3 months"
    assert every["plan-0", "low", "news"] == "1 month"
    assert every["plan-0", "low", "survey"] == "6 months"
    assert every["plan-3", "core", "follow-up"] == "1 month"
    major, rest = loaded("plan-0").clocks
    assert (str(major.resolve), str(rest.respond), str(rest.revisit)) == ("48 hours", "24 hours", "3 days")
    assert str(loaded("plan-1").clocks[0].respond) == "4 hours"
    assert [str(clock.respond) for clock in loaded("plan-3").clocks] == ["1 hour", "2 hours", "2 hours"]
    assert loaded("plan-1").reward == Reward(10, 5_000)
    assert loaded("plan-1").occasions[0].notice_days == 3


@pytest.mark.parametrize("name", ["standard", "plan-0"])
def test_who_is_rewarded_for_a_referral_is_who_is_tagged_for_one(name: str) -> None:
    policy = loaded(name)
    (reward,) = [on for on in policy.triggers if on.event == "referral:won"]
    (tag,) = [tag for tag in policy.tags if tag.dimension == "referral"]
    assert reward.when is not None and tag.when is not None
    assert tag.when.text == f"referrals_won >= 1 and {reward.when.text}"


@pytest.mark.parametrize("name", ["standard", "plan-4"])
def test_a_crisis_starts_one_list_whatever_the_tier(name: str) -> None:
    policy = loaded(name)
    rules = [on.when.text for on in policy.triggers if on.event == "case:crisis" and on.when]
    for tier in [*(tier.key for tier in policy.tiers), None]:
        sql = " + ".join(f"({to_sql(facts.rule(rule))})" for rule in rules)
        (row,) = calculated(f"WITH facts AS (SELECT :tier AS tier) SELECT {sql} AS number FROM facts", {"tier": tier})
        assert row["number"] == 1
    repeats = {playbook.key: str(playbook.repeat) for playbook in loaded("plan-0").playbooks if playbook.repeat}
    assert repeats == {"lead-b": "1 week"}


def test_targets_that_are_commented_out_load_when_they_are_not() -> None:
    for name in schema.presets():
        text = schema.preset(name)
        blocks = re.findall(r"(?m)^# (\[\[target\]\]|kpi = .*|baseline = .*|target = .*|by = .*)$", text)
        policy, problems = schema.load(text + "\n" + "\n".join(blocks))
        assert problems == [] and policy is not None
        assert len(policy.targets) == text.count("# [[target]]")


@EACH
def test_the_file_is_plain_toml(name: str) -> None:
    assert tomllib.loads(schema.preset(name))["name"] == name
