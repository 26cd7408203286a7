"""The handbook of tags: meaning, who sets each, who has it, since when."""

from crmcli.grading import policies
from crmcli.grading.handbook import TagEntry, handbook
from crmcli.grading.tags import add_tag, run_tags
from crmcli.policy import schema
from tests.conftest import Crm
from tests.grading.bases import NOW, TODAY, Customer, Order, fill

STANDARD = schema.preset("standard")


def test_every_tag_of_the_policy_and_of_ones_own(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, n * 100)]) for n in (1, 2, 3)])
        add_tag(ws, "C000001", "need:service")
        add_tag(ws, "C000001", "risk:growing")
        add_tag(ws, "C000002", "colour:red")
        run_tags(ws)
        found = handbook(ws)
    assert (found.policy, found.version) == ("standard", 1)
    entries = {f"{one.dimension}:{one.value}": one for one in found.entries}
    assert list(entries)[:2] == ["value:high", "value:mid"]
    assert list(entries)[-1] == "colour:red"
    assert entries["value:high"] == TagEntry(
        "value", "high", "High value", "rule", "among the 10% of customers with the highest amount of 12 months",
        "top(amount_12m, 10)", (), 1, 0, 1, "2026-11-20",
    )  # fmt: skip
    assert entries["need:service"] == TagEntry(
        "need", "service", "Service-oriented", "hand", None, None, (), 1, 1, 1, "2026-11-20"
    )
    assert entries["colour:red"] == TagEntry("colour", "red", "red", "own", None, None, (), 1, 1, None, None)
    started = {name: one.starts for name, one in entries.items() if one.starts}
    assert started == {"risk:churn-risk": ("Keep the customer",), "activity:dormant": ("Wake a dormant customer",)}
    assert (entries["risk:growing"].customers, entries["risk:growing"].by_hand) == (1, 1)
    assert (entries["risk:stable"].customers, entries["risk:stable"].by_hand) == (2, 0)


def test_since_the_version_that_gave_it_this_rule(crm: Crm) -> None:
    """A rule that was changed and changed back counts from the way back."""
    for day, text in (
        (21, STANDARD.replace("top(amount_12m, 10)", "top(amount_12m, 15)")),
        (22, STANDARD.replace("days_since_order > 90 or", "days_since_order > 60 or")),
        (23, STANDARD.replace("days_since_order > 90 or", "days_since_order > 60 or") + "# A comment\n"),
    ):
        with crm(now=NOW.replace(day=day)) as ws:
            policies.apply(ws, text)
    with crm(readonly=True) as ws:
        since = {f"{one.dimension}:{one.value}": (one.version, one.since) for one in handbook(ws).entries}
    assert since["value:mid"] == (1, "2026-11-20")
    assert since["value:high"] == since["risk:churn-risk"] == (3, "2026-11-22")
