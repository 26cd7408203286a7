"""The policy's sections about time, cases, leads, playbooks and days: what is read of them, and what is told."""

from datetime import date
from decimal import Decimal

import pytest

from crmcli.calendars import Cadence, Duration, WorkingTime
from crmcli.policy import schema
from crmcli.policy.definitions import Escalation, LateStep, Signal, Trigger, Words

HEAD = 'name = "t"\ntimezone = "Asia/Shanghai"\ncurrency = "CNY"\nphone_region = "CN"\n'
BASIC = '[[tier]]\nkey = "basic"\nwhen = "true"\n'
TAGS = '[[tag]]\ndimension = "risk"\nvalue = "high"\nwhen = "true"\n'
PLAY = '[[playbook]]\nkey = "p"\nsteps = [{ after = "1 day", channel = "call", action = "Call" }]\n'
ASSIGN = '[assign]\nrules = [{ when = "true", role = "sales" }]\n'
GRADE = '[[lead_grade]]\nkey = "A"\nwhen = "need and budget and decision"\nplaybook = "p"\n'


def loaded(text: str) -> schema.Policy:
    policy, problems = schema.load(HEAD + TAGS + BASIC + text)
    assert problems == [] and policy is not None
    return policy


def test_the_example_of_the_reference() -> None:
    """Every section there is, as the reference writes it."""
    policy = loaded(
        PLAY
        + GRADE
        + """
[calendar]
workdays = ["mon", "tue", "wed", "thu", "fri"]
hours = ["13:00-18:00", "09:00-12:00"]
holidays = "CN"
extra_holidays = [2026-12-31]
extra_workdays = []
[review]
every = "3 months"
[[clock]]
when = "case.kind == 'complaint' and case.severity == 'major' and amount_12m > 0 and tag('risk')"
respond = "2 hours"
resolve = "48 hours"
revisit = "3 days"
hours = "working"
warn_at = 0.8
[[clock]]
when = "true"
respond = "30 minutes"
hours = "clock"
[[on]]
event = "tag:risk=high"
playbook = "p"
[[on]]
event = "case:complaint"
playbook = "p"
[[occasion]]
kind = "renewal"
notice = "4 weeks"
[[festival]]
key = "spring-festival"
notice = "7 days"
action = "Card"
[[festival]]
key = "09-01"
notice = "7 days"
industries = ["education"]
[[escalation]]
tiers = ["basic"]
steps = [
  { late = "1 day", to = "manager" },
  { late = "3 days", mark = "high-risk" },
  { late = "1 week", reassign = true },
]
[assign]
rules = [{ when = "region == '华东'", role = "sales", by = "round-robin" }, { when = "true", role = "sales" }]
"""
    )
    assert policy.calendar == WorkingTime(
        frozenset(range(5)), ((540, 720), (780, 1080)), "Asia/Shanghai", "CN", frozenset({date(2026, 12, 31)})
    )
    assert policy.review == Cadence(3, "month")
    first, last = policy.clocks
    assert first.when.facts == {"case_kind", "case_severity", "amount_12m"}
    assert first.when.parts()[0].text == "case.kind == 'complaint'"
    assert (first.respond, first.resolve, first.revisit) == (
        Duration(2, "hour"),
        Duration(48, "hour"),
        Duration(3, "day"),
    )
    assert (first.hours, first.warn_at) == ("working", Decimal("0.8"))
    assert (last.respond, last.resolve, last.hours) == (Duration(30, "minute"), None, "clock")
    assert policy.lead_grades[0].when.facts == {"need", "budget", "decision"}
    assert policy.playbooks[0].steps[0].after == Duration(1, "day")
    assert policy.triggers == (Trigger("tag", "risk=high", "p"), Trigger("case", "complaint", "p"))
    assert [festival.industries for festival in policy.festivals] == [(), ("education",)]
    late = (LateStep(1, "manager", "", False), LateStep(3, "", "high-risk", False), LateStep(7, "", "", True))
    assert policy.escalations == (Escalation(("basic",), late),)
    assert [rule.by for rule in policy.assignments] == ["round-robin", "least-loaded"]


def test_without_them() -> None:
    policy = loaded("")
    assert policy.calendar.hours == ((540, 720), (780, 1080)) and policy.calendar.holidays == "CN"
    assert (policy.clocks, policy.playbooks, policy.review) == ((), (), None)
    abroad, _problems = schema.load(HEAD.replace('"CN"', '"DE"') + BASIC)
    assert abroad is not None and abroad.calendar.holidays == "none"


