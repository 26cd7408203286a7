"""The receipts of playbooks' steps: what began them, where the policy plans them, and what became of them."""

from datetime import date, datetime

import pytest

import crmcli
from crmcli.care.due import due, item
from crmcli.care.settling import settle
from crmcli.care.why import why
from crmcli.errors import NotFound
from crmcli.grading import policies, tags, tiers
from crmcli.grading.why import Receipt, Why
from crmcli.store import journal, reversing
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer
from tests.care.test_playbooks import FIRST, SECOND, THIRD, case, customer, set_potential
from tests.care.test_playbooks import POLICY as PLAYS
from tests.conftest import NOW, Crm

PLAIN = 'playbook = "apology"'
assert PLAIN in PLAYS
POLICY = (
    PLAYS.replace(PLAIN, 'when = "tier == \'strategic\'"\nplaybook = "apology"')
    + """
[[on]]
event = "case:complaint"
when = "tier != 'strategic'"
playbook = "apology"

[[on]]
event = "referral:won"
playbook = "welcome"

[[on]]
event = "case-closed:complaint"
playbook = "welcome"

[[playbook]]
key = "weekly"
repeat = "1 week"
steps = [{ after = "2 days", channel = "call", action = "Call" }]

[[on]]
event = "tag:mood=cross"
playbook = "weekly"
"""
)
LINES = POLICY.splitlines()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("why_playbooks") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, POLICY)
    return path.read_bytes()


@pytest.fixture
def tagged(crm: Crm) -> Crm:
    """A base where Anna's run of the tags gave C000001 risk:churn-risk today."""
    with crm() as ws:
        customer(ws, owner="Li")
    with crm(actor="Anna") as ws:
        tags.run_tags(ws)
    return crm


def told(crm: Crm, key: str) -> Why:
    with crm(readonly=True) as ws:
        return why(ws, key)


def steps(found: Receipt) -> list[tuple[str, str, str | None]]:
    return [(step.name, step.formula, step.result) for step in found.steps]


def test_a_step_that_a_tag_began(tagged: Crm) -> None:
    found = told(tagged, SECOND)
    step, rule = found.receipts
    assert (step.subject, step.value, step.holds, step.given) == (SECOND, "2026-11-27", False, True)
    assert step.reason == "tagged risk:churn-risk on 2026-11-20; Win back, step 2; not due before 2026-11-27"
    assert (step.place, step.rule) == ("playbook[1].steps[2].after", 'after = "1 week", channel = "visit"')
    assert LINES[(step.line or 0) - 1].startswith('  { after = "1 week", channel = "visit"')
    assert [(part.text, part.holds) for part in step.parts] == [
        ("tag('risk', 'churn-risk')", True),
        ("missing(settled_on)", True),
        ("due_on <= today", False),
    ]
    assert steps(step) == [
        ("started_on", "tag:risk=churn-risk", "2026-11-20"),
        ("planned_on", "2026-11-20 + 1 week", "2026-11-27"),
    ]
    began = step.steps[0].facts
    assert (began["place"], LINES[began["line"] - 1]) == ("on[1].event", 'event = "tag:risk=churn-risk"')
    with tagged(readonly=True) as ws:
        assert (began["operation"], began["by"]) == (ws.db.value("SELECT max(id) FROM operation"), "Anna")
    (gained,) = step.records
    assert (gained.table, gained.count, gained.facts) == ("tags", 1, ("tag:risk",))
    assert gained.rows[0] == {
        "dimension": "risk", "value": "churn-risk", "source": "rule", "since": "2026-11-20", "recorded_by": "Anna",
        "recorded_at": "2026-11-20T09:00:00+08:00", "file": None, "line": None,
    }  # fmt: skip
    # The rule of the tag is told with its own place and values.
    assert (rule.subject, rule.value, rule.holds, rule.given, rule.place, rule.by) == (
        "tag:risk", "churn-risk", True, True, "tag[1].when", "Anna",
    )  # fmt: skip
    assert rule.records[0].rows[0]["potential"] == 1
    assert not found.notes


def test_every_step_that_is_due_is_explained(tagged: Crm) -> None:
    with tagged() as ws:
        add_customer(ws, "Lead", stage="lead", tier=None, grade="A", potential=5)
        case(ws)
    with tagged() as ws:
        journal.change(ws, "customer", 1, {"strategic": 5})
        tiers.run_tiers(ws)
    with tagged(readonly=True, now=datetime(2026, 12, 1)) as ws:
        keys = [one.key for one in due(ws, days=30, kinds=("retention", "lead", "case"))]
        assert len(keys) == 7
        for key in keys:
            found, listed = why(ws, key).receipts[0], item(ws, key)
            assert listed is not None
            assert found.holds is (listed.due_on <= ws.today)
            assert (found.given, found.value) == (True, listed.due_on.isoformat())
            assert found.place
            assert found.rule
            assert found.records
            assert found.steps[0].facts["place"]


