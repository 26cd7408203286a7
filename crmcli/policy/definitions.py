"""A policy that was read and checked: frozen, in the order of the file. `loader` makes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

from crmcli import i18n
from crmcli.calendars import Cadence, Duration, WorkingTime
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


# --------------------------------------------------------------------------------------- tags and tiers


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
    """A contact that a tier asks for, again and again; any one of `channels` will do.

    Of `kind` "survey" it is answered by an answer to a survey, not by just any contact.
    """

    key: str
    every: Cadence
    channels: tuple[str, ...]
    label: Words
    action: Words
    kind: Literal["touch", "survey"] = "touch"


@dataclass(frozen=True)
class Tier:
    """A class of customers. `rank` is 1 for the first and best.

    A drop is applied only when `keep_for` reviews in a row ask for it; the runs of a day are one review.
    """

    key: str
    rank: int
    label: Words
    when: Rule
    owner_role: str
    benefits: tuple[Words, ...]
    keep_for: int
    touches: tuple[TouchRule, ...]


# -------------------------------------------------------------------------- cases, leads, what is late


@dataclass(frozen=True)
class Clock:
    """How soon a case is answered, solved and asked about again; the first whose rule holds of a case is its clock.

    Its rule reads `case_kind` and `case_severity` (in the file `case.kind` and `case.severity`) beside the customer's
    facts. A deadline that is not set is None. `warn_at` is the share of the time, above 0 and up to 1. A case for which
    nobody else is responsible goes to a member of `role`, if there is one ("": to nobody).
    """

    when: Rule
    respond: Duration | None
    resolve: Duration | None
    revisit: Duration | None
    hours: Literal["working", "clock"]
    warn_at: Decimal
    role: str = ""


@dataclass(frozen=True)
class LeadGrade:
    """A grade of leads; the first whose rule holds is given. `playbook` is the key of one, or ""."""

    key: str
    label: Words
    when: Rule
    playbook: str


@dataclass(frozen=True)
class Step:
    """What is to be done so long after a playbook began."""

    after: Duration
    channel: str
    action: Words


@dataclass(frozen=True)
class Playbook:
    """Steps in the order of their time.

    With `repeat` the last one comes again that long after it was settled, as long as what started it is so.
    """

    key: str
    label: Words
    steps: tuple[Step, ...]
    repeat: Cadence | None = None


@dataclass(frozen=True)
class Trigger:
    """What starts a playbook, at customers for whom `when` holds at that moment.

    `kind` is "tag" (gained; `name` is "risk=churn-risk"), "tier" (entered; a key), "case" (opened; its kind),
    "case-closed" (its kind), "grade" (of a lead; a key) or "referral" ("won": somebody whom the customer referred has
    signed).
    """

    kind: Literal["tag", "tier", "case", "case-closed", "grade", "referral"]
    name: str
    playbook: str
    when: Rule | None = None

    @property
    def event(self) -> str:
        """As the policy writes it."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Signal:
    """An early warning: `when` holds of a customer, the clock of a case warns or is run out, or a case is open.

    One of the three is set. `level` is "info", "warning" or "critical"; `clock` "warn", "breached" or ""; `case` a kind
    of cases, or "".
    """

    key: str
    level: str
    label: Words
    when: Rule | None
    clock: str
    case: str = ""


MARK_DIMENSION = "escalation"
"""The dimension of the tags that escalation sets; they come and go with what is late, and no run of tags asks."""


@dataclass(frozen=True)
class LateStep:
    """What happens to an item `days` days late: a role or member is told, the customer is marked, the owner changes."""

    days: int
    to: str
    mark: str
    reassign: bool


@dataclass(frozen=True)
class Escalation:
    """Steps by days late, the earliest first. No `tiers` means every tier; a tier follows the first that names it."""

    tiers: tuple[str, ...]
    steps: tuple[LateStep, ...]


@dataclass(frozen=True)
class Assignment:
    """Who gets a new lead: one of the active members of `role`; the first whose rule holds decides."""

    when: Rule
    role: str
    by: Literal["least-loaded", "round-robin"]


@dataclass(frozen=True)
class StaleLead:
    """When a lead that nobody works on goes back to the pool: `days` after its last contact; the first that fits.

    No `grades` means every lead, one without a grade among them; no `tiers` means every tier, and none.
    """

    days: int
    grades: tuple[str, ...]
    tiers: tuple[str, ...]


# ---------------------------------------------------------------------------------------- days to think of


@dataclass(frozen=True)
class Occasion:
    """A birthday, anniversary or end of contract, announced `notice_days` before. No `tiers` means every tier."""

    kind: str
    notice_days: int
    tiers: tuple[str, ...]
    action: Words
    label: Words
    gift: Words = Words()
    greeting: Words = Words()

    @property
    def key(self) -> str:
        return self.kind