@pytest.mark.parametrize(
    ("text", "where", "code", "said"),
    [
        ('[calendar]\nworkdays = ["mo"]\n', "calendar.workdays", "value-invalid", "not a day of the week"),
        ("[calendar]\nworkdays = []\n", "calendar.workdays", "key-missing", "is empty"),
        ('[calendar]\nhours = ["9-12"]\n', "calendar.hours", "value-invalid", "'9-12'"),
        ('[calendar]\nhours = ["09:00-12:00", "11:00-13:00"]\n', "calendar.hours", "value-invalid", "overlap"),
        ('[calendar]\nholidays = "US"\n', "calendar.holidays", "name-unknown", "CN, none"),
        ('[calendar]\nextra_holidays = ["2026-01-01"]\n', "calendar.extra_holidays", "type-wrong", "without quotes"),
        (
            "[calendar]\nextra_holidays = [2026-01-01]\nextra_workdays = [2026-01-01]\n",
            "calendar.extra_workdays",
            "value-invalid",
            "2026-01-01 is both",
        ),
        ("[calendar]\nknown_years = 2027\n", "calendar.known_years", "type-wrong", "a list of years"),
        ("[calendar]\nknown_years = [27]\n", "calendar.known_years", "type-wrong", "like [2027]"),
        ("[calendar]\nknown_years = [true]\n", "calendar.known_years", "type-wrong", "a list of years"),
        ('[calendar]\nhour = ["09:00-12:00"]\n', "calendar.hour", "key-unknown", "did you mean 'hours'?"),
        ("[review]\n", "review.every", "key-missing", "'every' is missing"),
        ('[review]\nevery = "sometimes"\n', "review.every", "value-invalid", "not a cadence"),
    ],
)
def test_time(text: str, where: str, code: str, said: str) -> None:
    assert_told(text, where, code, said)


@pytest.mark.parametrize(
    ("clock", "key", "code", "said"),
    [
        ('when = "case.kid == 1"\nrespond = "1 hour"', "when", "rule-invalid", "column 1: unknown fact 'case.kid'"),
        ('when = "case.kind > 3"\nrespond = "1 hour"', "when", "rule-invalid", "cannot compare a text with a number"),
        ("when = \"case.kind in ['x']\"\nrespond = '1 hour'", "when", "word-unknown", "enquiry, complaint, crisis"),
        ('when = "tag(\'risc\')"\nrespond = "1 hour"', "when", "name-unknown", "did you mean 'risk'?"),
        ('when = "true"', "respond", "key-missing", "respond, resolve or revisit"),
        ('when = "true"\nrespond = "soon"', "respond", "value-invalid", "not a length of time"),
        ('when = "true"\nrespond = 2', "respond", "type-wrong", "a string in quotes"),
        ('when = "true"\nrespond = "1 hour"\nhours = "workin"', "hours", "name-unknown", "did you mean 'working'?"),
        ('when = "true"\nrespond = "1 hour"\nwarn_at = 80', "warn_at", "value-invalid", "a share above 0 and up to 1"),
        ('when = "true"\nrespond = "1 hour"\nwarn_at = true', "warn_at", "value-invalid", "a share"),
        ('when = "true"\nrespond = "1 hour"\nrevist = "3 days"', "revist", "key-unknown", "did you mean 'revisit'?"),
    ],
)
def test_clocks(clock: str, key: str, code: str, said: str) -> None:
    assert_told(f"[[clock]]\n{clock}\n", f"clock[1].{key}", code, said)


def test_strings_of_a_clock_s_rule_are_left_alone() -> None:
    policy = loaded("[[clock]]\nwhen = \"name == 'case.kind' and case.severity == 'minor'\"\nrespond = '1 hour'\n")
    name = policy.clocks[0].when.parts()[0]
    assert name.text == "name == 'case.kind'" and name.facts == {"name"}
    assert "case.kind" in str(name.tree)


def test_a_clock_below_one_that_always_fits_is_never_reached() -> None:
    clock = '[[clock]]\nwhen = "true"\nrespond = "1 hour"\n'
    assert_told(clock + clock, "clock[1].when", "never-reached", "no clock below")


