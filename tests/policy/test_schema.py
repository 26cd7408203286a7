from decimal import Decimal

import phonenumbers
import pytest

from crmcli import i18n
from crmcli.calendars import Cadence
from crmcli.errors import Problem
from crmcli.policy import codes, schema
from crmcli.policy.definitions import Words

NO_CURRENCY = "no currency: write its three capital letters (ISO 4217), as in CNY"
MEANT_CNY = "; did you mean 'CNY'?"
NO_REGION = "no region: write its two capital letters (ISO 3166-1), as in CN"
HEAD = 'name = "t"\ntimezone = "Asia/Shanghai"\ncurrency = "CNY"\nphone_region = "CN"\n'
BASIC = '[[tier]]\nkey = "basic"\nwhen = "true"\n'
UNSAID = {word: {"en": "", "zh": ""} for word in ("label", "gift", "greeting")}


def problems(text: str) -> list[tuple[int, str, str, str]]:
    policy, found = schema.load(text)
    assert (policy is None) == bool(found)
    return [(problem.line, problem.where, problem.code, problem.reason) for problem in found]


def only(text: str) -> tuple[int, str, str, str]:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_the_smallest_policy() -> None:
    policy, found = schema.load(HEAD + BASIC)
    assert found == [] and policy is not None
    assert (policy.name, policy.timezone, policy.currency, policy.phone_region) == (
        "t",
        "Asia/Shanghai",
        "CNY",
        "CN",
    )
    assert policy.tiers[0].when.always and policy.tiers[0].keep_for == 1
    assert (policy.tags, policy.occasions) == ((), ())
    assert policy.weights["name"] == Decimal(2)


def test_everything_is_read() -> None:
    text = (
        HEAD
        + '''
[[tag]]
dimension = "risk"
value = "high"
label = { en = "High", zh = "高" }
when = "days_since_order > 90"
[[tag]]
dimension = "need"
value = "service"
[[tier]]
key = "top"
label = { zh = "顶级" }
when = """
tag('risk')
  and tag('need', 'service')"""
owner_role = "manager"
benefits = ["a", "b"]
keep_for = "2 reviews"
[[tier.touches]]
key = "talk"
every = "quarter"
channels = ["visit", "video"]
action = "Talk"
'''
        + BASIC
        + """
[[occasion]]
kind = "birthday"
notice = "2 weeks"
tiers = ["top"]
action = { en = "Gift" }
[[occasion]]
kind = "anniversary"
notice = "3 days"
[completeness]
fields = { name = 2, phone = 0.5 }
"""
    )
    policy, found = schema.load("\ufeff" + text.replace("\n", "\r\n"))
    assert found == [] and policy is not None
    assert policy.tags[1].when is None
    tier = policy.tier("top")
    assert tier is not None and (tier.rank, tier.keep_for, tier.benefits) == (1, 2, (Words("a", "a"), Words("b", "b")))
    assert tier.when.tags == {("risk", None), ("need", "service")}
    assert tier.touches[0].every == Cadence(3, "month")
    assert policy.weights == {"name": Decimal(2), "phone": Decimal("0.5")}
    assert schema.digest(policy) == {
        "name": "t",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "phone_region": "CN",
        "tiers": {
            "top": {"label": {"en": "顶级", "zh": "顶级"}, "rank": 1},
            "basic": {"label": {"en": "basic", "zh": "basic"}, "rank": 2},
        },
        "touches": {
            "top": {
                "talk": {
                    "label": {"en": "talk", "zh": "talk"},
                    "action": {"en": "Talk", "zh": "Talk"},
                    "every": "3 month",
                    "channels": ["visit", "video"],
                    "kind": "touch",
                }
            },
            "basic": {},
        },
        "review": None,
        "occasions": [
            {
                "kind": "birthday",
                "notice_days": 14,
                "tiers": ["top"],
                "ungraded": False,
                "label": {"en": "birthday", "zh": "birthday"},
                "action": {"en": "Gift", "zh": "Gift"},
            },
            {
                "kind": "anniversary",
                "notice_days": 3,
                "tiers": ["top", "basic"],
                "ungraded": True,
                "label": {"en": "anniversary", "zh": "anniversary"},
                "action": {"en": "", "zh": ""},
            },
        ],
        "festivals": [],
        "escalations": {},
        "greetings": {
            "company": "",
            "benefits": {"top": [{"en": "a", "zh": "a"}, {"en": "b", "zh": "b"}], "basic": []},
            "occasions": [
                {"key": "birthday", "industries": [], "tiers": ["top"], **UNSAID},
                {"key": "anniversary", "industries": [], "tiers": [], **UNSAID},
            ],
            "festivals": [],
        },
        "duplicates": {"certain": 0.95, "likely": 0.85},
        "events": [],
        "repeats": {},
    }
    assert policy.label(policy.tags[0], "zh") == "高"
    assert policy.label(policy.tags[1], "zh") == "service"
    assert policy.label(tier, "en") == "顶级"
    i18n.choose("zh")
    try:
        assert policy.label(policy.tags[0]) == "高"
    finally:
        i18n.choose("en")
    assert policy.label(policy.tags[0]) == "High"


