"""A policy that was read and checked: frozen, in the order of the file. `loader` makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from crmcli import i18n
from crmcli.calendars import Cadence
from crmcli.policy.rules import Rule


@dataclass(frozen=True)
class Words:
    """The same words in both languages; either may be empty."""

    en: str = ""
    zh: str = ""

    def in_language(self, language: str, fallback: str = "") -> str:
        """The words in "en" or "zh", else in the other language, else `fallback`."""
        first, second = (self.zh, self.en) if language == "zh" else (self.en, self.zh)
        return first or second or fallback

    def both(self, fallback: str = "") -> dict[str, str]:
        """{"en": …, "zh": …}, each filled from the other, else with `fallback`."""
        return {language: self.in_language(language, fallback) for language in i18n.LANGUAGES}


@dataclass(frozen=True)
class TagRule:
    """One value of a tag dimension. Without `when` it is set by hand and only named here."""

    dimension: str
    value: str
    label: Words
    when: Rule | None

    @property
    def key(self) -> str:
        return self.value


@dataclass(frozen=True)
class TouchRule:
    """A contact that a tier asks for, again and again; any one of `channels` will do."""

    key: str
    every: Cadence
    channels: tuple[str, ...]
    label: Words
    action: Words


@dataclass(frozen=True)
class Tier:
    """A class of customers. `rank` is 1 for the first and best.

    A drop into a lower tier is applied only when `keep_for` runs in a row ask for it.
    """

    key: str
    rank: int
    label: Words
    when: Rule
    owner_role: str
    benefits: tuple[str, ...]
    keep_for: int
    touches: tuple[TouchRule, ...]


@dataclass(frozen=True)
class Occasion:
    """A birthday or anniversary, announced `notice_days` before. No `tiers` means every tier."""

    kind: str
    notice_days: int
    tiers: tuple[str, ...]
    action: Words
    label: Words

    @property
    def key(self) -> str:
        return self.kind


class Labelled(Protocol):
    """What has a key and words for it: a tag, tier, touch or occasion."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> Words: ...


@dataclass(frozen=True)
class Policy:
    """A company's relationship plan. `completeness` has (field, weight)."""

    name: str
    timezone: str
    currency: str
    phone_region: str
    tags: tuple[TagRule, ...]
    tiers: tuple[Tier, ...]
    occasions: tuple[Occasion, ...]
    completeness: tuple[tuple[str, Decimal], ...]

    @property
    def weights(self) -> Mapping[str, Decimal]:
        """The weights as `facts.facts_sql` takes them."""
        return dict(self.completeness)

    def tier(self, key: str) -> Tier | None:
        return next((tier for tier in self.tiers if tier.key == key), None)

    @staticmethod
    def label(thing: Labelled, language: str | None = None) -> str:
        """What to call it in `language` (the one spoken now): its label, else its key."""
        return thing.label.in_language(language or i18n.language(), thing.key)