def test_hours_are_counted_from_the_moment(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "Lead", stage="lead", tier=None, grade="A", potential=5)
    step, grade, *_rules = told(crm, "lead:C000001:lead-a:1").receipts
    assert steps(step)[1] == ("due_at", "2026-11-20T09:00:00+08:00 + 24 hours", "2026-11-21T09:00:00+08:00")
    assert step.steps[0].facts["place"] == "lead_grade[1].playbook"
    assert step.parts[0].text == "stage == 'lead' and grade == 'A'"
    assert [told.rows[0]["grade"] for told in step.records] == ["A"]
    assert (grade.subject, grade.value) == ("grade", "A")


def test_hours_of_another_policy_are_not_counted_from_the_moment(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "Lead", stage="lead", tier=None, grade="A", potential=5)
    text = POLICY.replace('after = "24 hours"', 'after = "20 hours"')
    assert text != POLICY
    with crm() as ws:
        policies.apply(ws, text)
    step = told(crm, "lead:C000001:lead-a:1").receipts[0]
    assert (step.reason or "").endswith("the policy that planned it has changed since")
    assert steps(step)[1] == ("planned_on", "stored", "2026-11-21")


def test_an_undo_and_redo_began_nothing(crm: Crm) -> None:
    with crm(actor="Anna") as ws:
        add_customer(ws, "Lead", stage="lead", tier=None, grade="A", potential=5)
    before = told(crm, "lead:C000001:lead-a:1").receipts[0]
    with crm(now=datetime(2026, 11, 20, 11)) as ws:
        reversing.undo(ws)
    with crm(now=datetime(2026, 11, 20, 11, 30)) as ws:
        reversing.redo(ws)
    after = told(crm, "lead:C000001:lead-a:1").receipts[0]
    assert (after.steps, after.reason) == (before.steps, before.reason)
    assert after.steps[0].facts["by"] == "Anna"


def test_a_step_that_a_tier_began(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, strategic=5, potential=5)
    with crm(actor="Anna") as ws:
        tiers.run_tiers(ws)
    step, tier = told(crm, "retention:C000001:welcome:1").receipts
    (record,) = step.records
    assert (record.rows[0]["tier"], record.rows[0]["recorded_by"]) == ("strategic", "Anna")
    assert (tier.subject, tier.value, tier.place) == ("tier", "strategic", "tier[1].when")
    with crm() as ws:
        journal.change(ws, "customer", 1, {"consent": "no"})
    (step, _tier) = told(crm, "retention:C000001:welcome:1").receipts
    assert not step.given
    assert (step.reason or "").endswith("not asked for: consent != 'no' is not so")


def test_a_case_begins_it_at_whom_the_rule_says(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, potential=5)
    with crm() as ws:
        case(ws)
    step, rule = told(crm, "case:C000001:apology:1").receipts
    assert step.steps[0].facts["place"] == "on[5].event"
    assert (step.records[0].table, step.records[0].rows[0]["number"]) == ("cases", "K1")
    assert (rule.subject, rule.value, rule.given, rule.holds) == ("on", "apology", True, True)
    assert (rule.place, rule.rule) == ("on[5].when", "tier != 'strategic'")
    with crm() as ws:
        journal.change(ws, "cases", 1, {"status": "closed"})
    step, _rule = told(crm, "case:C000001:apology:1").receipts
    opened, ended = "complaint K1 opened on 2026-11-20; apology, step 1", "ended on 2026-11-20 by tester"
    assert (step.given, step.reason) == (False, f"{opened}; {ended}: what began it no longer held")
    closed = told(crm, "case:C000001:welcome:1").receipts[0]
    assert closed.parts[0].text == "consent != 'no'"
    assert closed.steps[0].formula == "case-closed:complaint=K1"


def test_who_signed_is_the_record_of_a_referral(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, potential=5)
        customer(ws, "Two", potential=5, stage="lead", tier=None, referrer="C000001")
    with crm() as ws:
        journal.change(ws, "customer", 2, {"stage": "active", "won_on": "2026-11-20"})
    (step,) = told(crm, "retention:C000001:welcome:1").receipts
    assert step.steps[0].formula == "referral:won=C000002"
    row = step.records[0].rows[0]
    assert (row["code"], row["name"], row["referrer"]) == ("C000002", "Two", "C000001")