@pytest.mark.parametrize(
    ("text", "where", "code", "said"),
    [
        (GRADE, "lead_grade[1].playbook", "name-unknown", "there is no [[playbook]] 'p'"),
        (PLAY + GRADE + GRADE, "lead_grade[2].key", "name-twice", "the key 'A' is there already"),
        (PLAY + GRADE.replace('"A"', '"S"'), "lead_grade[1].key", "name-unknown", "A, B, C"),
        (PLAY + GRADE.replace("budget", "bugdet"), "lead_grade[1].when", "rule-invalid", "column 10: unknown fact"),
        (PLAY + GRADE.replace("budget", "budget > 3"), "lead_grade[1].when", "rule-invalid", "column 10:"),
        (PLAY + GRADE.replace("budget", "top(m, 9)"), "lead_grade[1].when", "rule-invalid", "leads are not rated"),
        ("[assign]\n", "assign.rules", "key-missing", "'rules' is missing"),
        ('[assign]\nrules = [{ when = "true" }]\n', "assign.rules[1].role", "key-missing", "'role' is missing"),
        (
            '[assign]\nrules = [{ when = "need", role = "sales" }]\n',
            "assign.rules[1].when",
            "rule-invalid",
            "unknown fact 'need'",
        ),
        (
            '[assign]\nrules = [{ when = "true", role = "sales", by = "least-load" }]\n',
            "assign.rules[1].by",
            "name-unknown",
            "did you mean 'least-loaded'?",
        ),
        (f'{ASSIGN}stale = [{{ grades = ["D"], after = "1 day" }}]', "assign.stale[1].grades", "name-unknown", "'D'"),
        (
            f'{ASSIGN}stale = [{{ tiers = ["basik"], after = "1 day" }}]',
            "assign.stale[1].tiers",
            "name-unknown",
            "basic",
        ),
        (f'{ASSIGN}stale = [{{ grades = ["A"] }}]', "assign.stale[1].after", "key-missing", "'after' is missing"),
        (f'{ASSIGN}stale = [{{ after = "1 month" }}]', "assign.stale[1].after", "value-invalid", "days or weeks"),
        (f'{ASSIGN}stale = [{{ after = "1 day", grade = "A" }}]', "assign.stale[1].grade", "key-unknown", "'grades'"),
        (
            f'{ASSIGN}stale = [{{ after = "1 day" }}, {{ grades = ["A"], after = "2 days" }}]',
            "assign.stale[1].after",
            "never-reached",
            "fits every lead",
        ),
        (PLAY + PLAY, "playbook[2].key", "name-twice", "already"),
        ('[[playbook]]\nkey = "p"\nsteps = []\n', "playbook[1].steps", "key-missing", "'steps' is empty"),
        (PLAY.replace('"call"', '"phone"'), "playbook[1].steps[1].channel", "name-unknown", "'phone'"),
        (PLAY.replace(', action = "Call"', ""), "playbook[1].steps[1].action", "key-missing", "'action' is missing"),
        (
            PLAY.replace(" }]", ' }, { after = "2 hours", channel = "call", action = "Again" }]'),
            "playbook[1].steps[2].after",
            "value-invalid",
            "comes before the step above it",
        ),
        ('[[on]]\nevent = "tag:risk=high"\nplaybook = "q"\n', "on[1].playbook", "name-unknown", "no [[playbook]] 'q'"),
        (PLAY + '[[on]]\nevent = "tier:basics"\nplaybook = "p"\n', "on[1].event", "name-unknown", "mean 'basic'?"),
        (PLAY + '[[on]]\nevent = "tag:risk=hihg"\nplaybook = "p"\n', "on[1].event", "name-unknown", "mean 'high'?"),
        (PLAY + '[[on]]\nevent = "tag:risk"\nplaybook = "p"\n', "on[1].event", "value-invalid", "'tag:risk'"),
        (PLAY + '[[on]]\nevent = "case:complain"\nplaybook = "p"\n', "on[1].event", "name-unknown", "'complaint'?"),
        (PLAY + '[[on]]\nevent = "grade:A"\nplaybook = "p"\n', "on[1].event", "name-unknown", "[[lead_grade]] 'A'"),
        (PLAY + '[[on]]\nevent = "birthday"\nplaybook = "p"\n', "on[1].event", "value-invalid", "not 'birthday'"),
        (
            PLAY + '[[on]]\nevent = "case-closed:x"\nplaybook = "p"\n',
            "on[1].event",
            "name-unknown",
            "complaint, crisis",
        ),
        (
            PLAY + '[[on]]\nevent = "referral:lost"\nplaybook = "p"\n',
            "on[1].event",
            "name-unknown",
            "'lost'; there are: won",
        ),
        (PLAY.replace("steps", 'repeat = "now"\nsteps'), "playbook[1].repeat", "value-invalid", "not a cadence"),
        (PLAY.replace("steps", 'repaet = "1 week"\nsteps'), "playbook[1].repaet", "key-unknown", "mean 'repeat'?"),
        (PLAY + 2 * '[[on]]\nevent = "case:crisis"\nplaybook = "p"\n', "on[2].event", "name-twice", "already"),
    ],
)
def test_leads_and_playbooks(text: str, where: str, code: str, said: str) -> None:
    assert_told(text, where, code, said)


