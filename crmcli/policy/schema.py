"""The policy as the rest of the program meets it: loading, the digest for daily reads, the presets."""

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from crmcli.errors import NotFound
from crmcli.i18n import _
from crmcli.policy.definitions import Occasion, Policy, TagRule, Tier, TouchRule, Words
from crmcli.policy.loader import load, load_bytes

__all__ = [
    "Occasion",
    "Policy",
    "TagRule",
    "Tier",
    "TouchRule",
    "Words",
    "digest",
    "load",
    "load_bytes",
    "not_acted_on",
    "preset",
    "presets",
]

NOT_ACTED_ON = (
    "calendar", "review", "clock", "lead_grade", "occasion.renewal", "festival", "escalation",
    "assign",
)  # fmt: skip
"""The sections that are read, checked and kept, and whose daily work this version does not do yet."""


def not_acted_on(policy: Policy) -> tuple[str, ...]:
    """Those of NOT_ACTED_ON that a policy has, to be told where it is checked."""
    has = {*policy.sections, *(f"occasion.{occasion.kind}" for occasion in policy.occasions)}
    return tuple(section for section in NOT_ACTED_ON if section in has)


def digest(policy: Policy) -> dict[str, Any]:
    """What the daily reads need of a policy, ready for JSON, so that they load no rules.

    `tiers` by key: `label` {en, zh}, `rank` (1 is the best). `touches` by tier, then by touch: `label`,
    `action` {en, zh}, `every` (text for `calendars.parse_cadence`), `channels`. `occasions`: `kind`,
    `notice_days`, `tiers` (keys; all of them where the policy names none), `label`, `action` {en, zh}. A label is
    never empty; an action may be. `duplicates`: `certain` and `likely`, scores from 0 to 1. `events`: those that
    start a playbook.
    """
    return {
        "name": policy.name,
        "timezone": policy.timezone,
        "currency": policy.currency,
        "phone_region": policy.phone_region,
        "events": [
            *(f"{trigger.kind}:{trigger.name}" for trigger in policy.triggers),
            *(f"grade:{grade.key}" for grade in policy.lead_grades if grade.playbook),
        ],
        "tiers": {tier.key: {"label": tier.label.both(tier.key), "rank": tier.rank} for tier in policy.tiers},
        "touches": {tier.key: {touch.key: _touch(touch) for touch in tier.touches} for tier in policy.tiers},
        "occasions": [_occasion(occasion, policy) for occasion in policy.occasions],
        "duplicates": {"certain": float(policy.duplicates.certain), "likely": float(policy.duplicates.likely)},
    }


def _touch(touch: TouchRule) -> dict[str, Any]:
    return {
        "label": touch.label.both(touch.key),
        "action": touch.action.both(),
        "every": f"{touch.every.number} {touch.every.unit}",
        "channels": list(touch.channels),
    }


def _occasion(occasion: Occasion, policy: Policy) -> dict[str, Any]:
    return {
        "kind": occasion.kind,
        "notice_days": occasion.notice_days,
        "tiers": list(occasion.tiers or (tier.key for tier in policy.tiers)),
        "label": occasion.label.both(occasion.kind),
        "action": occasion.action.both(),
    }


def presets() -> list[str]:
    """The names of the shipped policies, `standard` first."""
    names = [entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml")]
    return sorted(names, key=lambda name: (name != "standard", name))


def preset(name: str) -> str:
    """The TOML of a shipped policy, comments included. Raises NotFound."""
    if name not in presets():
        known = ", ".join(presets())
        raise NotFound(
            _("there is no preset '{name}'").format(name=name),
            hint=_("there are: {names}").format(names=known),
        )
    return (_folder() / f"{name}.toml").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return resources.files("crmcli.policy") / "presets"