def test_a_step_that_comes_again(crm: Crm) -> None:
    key = "retention:C000001:weekly:{}"
    with crm() as ws:
        customer(ws, potential=5)
    with crm(actor="Anna") as ws:
        tags.add_tag(ws, "C000001", "mood:cross")
    with crm(now=datetime(2026, 11, 23)) as ws:
        settle(ws, key.format(1), "done")
    step = told(crm, key.format(2)).receipts[0]
    assert (step.place, step.rule, step.value) == ("playbook[5].repeat", 'repeat = "1 week"', "2026-11-30")
    assert steps(step) == [
        ("started_on", "tag:mood=cross", "2026-11-20"),
        ("planned_on", "2026-11-23 + 1 week", "2026-11-30"),
    ]
    assert step.steps[0].facts["by"] == "Anna"


def test_what_became_of_a_step(tagged: Crm) -> None:
    with tagged() as ws:
        settle(ws, FIRST, "snooze", until=date(2026, 11, 25))
        settle(ws, SECOND, "skip", reason="on holiday")
        snoozed, skipped = why(ws, FIRST).receipts[0], why(ws, SECOND).receipts[0]
    assert (snoozed.value, snoozed.given) == ("2026-11-25", True)
    assert steps(snoozed)[-1] == ("due_on", "until", "2026-11-25")
    assert (skipped.given, skipped.by) == (False, "tester")
    tagged_on = "tagged risk:churn-risk on 2026-11-20; Win back, step {}"
    assert skipped.reason == f"{tagged_on.format(2)}; skipped on 2026-11-20 by tester: on holiday"
    assert [found.table for found in skipped.records] == ["tags", "settlements"]
    with tagged(actor="Ben") as ws:
        set_potential(5)(ws)
        tags.run_tags(ws)
    (ended,) = told(tagged, THIRD).receipts
    assert (ended.holds, ended.given, ended.by) == (False, False, "Ben")
    assert ended.reason == f"{tagged_on.format(3)}; ended on 2026-11-20 by Ben: what began it no longer held"
    assert ended.parts[0].facts == {"tag:risk": None}


@pytest.mark.parametrize(
    ("there", "then"),
    [
        ('[[on]]\nevent = "tag:risk=churn-risk"\nplaybook = "retention"\n', ""),
        ('{ after = "1 week", channel = "visit"', '{ after = "9 days", channel = "visit"'),
        ('channel = "visit", action = "Visit"', 'channel = "call", action = "Visit"'),
        ('[[playbook]]\nkey = "retention"', '[[playbook]]\nkey = "other"'),
    ],
    ids=["no trigger", "another day", "another channel", "no playbook"],
)
def test_a_policy_that_has_changed_since_is_told(tagged: Crm, there: str, then: str) -> None:
    text = POLICY.replace(there, then)
    if "other" in then:
        text = text.replace('playbook = "retention"', 'playbook = "other"')
    assert text != POLICY
    with tagged() as ws:
        policies.apply(ws, text)
        step = why(ws, SECOND).receipts[0]
    assert (step.reason or "").endswith("the policy that planned it has changed since")
    assert (step.value, step.steps[0].result) == ("2026-11-27", "2026-11-20")
    if then:
        assert (step.place, step.line, step.rule) == (None, None, None)
        assert steps(step)[1] == ("planned_on", "stored", "2026-11-27")
    if not then or "other" in then:
        assert (step.steps[0].facts["place"], step.steps[0].facts["line"]) == (None, None)


@pytest.mark.parametrize(
    "key", [f"{FIRST}.2", f"{FIRST}0", "retention:C000001:other:1", "retention:C000009:retention:1", "retention:"]
)
def test_what_never_was_is_not_found(tagged: Crm, key: str) -> None:
    with tagged(readonly=True) as ws, pytest.raises(NotFound):
        why(ws, key)


def test_a_key_of_a_merged_customer_is_known(tagged: Crm) -> None:
    with tagged() as ws:
        settle(ws, FIRST, "done")
        journal.add(ws, "former_code", [{"code": "C000077", "customer_id": 1, "since": "2026-11-01"}])
        assert _code(ws, SECOND.replace("C000001", "C000077")) == "C000001"
        ws.db.execute("UPDATE customer SET code = 'C:2' WHERE id = 1")
        assert _code(ws, FIRST) == _code(ws, SECOND.replace("C000001", "C:2")) == "C:2"


def _code(ws: Workspace, key: str) -> str:
    return why(ws, key).code