def test_five_errors_at_once() -> None:
    text = """name = "t"
timezone = "Asia/Shangai"
currency = "CNY"
phone_region = "CN"
[[tag]]
dimension = "risk"
valu = "high"  # [[tag]]
when = "x > 1 and amout_12m > 1"
[[clock]]
when = "case.kind == 'complant'"
[[tier]]
key = "a"
when = "renewal_rat >= 90% and since > 3"
touches = [
  # { a comment }
  { key = "talk", every = "1 month", channels = ["call", "cal"] },
  { key = "talk", every = "soon {", channels = ["call"], labl = "x" },
]
[[tier]]
key = "b"
when = "true"
"""
    cadence = "not a cadence; write 3 days, 2 weeks, 1 month, quarter or half-year: 'soon {'"
    assert problems(text) == [
        (
            2,
            "timezone",
            "value-invalid",
            "there is no time zone 'Asia/Shangai'; did you mean 'Asia/Shanghai'?",
        ),
        (5, "tag[1].value", "key-missing", "'value' is missing"),
        (7, "tag[1].valu", "key-unknown", "unknown key 'valu'; did you mean 'value'?"),
        (8, "tag[1].when", "rule-invalid", "column 1: unknown fact 'x'"),
        (
            8,
            "tag[1].when",
            "rule-invalid",
            "column 11: unknown fact 'amout_12m'; did you mean 'amount_12m'?",
        ),
        (9, "clock[1].respond", "key-missing", "a clock needs respond, resolve or revisit"),
        (10, "clock[1].when", "word-unknown", "column 14: case.kind is never 'complant'; did you mean 'complaint'?"),
        (
            13,
            "tier[1].when",
            "rule-invalid",
            "column 1: unknown fact 'renewal_rat'; did you mean 'renewal_rate'?",
        ),
        (16, "tier[1].touches[1].channels", "name-unknown", "unknown name 'cal'; did you mean 'call'?"),
        (17, "tier[1].touches[2].key", "name-twice", "the key 'talk' is there already"),
        (17, "tier[1].touches[2].every", "value-invalid", cadence),
        (17, "tier[1].touches[2].labl", "key-unknown", "unknown key 'labl'; did you mean 'label'?"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD, (0, "tier", "key-missing", "a policy has at least one [[tier]]")),
        (
            HEAD.replace('"CNY"', '"cny"') + BASIC,
            (3, "currency", "value-invalid", NO_CURRENCY + MEANT_CNY),
        ),
        (
            HEAD.replace('"CNY"', '"RMB"') + BASIC,
            (3, "currency", "value-invalid", NO_CURRENCY + MEANT_CNY),
        ),
        (HEAD.replace('"CNY"', '"QQQ"') + BASIC, (3, "currency", "value-invalid", NO_CURRENCY)),
        (
            HEAD.replace('"CN"', '"UK"') + BASIC,
            (4, "phone_region", "value-invalid", NO_REGION + "; did you mean 'GB'?"),
        ),
        (HEAD.replace('"CN"', '"ZZ"') + BASIC, (4, "phone_region", "value-invalid", NO_REGION)),
        (
            HEAD.replace('"CN"', "86") + BASIC,
            (4, "phone_region", "type-wrong", "'phone_region' needs a string in quotes"),
        ),
        (HEAD.replace('"t"', '" "') + BASIC, (1, "name", "key-missing", "'name' is empty")),
        (
            HEAD.replace('"t"', '"a\\nb"') + BASIC,
            (1, "name", "value-invalid", "has a line break or control character"),
        ),
        (
            HEAD.replace("Asia/Shanghai", "Asia") + BASIC,
            (2, "timezone", "value-invalid", "there is no time zone 'Asia'; did you mean 'Asia/Oral'?"),
        ),
        (
            HEAD.replace("Asia/Shanghai", "../etc") + BASIC,
            (2, "timezone", "value-invalid", "there is no time zone '../etc'"),
        ),
        (HEAD.replace('name = "t"\n', "") + BASIC, (0, "name", "key-missing", "'name' is missing")),
        (
            HEAD + "tiers = 1\n" + BASIC,
            (5, "tiers", "key-unknown", "unknown key 'tiers'; did you mean 'tier'?"),
        ),
        (HEAD + "tag = 1\n" + BASIC, (5, "tag", "type-wrong", "'tag' needs a list of tables")),
        (
            HEAD + BASIC + "[completeness]\nfields = 1\n",
            (9, "completeness.fields", "type-wrong", "'fields' needs a table"),
        ),
        (
            HEAD + BASIC + "[completeness]\nfields = {}\n",
            (9, "completeness.fields", "value-invalid", "at least one field is needed"),
        ),
        (
            HEAD + BASIC + "[completeness.fields]\nname = 0\n",
            (9, "completeness.fields.name", "value-invalid", "a weight is a number from 0.001 to 1000"),
        ),
        (
            HEAD + BASIC + "[completeness.fields]\nname = nan\n",
            (9, "completeness.fields.name", "value-invalid", "a weight is a number from 0.001 to 1000"),
        ),
        (
            HEAD + BASIC + "[completeness]\nfields = { phon = 1 }\n",
            (9, "completeness.fields.phon", "name-unknown", "unknown field 'phon'; did you mean 'phone'?"),
        ),
    ],
)
def test_sections(text: str, expected: tuple[int, str, str, str]) -> None:
    assert only(text) == expected


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (
            'key = "A b"\nwhen = "true"',
            (6, "tier[1].key", "value-invalid", "a key has small letters, digits and single hyphens: 'A b'"),
        ),
        ('key = "basic"\nwhen = "x"', (7, "tier[1].when", "rule-invalid", "column 1: unknown fact 'x'")),
        (
            'key = "a"\nwhen = "amount_12m > 1"',
            (7, "tier[1].when", "value-invalid", 'the last tier needs when = "true"'),
        ),
        ('key = "a"', (5, "tier[1].when", "key-missing", "'when' is missing")),
        (
            'key = "a"\nwhen = "true"\nkeep_for = "2 days"',
            (
                8,
                "tier[1].keep_for",
                "value-invalid",
                "write a number of reviews: \"2 reviews\", not '2 days'",
            ),
        ),
        (
            'key = "a"\nwhen = "true"\nbenefits = [1]',
            (
                8,
                "tier[1].benefits",
                "type-wrong",
                """'benefits' needs a list of texts, each "…" or { en = "…", zh = "…" }""",
            ),
        ),
        (
            'key = "a"\nwhen = "true"\nlabel = { fr = "x" }',
            (8, "tier[1].label.fr", "key-unknown", "unknown key 'fr'"),
        ),
        (
            'key = "a"\nwhen = "true"\nlabel = { en = 1 }',
            (8, "tier[1].label.en", "type-wrong", "'en' needs a string in quotes"),
        ),
        (
            'key = "a"\nwhen = "true"\ntouches = [ { key = "t", every = "1 month", channels = [] } ]',
            (8, "tier[1].touches[1].channels", "key-missing", "'channels' is empty"),
        ),
        (
            'key = "a"\nwhen = "true"\n[[tier.touches]]\nkey = "t"\nevery = 3\nchannels = ["call"]',
            (10, "tier[1].touches[1].every", "type-wrong", "'every' needs a string in quotes"),
        ),
    ],
)
def test_tiers(tier: str, expected: tuple[int, str, str, str]) -> None:
    assert only(f"{HEAD}[[tier]]\n{tier}\n") == expected


