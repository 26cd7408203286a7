"""The policy as the rest of the program meets it: loading, the digest for daily reads, the presets."""

from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from crmcli.errors import NotFound, Problem
from crmcli.i18n import _, plural
from crmcli.policy.definitions import FestivalGreeting, Occasion, Policy, TagRule, Tier, TouchRule, Words
from crmcli.policy.loader import load, load_bytes

__all__ = [
    "Occasion",
    "Policy",
    "TagRule",
    "Tier",
    "TouchRule",
    "Words",
    "counted",
    "digest",
    "load",
    "load_bytes",
    "preset",
    "presets",
]

# As far as the lunar calendar is known; see `calendars.lunar`.
_YEARS = range(2000, 2101)


def digest(policy: Policy) -> dict[str, Any]:
    """What the daily reads need of a policy, ready for JSON, so that they load no rules.

    `tiers` by key: `label` {en, zh}, `rank` (1 is the best). `touches` by tier, then by touch: `label`,
    `action` {en, zh}, `every` (text for `calendars.parse_cadence`), `channels`, `kind`. `review`: how often the
    tiers are looked through, or None. `occasions`: `kind`, `notice_days`, `tiers` (keys; all of them where the policy
    names none), `ungraded` (whether customers without a tier are meant, too), `label`, `action` {en, zh}.
    `festivals`: `key`, `notice_days`, `industries` (none: all of them), `tiers`, `label`, `action`, and `days`, those
    on which it falls from 2000 to 2100, so that no daily read needs the lunar calendar. A label is never empty; an
    action may be. `duplicates`: `certain` and `likely`, scores from 0 to 1. `events`: those that start a playbook.
    `repeats`: by playbook, how long after the last step it comes again. `escalations` by tier ("": no tier): steps
    {days, to, mark, reassign}, the earliest first.
    `greetings`: see `_greetings`.
    """
    return {
        "name": policy.name,
        "timezone": policy.timezone,
        "currency": policy.currency,
        "phone_region": policy.phone_region,
        "events": [*dict.fromkeys(trigger.event for _path, trigger in policy.beginnings())],
        "repeats": {playbook.key: str(playbook.repeat) for playbook in policy.playbooks if playbook.repeat},
        "tiers": {tier.key: {"label": tier.label.both(tier.key), "rank": tier.rank} for tier in policy.tiers},
        "touches": {tier.key: {touch.key: _touch(touch) for touch in tier.touches} for tier in policy.tiers},
        "review": policy.review and str(policy.review),
        "occasions": [_occasion(occasion, policy) for occasion in policy.occasions],
        "festivals": [_festival(greeting, policy) for greeting in policy.festivals],
        "escalations": _escalations(policy),
        "greetings": _greetings(policy),
        "duplicates": {"certain": float(policy.duplicates.certain), "likely": float(policy.duplicates.likely)},
    }


def _escalations(policy: Policy) -> dict[str, list[dict[str, Any]]]:
    """The steps by tier; a tier follows the first that names it, "" (no tier) the first that names none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for escalation in policy.escalations:
        for tier in escalation.tiers or (*(tier.key for tier in policy.tiers), ""):
            steps = [
                {"days": step.days, "to": step.to, "mark": step.mark, "reassign": step.reassign}
                for step in escalation.steps
            ]
            found.setdefault(tier, steps)
    return found


def _greetings(policy: Policy) -> dict[str, Any]:
    """What is sent and given: the company's name, the `benefits` by tier, the texts of `occasions` and `festivals`.

    Texts are {en, zh} with placeholders, in the order of the policy; rules without any are there, too, as the first
    that fits is followed. No `tiers` or `industries` means all of them.
    """
    return {
        "company": policy.company,
        "benefits": {tier.key: [benefit.both() for benefit in tier.benefits] for tier in policy.tiers},
        "occasions": [{"key": one.kind, "industries": [], **_texts(one)} for one in policy.occasions],
        "festivals": [{"key": one.key, "industries": list(one.industries), **_texts(one)} for one in policy.festivals],
    }


def _texts(rule: Occasion | FestivalGreeting) -> dict[str, Any]:
    return {
        "tiers": list(rule.tiers),
        "label": {"en": rule.label.en, "zh": rule.label.zh},
        "gift": rule.gift.both(),
        "greeting": rule.greeting.both(),
    }


def _touch(touch: TouchRule) -> dict[str, Any]:
    return {
        "label": touch.label.both(touch.key),
        "action": touch.action.both(),
        "every": f"{touch.every.number} {touch.every.unit}",
        "channels": list(touch.channels),
        "kind": touch.kind,
    }


def _occasion(occasion: Occasion, policy: Policy) -> dict[str, Any]:
    return {
        "kind": occasion.kind,
        "notice_days": occasion.notice_days,
        "tiers": list(occasion.tiers or (tier.key for tier in policy.tiers)),
        "ungraded": not occasion.tiers,
        "label": occasion.label.both(occasion.kind),
        "action": occasion.action.both(),
    }


def _festival(greeting: FestivalGreeting, policy: Policy) -> dict[str, Any]:
    from crmcli.calendars import festival

    named = festival(greeting.key)
    days = (named.on(year) for year in _YEARS)
    label = greeting.label.both()
    return {
        "key": greeting.key,
        "notice_days": greeting.notice_days,
        "industries": list(greeting.industries),
        "tiers": list(greeting.tiers or (tier.key for tier in policy.tiers)),
        "label": {"en": label["en"] or named.en, "zh": label["zh"] or named.zh},
        "action": greeting.action.both(),
        "days": [day.isoformat() for day in days if day],
    }


def counted(name: str, problems: Sequence[Problem]) -> str:
    """How many problems a policy has; `name` is what it is called."""
    number = len(problems)
    return plural("{name}: {number} problem", "{name}: {number} problems", number).format(name=name, number=number)


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
