"""Gifts and greetings in a policy: what they may name is checked when it loads."""

import pytest

from crmcli.policy import schema
from crmcli.policy.definitions import FestivalGreeting, Occasion
from crmcli.policy.sections.greetings import OF_FESTIVALS, OF_OCCASIONS
from crmcli.values.placeholders import placeholders
from tests.policy.test_schema import BASIC, HEAD, only

BIRTHDAY = '[[occasion]]\nkind = "birthday"\nnotice = "3 days"\n'
FESTIVAL = '[[festival]]\nkey = "spring-festival"\nnotice = "3 days"\n'
WHOLE = HEAD + BASIC


def test_an_unknown_placeholder_is_told_with_the_nearest() -> None:
    line, where, code, reason = only(WHOLE + BIRTHDAY + 'greeting = { en = "Dear {contct}", zh = "{contact}" }\n')
    assert (line, where, code) == (11, "occasion[1].greeting", "name-unknown")
    assert reason == "unknown name 'contct'; did you mean 'contact'?"


@pytest.mark.parametrize(
    ("section", "text", "code"),
    [
        (BIRTHDAY, "{years}", "name-unknown"),
        (BIRTHDAY, "{festival}", "name-unknown"),
        (FESTIVAL, "{since}", "name-unknown"),
        (BIRTHDAY, "{contact.name}", "name-unknown"),
        (BIRTHDAY, "{contact", "value-invalid"),
        (BIRTHDAY, "{% for x in y %}", "name-unknown"),
        (BIRTHDAY, "{{ contact }}", "value-invalid"),
        (FESTIVAL, "{company}", "key-missing"),
        (BIRTHDAY, "a" * 2001, "value-invalid"),
        (BIRTHDAY, "a\\u0007", "value-invalid"),
    ],
)
@pytest.mark.parametrize("key", ["gift", "greeting"])
def test_what_cannot_be_filled_in_is_a_problem(key: str, section: str, text: str, code: str) -> None:
    assert only(f'{WHOLE}{section}{key} = "{text}"\n')[2] == code


def test_a_text_may_have_lines_and_name_the_company() -> None:
    text = f'company = "云帆科技"\n{WHOLE}{FESTIVAL}greeting = """\n{{contact}}:\n{{festival}} {{company}}"""\n'
    policy, problems = schema.load(text)
    assert problems == [] and policy is not None
    assert policy.festivals[0].greeting.en == "{contact}:\n{festival} {company}"
    assert schema.digest(policy)["greetings"]["company"] == "云帆科技"


def test_benefits_are_texts_or_words() -> None:
    policy, problems = schema.load(HEAD + BASIC + 'benefits = ["专属客户经理", { en = "points", zh = "积分" }]\n')
    assert problems == [] and policy is not None
    assert schema.digest(policy)["greetings"]["benefits"] == {
        "basic": [{"en": "专属客户经理", "zh": "专属客户经理"}, {"en": "points", "zh": "积分"}]
    }
    assert only(HEAD + BASIC + 'benefits = [{ en = "points", fr = "points" }]\n')[2] == "key-unknown"


@pytest.mark.parametrize("name", schema.presets())
def test_the_presets_have_both_languages_of_every_text(name: str) -> None:
    policy, problems = schema.load(schema.preset(name))
    assert problems == [] and policy is not None
    rules: list[Occasion | FestivalGreeting] = [*policy.occasions, *policy.festivals]
    for rule in rules:
        for words in (rule.gift, rule.greeting):
            assert bool(words.en) == bool(words.zh)
            assert set(placeholders(words.en)) <= {*OF_FESTIVALS, *OF_OCCASIONS["anniversary"]}
    greeted = {rule.key for rule in rules if rule.greeting.en}
    assert greeted == {rule.key for rule in rules} - {"renewal"}
    assert all(benefit.en != benefit.zh for tier in policy.tiers for benefit in tier.benefits)


def test_the_standard_policy_has_every_greeting_that_the_plans_ask_for() -> None:
    policy, _problems = schema.load(schema.preset("standard"))
    assert policy is not None
    school = next(festival for festival in policy.festivals if festival.key == "09-01")
    assert "开学助力" in school.greeting.zh
    assert {occasion.kind for occasion in policy.occasions if occasion.gift.zh} == {"birthday", "anniversary"}
    assert {"spring-festival", "mid-autumn"} <= {festival.key for festival in policy.festivals if festival.gift.zh}