def test_tier_keys_are_unique_and_all_reachable() -> None:
    assert problems(HEAD + BASIC + BASIC) == [
        (7, "tier[1].when", "never-reached", "is always true: no tier below is ever reached"),
        (9, "tier[2].key", "name-twice", "the key 'basic' is there already"),
    ]


@pytest.mark.parametrize(
    ("occasion", "expected"),
    [
        (
            'kind = "wedding"\nnotice = "3 days"',
            (9, "kind", "name-unknown", "unknown name 'wedding'; there are: birthday, anniversary, renewal"),
        ),
        (
            'kind = "birthday"\nnotice = "1 month"',
            (10, "notice", "value-invalid", "write a number of days or weeks"),
        ),
        ('kind = "birthday"', (8, "notice", "key-missing", "'notice' is missing")),
        (
            'kind = "birthday"\nnotice = "3 days"\ntiers = ["basis"]',
            (11, "tiers", "name-unknown", "unknown name 'basis'; did you mean 'basic'?"),
        ),
    ],
)
def test_occasions(occasion: str, expected: tuple[int, str, str, str]) -> None:
    line, key, code, reason = expected
    assert only(f"{HEAD}{BASIC}[[occasion]]\n{occasion}\n") == (line, f"occasion[1].{key}", code, reason)