ON = PLAY + '[[on]]\nevent = "case:crisis"\nplaybook = "p"\n'


def test_one_event_at_several_kinds_of_customers() -> None:
    again = ON.removeprefix(PLAY)
    policy = loaded(
        ON
        + "when = \"tier == 'basic'\"\n"
        + again
        + "when = \"missing(tier) and tag('risk', 'high')\"\n"
        + '[[on]]\nevent = "referral:won"\nplaybook = "p"\n[[on]]\nevent = "case-closed:crisis"\nplaybook = "p"\n'
    )
    assert [(on.event, on.when and on.when.text) for on in policy.triggers] == [
        ("case:crisis", "tier == 'basic'"),
        ("case:crisis", "missing(tier) and tag('risk', 'high')"),
        ("referral:won", None),
        ("case-closed:crisis", None),
    ]
    assert schema.digest(policy)["events"] == ["case:crisis", "referral:won", "case-closed:crisis"]


@pytest.mark.parametrize(
    ("text", "where", "code", "said"),
    [
        (ON + 'when = ""\n', "on[1].when", "key-missing", "'when' is empty"),
        (ON + "when = 3\n", "on[1].when", "type-wrong", "a string in quotes"),
        (ON + 'when = "amount_12 > 3"\n', "on[1].when", "rule-invalid", "unknown fact 'amount_12'"),
        (ON + "when = \"tag('risc')\"\n", "on[1].when", "name-unknown", "mean 'risk'?"),
        (
            ON + "when = \"tier == 'basik'\"\n",
            "on[1].when",
            "word-unknown",
            "column 9: there is no [[tier]] 'basik'; did you mean 'basic'?",
        ),
        (ON + "when = \"tier not in ['basic', 'gold']\"\n", "on[1].when", "word-unknown", "no [[tier]] 'gold'"),
        (ON + 'when = "top(amount_12m, 10)"\n', "on[1].when", "rule-invalid", "ask for a tag"),
        (ON + 'when = "rfm > 400"\n', "on[1].when", "rule-invalid", "ask for a tag"),
        (ON + 'wehn = "true"\n', "on[1].wehn", "key-unknown", "did you mean 'when'?"),
        (ON + "when = \"stage == 'active'\"\n" + ON.removeprefix(PLAY), "on[2].event", "name-twice", "already"),
        (
            ON.replace("case:crisis", "case-closed:crisis").replace("steps", 'repeat = "1 week"\nsteps'),
            "on[1].playbook",
            "value-invalid",
            "'p' repeats as long as what started it is so, and case-closed:crisis is over at once",
        ),
    ],
)
def test_what_starts_a_playbook_and_at_whom(text: str, where: str, code: str, said: str) -> None:
    assert_told(text, where, code, said)


def test_a_playbook_that_repeats() -> None:
    policy = loaded(PLAY.replace("steps", 'repeat = "1 month"\nsteps') + GRADE)
    assert policy.playbooks[0].repeat == Cadence(1, "month")
    assert schema.digest(policy)["repeats"] == {"p": "1 month"}


SIGNAL = '[[signal]]\nkey = "s"\nlevel = "info"\n'


def test_signals() -> None:
    policy = loaded(
        SIGNAL + "when = \"top(amount_12m, 10) and field('Route') == 'north'\"\n"
        '[[signal]]\nkey = "late"\nlevel = "critical"\nlabel = "Late"\nclock = "breached"\n'
    )
    rule, clock = policy.signals
    assert (rule.key, rule.level, rule.clock) == ("s", "info", "")
    assert rule.when is not None and rule.when.facts == {"amount_12m"}
    assert clock == Signal("late", "critical", Words("Late", "Late"), None, "breached")
    loaded(SIGNAL + "when = \"tag('risk')\"\n")
    loaded(SIGNAL + "when = \"field('Route') == 'north'\"\n")