@dataclass(frozen=True)
class FestivalGreeting:
    """A festival, announced `notice_days` before; `key` is as `calendars.festival` takes it.

    No `industries` means every industry, no `tiers` every tier.
    """

    key: str
    notice_days: int
    industries: tuple[str, ...]
    tiers: tuple[str, ...]
    action: Words
    label: Words
    gift: Words = Words()
    greeting: Words = Words()


# --------------------------------------------------------------------------------- the quality of the data


@dataclass(frozen=True)
class Reward:
    """What filling in missing facts earns: `amount` (minor units) for `every` so many."""

    every: int
    amount: int


@dataclass(frozen=True)
class Duplicates:
    """From which score, above 0 and up to 1, a pair is certainly, or likely, the same."""

    certain: Decimal
    likely: Decimal


@dataclass(frozen=True)
class Target:
    """What a figure is to reach by a day, in its unit; shares are 0 to 1."""

    kpi: str
    baseline: Decimal | None
    target: Decimal
    by: date


@dataclass(frozen=True)
class Checks:
    """What `clean check` holds the data against.

    No `industries` means any. `single_valued` names dimensions of which a customer has one tag at most, besides those
    decided by rules; `contradictions` are pairs of tags (`dimension:value`) that cannot both be true.
    """

    industries: tuple[str, ...] = ()
    single_valued: tuple[str, ...] = ()
    contradictions: tuple[tuple[str, str], ...] = ()


# ------------------------------------------------------------------------------------------------ the whole


@dataclass(frozen=True)
class Example:
    """One `[[test]]`: a made-up customer, the tier and tags (dimension, value) that the rules must give it, and those
    that they must not.

    Facts that are not named are missing. `rank` is the place, from 1 to 100 and 1 the highest, that the customer has
    by a fact among 100; `fields` are the company's own, by heading; `by_hand` are tags that it has already.
    `today` is None where no fact is a date. An empty `tier` is not compared.
    """

    name: str
    facts: Mapping[str, int | Decimal | str | date]
    rank: Mapping[str, int]
    fields: Mapping[str, str]
    by_hand: tuple[tuple[str, str], ...]
    today: date | None
    tier: str
    tags: tuple[tuple[str, str], ...]
    not_tags: tuple[tuple[str, str], ...]


class Labelled(Protocol):
    """What has a key and words for it: a tag, tier, touch or occasion."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> Words: ...


@dataclass(frozen=True)
class Policy:
    """A company's relationship plan.

    `company` is what it calls itself, or "". `completeness` has (field, weight); `sections` are the file's top-level
    keys.
    """

    name: str
    timezone: str
    currency: str
    phone_region: str
    calendar: WorkingTime
    tags: tuple[TagRule, ...]
    tiers: tuple[Tier, ...]
    review: Cadence | None
    clocks: tuple[Clock, ...]
    lead_grades: tuple[LeadGrade, ...]
    playbooks: tuple[Playbook, ...]
    triggers: tuple[Trigger, ...]
    signals: tuple[Signal, ...]
    occasions: tuple[Occasion, ...]
    festivals: tuple[FestivalGreeting, ...]
    escalations: tuple[Escalation, ...]
    assignments: tuple[Assignment, ...]
    stale_leads: tuple[StaleLead, ...]
    completeness: tuple[tuple[str, Decimal], ...]
    reward: Reward | None
    duplicates: Duplicates
    targets: tuple[Target, ...]
    checks: Checks
    examples: tuple[Example, ...]
    sections: tuple[str, ...]
    company: str = ""

    @property
    def weights(self) -> Mapping[str, Decimal]:
        """The weights as `facts.facts_sql` takes them."""
        return dict(self.completeness)

    def beginnings(self) -> Iterator[tuple[tuple[str | int, ...], Trigger]]:
        """What begins a playbook, with its place: the `[[on]]`, and the grades of leads that name one."""
        for number, trigger in enumerate(self.triggers):
            yield ("on", number, "event"), trigger
        for number, grade in enumerate(self.lead_grades):
            if grade.playbook:
                yield ("lead_grade", number, "playbook"), Trigger("grade", grade.key, grade.playbook)

    def tier(self, key: str) -> Tier | None:
        return next((tier for tier in self.tiers if tier.key == key), None)

    @staticmethod
    def label(thing: Labelled, language: str | None = None) -> str:
        """What to call it in `language` (the one spoken now): its label, else its key."""
        return thing.label.in_language(language or i18n.language(), thing.key)