def tag(dimension: str, value: str, when: str = "") -> str:
    rule = f'when = "{when}"\n' if when else ""
    return f'[[tag]]\ndimension = "{dimension}"\nvalue = "{value}"\n{rule}'


@pytest.mark.parametrize(
    ("tags", "where", "reason"),
    [
        (tag("a", "b", "true") + tag("a", "b", "true"), "tag[2].value", "the tag 'a:b' is there already"),
        (tag("a:c", "b", "true"), "tag[1].dimension", "has a colon, or a space at an end"),
        (tag("a", " b", "true"), "tag[1].value", "has a colon, or a space at an end"),
        (
            tag("a", "b", "true") + tag("a", "c"),
            "tag[2].when",
            "'a' has values with rules: this one needs a rule, too",
        ),
        (
            tag("risk", "b") + tag("x", "y", "tag('rsk')"),
            "tag[2].when",
            "there is no [[tag]] of dimension 'rsk'; did you mean 'risk'?",
        ),
        (
            tag("risk", "high") + tag("x", "y", "tag('risk', 'hihg')"),
            "tag[2].when",
            "there is no [[tag]] 'risk:hihg'; did you mean 'high'?",
        ),
        (
            tag("a", "b", "tag('c')") + tag("c", "d", "true"),
            "tag[1].when",
            "tag 'c' is decided after this rule; put its values above",
        ),
        (
            tag("a", "b", "true") + tag("a", "c", "tag('a', 'b')"),
            "tag[2].when",
            "tag 'a' is decided after this rule; put its values above",
        ),
    ],
)
def test_tags(tags: str, where: str, reason: str) -> None:
    found = only(HEAD + tags + BASIC)
    assert (found[1], found[3]) == (where, reason)


