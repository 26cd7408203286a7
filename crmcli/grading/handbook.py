"""The handbook of tags: what each one means, who sets it, who has it, and since which version of the policy."""

import tomllib
from dataclasses import dataclass
from typing import Any

from crmcli.grading.wording import in_words
from crmcli.policy.definitions import Policy, TagRule
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class TagEntry:
    """One tag of the handbook.

    Attributes:
        label: what the policy calls it; the value itself where it has no label.
        source: who sets it: `rule`, `hand`, or `own`, by hand in a dimension or value that the policy does not name.
        meaning: the rule in words; None for a tag set by hand. `rule` is as the policy has it.
        starts: the playbooks that begin when somebody gains it, by their labels.
        customers: who has it; `by_hand` of them were given it by hand.
        version, since: the first version of the policy that has had it, rule and all, without a break, and when that
            was applied.
    """

    dimension: str
    value: str
    label: str
    source: str
    meaning: str | None
    rule: str | None
    starts: tuple[str, ...]
    customers: int
    by_hand: int
    version: int | None
    since: str | None


@dataclass(frozen=True)
class Handbook:
    """All tags under one version of the policy, in its order; last those that it does not name."""

    policy: str
    version: int
    entries: tuple[TagEntry, ...]


def handbook(ws: Workspace) -> Handbook:
    """What every tag means and how many have it now."""
    has = {
        (row["dimension"], row["value"]): (row["n"], row["by_hand"])
        for row in ws.db.rows(
            "SELECT dimension, value, count(*) AS n, sum(source = 'hand') AS by_hand FROM tag "
            "GROUP BY dimension, value ORDER BY dimension, value"
        )
    }
    since = _since(ws)
    policy: Policy = ws.policy
    entries = [_entry(policy, tag, has.get((tag.dimension, tag.value)), since) for tag in policy.tags]
    named = {(entry.dimension, entry.value) for entry in entries}
    entries += [
        TagEntry(dimension, value, value, "own", None, None, (), *counts, None, None)
        for (dimension, value), counts in has.items()
        if (dimension, value) not in named
    ]
    return Handbook(policy.name, ws.policy_id or 0, tuple(entries))


def _entry(
    policy: Policy, tag: TagRule, counts: tuple[int, int] | None, since: dict[tuple[str, str], tuple[int, str]]
) -> TagEntry:
    version, at = since[tag.dimension, tag.value]
    customers, by_hand = counts or (0, 0)
    gained = ("tag", f"{tag.dimension}={tag.value}")
    started = {trigger.playbook for trigger in policy.triggers if (trigger.kind, trigger.name) == gained}
    return TagEntry(
        dimension=tag.dimension,
        value=tag.value,
        label=policy.label(tag),
        source="hand" if tag.when is None else "rule",
        meaning=in_words(tag.when, policy) if tag.when else None,
        rule=" ".join(tag.when.text.split()) if tag.when else None,
        starts=tuple(policy.label(playbook) for playbook in policy.playbooks if playbook.key in started),
        customers=customers,
        by_hand=by_hand,
        version=version,
        since=at,
    )


def _since(ws: Workspace) -> dict[tuple[str, str], tuple[int, str]]:
    """From which version, and day, each tag of the policy in force has stood as it does now, by (dimension, value)."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    present: dict[tuple[str, str], Any] | None = None
    for row in ws.db.each("SELECT id, at, source FROM policy ORDER BY id DESC"):
        rules = _rules(row["source"])
        present = rules if present is None else dict(present.items() & rules.items())
        if not present:
            break
        found |= dict.fromkeys(present, (row["id"], ws.local(row["at"])[:10]))
    return found


def _rules(text: str) -> dict[tuple[str, str], Any]:
    tags = tomllib.loads(text.removeprefix("\ufeff")).get("tag", [])
    return {(tag["dimension"], tag["value"]): tag.get("when") for tag in tags}