@pytest.mark.parametrize(
    ("text", "where", "code", "said"),
    [
        (SIGNAL, "signal[1].when", "key-missing", "one of: when"),
        (SIGNAL + 'when = "orders_12m > 1"\nclock = "warn"\n', "signal[1].when", "value-invalid", "one of: when"),
        (SIGNAL + 'clock = "late"\n', "signal[1].clock", "name-unknown", "warn, breached"),
        (SIGNAL + 'case = "crises"\n', "signal[1].case", "name-unknown", "mean 'crisis'?"),
        (SIGNAL + 'case = "crisis"\nclock = "warn"\n', "signal[1].clock", "value-invalid", "one of: when"),
        (SIGNAL.replace('"info"', '"red"') + 'clock = "warn"\n', "signal[1].level", "name-unknown", "info, warning"),
        (SIGNAL.replace('level = "info"\n', "") + 'clock = "warn"\n', "signal[1].level", "key-missing", "'level'"),
        (SIGNAL.replace('"s"', '"S s"') + 'clock = "warn"\n', "signal[1].key", "value-invalid", "small letters"),
        (2 * (SIGNAL + 'clock = "warn"\n'), "signal[2].key", "name-twice", "already"),
        (SIGNAL + 'when = "true"\n', "signal[1].when", "rule-invalid", "compares nothing"),
        (SIGNAL + 'when = "1 < 2"\n', "signal[1].when", "rule-invalid", "compares nothing"),
        (SIGNAL + 'when = ""\n', "signal[1].when", "key-missing", "'when' is empty"),
        (SIGNAL + 'when = "order_12m > 1"\n', "signal[1].when", "rule-invalid", "did you mean"),
        (SIGNAL + "when = \"tag('risk', 'hihg')\"\n", "signal[1].when", "name-unknown", "mean 'high'?"),
        (SIGNAL + "when = \"tier == 'basics'\"\n", "signal[1].when", "word-unknown", "mean 'basic'?"),
        (SIGNAL + 'clock = "warn"\nlevle = 3\n', "signal[1].levle", "key-unknown", "mean 'level'?"),
    ],
)
def test_signals_that_would_say_nothing(text: str, where: str, code: str, said: str) -> None:
    assert_told(text, where, code, said)


@pytest.mark.parametrize(
    ("text", "where", "code", "said"),
    [
        ('[[festival]]\nkey = "spring"\nnotice = "1 day"\n', "festival[1].key", "name-unknown", "no such festival"),
        ('[[festival]]\nkey = "02-30"\nnotice = "1 day"\n', "festival[1].key", "name-unknown", "no such day"),
        (2 * '[[festival]]\nkey = "qingming"\nnotice = "1 day"\n', "festival[2].key", "name-twice", "already"),
        ("[[escalation]]\n", "escalation[1].steps", "key-missing", "'steps' is missing"),
        ('[[escalation]]\nsteps = [{ late = "1 day" }]\n', "escalation[1].steps[1].to", "key-missing", "mark"),
        (
            '[[escalation]]\nsteps = [{ late = "1 hour", to = "manager" }]\n',
            "escalation[1].steps[1].late",
            "value-invalid",
            "not a cadence",
        ),
        (
            '[[escalation]]\nsteps = [{ late = "3 days", to = "boss" }, { late = "2 days", mark = "x" }]\n',
            "escalation[1].steps[2].late",
            "value-invalid",
            "comes before",
        ),
        (
            '[[escalation]]\ntiers = ["basik"]\nsteps = [{ late = "1 day", reassign = true }]\n',
            "escalation[1].tiers",
            "name-unknown",
            "did you mean 'basic'?",
        ),
        (
            '[[escalation]]\nsteps = [{ late = "1 day", to = "boss", reassign = "yes" }]\n',
            "escalation[1].steps[1].reassign",
            "type-wrong",
            "true or false",
        ),
    ],
)
def test_days_and_what_is_late(text: str, where: str, code: str, said: str) -> None:
    assert_told(text, where, code, said)


def assert_told(text: str, where: str, code: str, said: str) -> None:
    """One problem, at its place and line, in words that help."""
    policy, problems = schema.load(HEAD + TAGS + BASIC + text)
    assert (policy is None) is (code != "word-unknown")
    assert [(problem.where, problem.code) for problem in problems] == [(where, code)]
    assert said in problems[0].reason
    first = (HEAD + TAGS + BASIC).count("\n") + 1
    assert first <= problems[0].line <= first + text.count("\n")