def test_a_tier_asks_for_tags_of_the_policy() -> None:
    text = HEAD + tag("risk", "high", "true") + "[[tier]]\nkey = \"a\"\nwhen = \"tag('risk', 'low')\"\n" + BASIC
    assert only(text) == (11, "tier[1].when", "name-unknown", "there is no [[tag]] 'risk:low'")
    fine = HEAD + tag("a", "b", "true") + tag("c", "d", "tag('a', 'b')") + tag("hand", "e") + BASIC
    assert problems(fine) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = \n", 1),
        ("a = 1\na = 2\n", 2),
        ("a = 1\n\n[[tier\n", 3),
        ('a = "', 1),
        ("a = [" * 5000, 0),
        ("a = " + "1" * 5000, 0),
    ],
)
def test_what_is_not_toml(text: str, line: int) -> None:
    policy, found = schema.load(text)
    assert policy is None and [problem.code for problem in found] == ["toml-invalid"]
    assert found[0].line == line or line == 0
    assert found[0].reason.startswith("not TOML: ")


def test_bytes() -> None:
    policy, found = schema.load_bytes(b"\xef\xbb\xbf" + (HEAD + BASIC).encode())
    assert found == [] and policy is not None
    gb = (HEAD + '[[tag]]\ndimension = "风险"\n').encode("gb18030")
    assert schema.load_bytes(gb) == (None, [Problem("not-utf-8", "the file is not UTF-8", line=6)])
    assert [problem.code for problem in schema.load_bytes(b" " * 1_000_001)[1]] == ["policy-too-large"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("amont_12m > 1", "column 1: unknown fact 'amont_12m'; did you mean 'amount_12m'?"),
        ("since > 3", "column 7: cannot compare a date with a number"),
        ("amount_12m > '2026-01-05'", "column 12: cannot compare a number with a text"),
        ("(" * 200 + "true" + ")" * 200, "column 41: the rule is nested too deeply"),
        ("(" * 10_000 + "true" + ")" * 10_000, "column 4001: the rule is longer than 4000 characters"),
        ("not " * 900 + "true", "column 2401: the rule has more than 600 words and signs"),
        ("1=1; DROP TABLE customer", "column 2: unexpected '=': write =="),
        ("(SELECT 1) == 1", "column 2: unknown fact 'SELECT'"),
        ("name == 'x' -- comment", "column 16: unknown fact 'comment'"),
        ("__import__('os').system('id') == 0", "column 17: unexpected '.'"),
        ("name.upper() == 'X'", "column 5: unexpected '.'"),
        ("__import__('os') == 0", "column 1: unknown function '__import__'"),
        ("lambda: true", "column 7: unexpected ':'"),
        ("amount_12m", "column 1: a rule must be true or false; this is a number"),
        ("true false", "column 6: unexpected 'false'"),
    ],
)
def test_a_rule_that_is_none_is_told_once_and_points_into_it(rule: str, said: str) -> None:
    """The same in every section that has rules."""
    sections = {
        "tag": f'[[tag]]\ndimension = "a"\nvalue = "b"\nwhen = """{rule}"""\n',
        "tier": f'[[tier]]\nkey = "a"\nwhen = """{rule}"""\n',
        "clock": f'[[clock]]\nrespond = "1 hour"\nwhen = """{rule}"""\n',
        "lead_grade": f'[[lead_grade]]\nkey = "A"\nwhen = """{rule}"""\n',
    }
    for section, text in sections.items():
        line, where, code, reason = only(f"{HEAD}{text}{BASIC}")
        assert (where, code) == (f"{section}[1].when", "rule-invalid")
        assert reason.startswith(said), reason
        assert line == 4 + text.count("\n")


