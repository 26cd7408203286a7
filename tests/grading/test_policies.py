"""Versions of the policy: what each changed, and the way back."""

from typing import Any

import pytest

import crmcli
from crmcli.errors import InvalidInput, NotFound
from crmcli.grading.policies import apply, history, in_force, text_of
from crmcli.intake import records
from crmcli.policy import schema
from tests.conftest import Crm

STANDARD = schema.preset("standard")


def changes(crm: Crm, text: str) -> list[str]:
    """What the history says that `text` changed."""
    with crm() as ws:
        assert apply(ws, text)
        found: list[str] = history(ws)[0]["changes"]
    return found


def test_every_version_with_who_when_and_what(crm: Crm) -> None:
    with crm(actor="boss") as ws:
        apply(ws, STANDARD.replace('"standard"', '"mine"', 1).replace("top(amount_12m, 20)", "top(amount_12m, 30)"))
    with crm(readonly=True) as ws:
        first, second = reversed(history(ws))
    assert second == {
        "version": 2, "at": "2026-11-20T09:00:00+08:00", "actor": "boss", "name": "mine", "in_force": True,
        "changes": ["name", "tier.key.when"], "undone": None, "same_as": None,
    }  # fmt: skip
    assert (first["version"], first["name"], first["in_force"], first["changes"]) == (1, "standard", False, [])


def test_another_currency_is_told_where_there_are_amounts(crm: Crm) -> None:
    told = "the currency was CNY and is USD: amounts stay the numbers that they were"
    for number, expected in enumerate([[], [told]]):
        with crm(dry_run=True) as ws:
            records.add_customer(ws, {"name": "甲公司"})
            for _order in range(number):
                records.add_order(ws, "甲公司", {"amount": "5"})
            apply(ws, STANDARD.replace('currency = "CNY"', 'currency = "USD"'))
            assert ws.notes == expected


def test_a_version_that_is_an_earlier_one_again(crm: Crm) -> None:
    for text in (STANDARD.replace('"standard"', '"mine"', 1), STANDARD, "# reviewed\n" + STANDARD):
        with crm() as ws:
            apply(ws, text)
    with crm(readonly=True) as ws:
        assert [(row["version"], row["same_as"]) for row in history(ws)] == [(4, None), (3, 1), (2, None), (1, None)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("# The merged", "# Merged", []),
        ('key = "basic"', 'key = "rest"', ["-tier.basic", "+tier.rest"]),
        ('key = "survey"', 'key = "question"', ["-tier.basic.touches.survey", "+tier.basic.touches.question"]),
        ('every = "6 months"', 'every = "5 months"', ["tier.basic.touches.survey.every"]),
        ('value = "growing"', 'value = "rising"', ["-tag.risk:growing", "+tag.risk:rising"]),
        ('label = { en = "Growing", zh = "成长" }', 'label = "Growing"', ["tag.risk:growing.label"]),
        ('notice = "7 days"', 'notice = "8 days"', ["occasion.anniversary.notice"]),
        ("every = 10, amount", "every = 20, amount", ["completeness.reward.every"]),
        ("phone = 2, contact", "contact", ["-completeness.fields.phone"]),
        ('benefits = [{ en = "named contact", zh = "指定对接人" }]\n', "", ["-tier.key.benefits"]),
    ],
)
def test_a_change_is_named_by_its_key(crm: Crm, old: str, new: str, expected: list[str]) -> None:
    assert old in STANDARD
    assert changes(crm, STANDARD.replace(old, new, 1)) == expected


def test_the_order_of_rules_is_a_change_and_that_of_keys_is_none(crm: Crm) -> None:
    def tag(value: str) -> str:
        return f'[[tag]]\ndimension = "colour"\nvalue = "{value}"\n'

    changes(crm, STANDARD + tag("red") + tag("blue"))
    assert changes(crm, STANDARD + tag("blue") + tag("red")) == ["~tag"]
    lines = STANDARD.splitlines(keepends=True)
    at = lines.index('currency = "CNY"\n')
    swapped = "".join([*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]])
    assert swapped != STANDARD
    changes(crm, STANDARD)
    assert changes(crm, swapped) == []


def test_back_to_a_version_is_a_new_version_with_its_text(crm: Crm) -> None:
    changes(crm, STANDARD.replace('"standard"', '"mine"', 1))
    with crm() as ws:
        apply(ws, text_of(ws, 1))
        assert in_force(ws) == STANDARD
        assert [row["version"] for row in history(ws)] == [3, 2, 1]
    with crm() as ws:
        assert not apply(ws, text_of(ws, 1))
        crmcli.undo(ws)
    with crm(readonly=True) as ws:
        versions: list[Any] = [(row["version"], row["in_force"]) for row in history(ws)]
        assert versions == [(3, False), (2, True), (1, False)]
        with pytest.raises(NotFound, match="4"):
            text_of(ws, 4)


def test_an_undone_version_stays_in_the_history_and_can_be_had_again(crm: Crm) -> None:
    def versions() -> list[Any]:
        with crm(readonly=True) as ws:
            return [(row["version"], row["in_force"], row["undone"], row["changes"]) for row in history(ws)]

    mine = STANDARD.replace('"standard"', '"mine"', 1)
    changes(crm, mine)
    for step in (crmcli.undo, crmcli.redo, crmcli.undo):
        with crm() as ws:
            step(ws)
    assert versions() == [(2, False, 4, ["name"]), (1, True, None, [])]
    # The one after it is compared with the one that it replaced, which is the first.
    assert changes(crm, STANDARD.replace("top(amount_12m, 20)", "top(amount_12m, 30)")) == ["tier.key.when"]
    assert [version[:3] for version in versions()] == [(3, True, None), (2, False, 4), (1, False, None)]
    with crm() as ws:
        assert text_of(ws, 2) == mine
        assert apply(ws, text_of(ws, 2))
        assert [(row["version"], row["same_as"]) for row in history(ws)][:1] == [(4, None)]


def test_a_policy_with_a_byte_order_mark_has_a_history(crm: Crm) -> None:
    assert changes(crm, "\ufeff" + STANDARD) == []


def test_a_policy_with_problems_makes_no_version(crm: Crm) -> None:
    with crm() as ws:
        with pytest.raises(InvalidInput):
            apply(ws, STANDARD.replace("amount_12m, 10", "amount_12n, 10"))
        assert len(history(ws)) == 1