def test_a_division_by_a_zero_of_the_rule_is_told() -> None:
    # A fact that may be zero makes the quotient missing; a zero that stands in the rule is a slip.
    assert problems(HEAD + tag("a", "b", "amount_12m / orders_12m > 1") + BASIC) == []
    for divisor, column in (("0", 14), ("(0.0)", 14), ("-0", 14), ("(1 - 0.5 * 2)", 14), ("2 / 0 * 3", 18)):
        _line, where, code, reason = only(f"{HEAD}{tag('a', 'b', f'amount_12m / {divisor} > 1')}{BASIC}")
        assert (where, code) == ("tag[1].when", "rule-invalid")
        assert reason == f"column {column}: nothing can be divided by zero"


def test_a_tier_list_without_an_end_that_always_holds() -> None:
    text = HEAD + BASIC.replace("true", "amount_12m > 0")
    assert only(text) == (7, "tier[1].when", "value-invalid", 'the last tier needs when = "true"')


@pytest.mark.parametrize(
    "text",
    [
        "".join(f'[[tag]]\ndimension = "d"\nvalue = "{n}"\nwhen = "x{n} > 1"\n' for n in range(4_000)),
        '[[tier]]\nkey = "a"\nwhen = "true"\ntouches = [' + '{ key = "t", evry = "1 day" },\n' * 4_000 + "]\n",
        "[checks]\nindustries = [" + '"",' * 100_000 + "]\n",
        "[completeness]\nfields = {" + ", ".join(f"f{n} = 1" for n in range(4_000)) + "}\n",
        "x = " + "[" * 400 + "]" * 400,
    ],
    ids=["tags", "touches", "industries", "fields", "nesting"],
)
def test_a_large_file_full_of_faults_is_told_of(text: str) -> None:
    assert problems(HEAD + BASIC + text)


def test_daily_reads_know_festivals_reviews_and_surveys() -> None:
    policy, found = schema.load(
        HEAD
        + """
[[tier]]
key = "basic"
when = "true"
touches = [{ key = "csat", kind = "survey", every = "6 months", channels = ["email"] }]
[review]
every = "3 months"
[[festival]]
key = "spring-festival"
notice = "1 week"
industries = ["教育"]
[[festival]]
key = "09-01"
notice = "3 days"
label = { zh = "开学季" }
"""
    )
    assert found == [] and policy is not None
    told = schema.digest(policy)
    assert told["touches"]["basic"]["csat"]["kind"] == "survey"
    assert told["review"] == "3 months"
    spring, school = told["festivals"]
    assert (spring["notice_days"], spring["industries"], spring["tiers"]) == (7, ["教育"], ["basic"])
    assert spring["label"] == {"en": "Spring Festival", "zh": "春节"}
    assert school["label"] == {"en": "开学季", "zh": "开学季"}
    assert (spring["days"][0], spring["days"][27], len(spring["days"])) == ("2000-02-05", "2027-02-06", 101)
    assert school["days"][:2] == ["2000-09-01", "2001-09-01"]
    touch = '{ key = "b", kind = "surveys", every = "1 day", channels = ["call"] }'
    _policy, wrong = schema.load(HEAD + f'[[tier]]\nkey = "a"\nwhen = "true"\ntouches = [{touch}]')
    assert [problem.code for problem in wrong] == ["name-unknown"]


def test_the_dimension_of_escalations_has_no_rules() -> None:
    tag = '[[tag]]\ndimension = "escalation"\nvalue = "high-risk"\n'
    assert not problems(HEAD + tag + BASIC)
    message = "the marks of 'escalation' are given by crm escalate: they have no rule"
    assert only(HEAD + tag + 'when = "true"\n' + BASIC) == (8, "tag[1].when", "rule-invalid", message)


def test_the_regions_are_those_that_phone_numbers_are_read_for() -> None:
    assert codes.REGIONS == phonenumbers.SUPPORTED_REGIONS
