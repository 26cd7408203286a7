"""What a pair comes to: its weight, and the rules that stand above the sum of weights."""

from dataclasses import dataclass

from crmcli.cleaning.duplicates.companies_compared import (
    CONTAINED,
    CORE,
    DIFFERENT,
    OTHER_TRADE,
    SAME,
    company,
)
from crmcli.cleaning.duplicates.comparing import Comparison
from crmcli.cleaning.duplicates.records import Record
from crmcli.cleaning.duplicates.scoring import Model

_CONFLICT = -24.0
_FLOOR = 4.0
_CEILING = 1.0
_ELSEWHERE = -1.0
_FEW = 2.7

BRANCH, CITY, TRADE, FORM, NAMES = "branch", "city", "trade", "form", "names"
"""What makes two customers two, however alike."""
LEGAL_NAME, ONE_OWNER = "legal name", "one owner"
"""What makes two customers one, however little else is known."""


@dataclass(slots=True)
class Verdict:
    """The weight of a pair in bits, the sum of weights that it was before a rule changed it, and the rule, or ""."""

    bits: float
    summed: float
    rule: str
    comparison: Comparison

    @property
    def conflict(self) -> bool:
        """Whether a rule holds the two for two."""
        return self.rule in (BRANCH, CITY, TRADE, FORM, NAMES)


def worth_comparing(a: Record, b: Record, model: Model) -> bool:
    """Whether two that share a key have more in common than a piece of their names."""
    if a.person or company(a, b, model.rare)[0] != DIFFERENT:
        return True
    if a.tax_id and a.tax_id == b.tax_id:
        return True
    return any(phone in b.phones for phone in a.phones) or any(email in b.emails for email in a.emails)


def verdict(a: Record, b: Record, model: Model) -> Verdict:
    """What the pair comes to; a company and a person are never one."""
    comparison = model.compared(a, b, model.rare)
    summed = model.weight(comparison)
    levels = comparison[0]
    if a.person:
        if summed < _FLOOR and _one_phone(levels, comparison[1][2] - model.rare.most):
            return Verdict(_FLOOR, summed, ONE_OWNER, comparison)
        return Verdict(summed, summed, "", comparison)
    if against := _conflict(a, b, levels):
        return Verdict(min(summed, 0.0) + _CONFLICT, summed, against, comparison)
    if levels[0] == DIFFERENT and levels[6] != 0:
        return Verdict(min(summed, _CEILING), summed, NAMES, comparison)
    if summed < _FLOOR and _one_name(a, b, levels):
        return Verdict(_FLOOR, summed, LEGAL_NAME, comparison)
    if summed < _FLOOR and _one_owner(levels, comparison[1][3] - model.rare.most):
        return Verdict(_FLOOR, summed, ONE_OWNER, comparison)
    if levels[1] == 2 and levels[0] <= CORE and summed < 0.0:
        return Verdict(summed + _ELSEWHERE, summed, CITY, comparison)
    return Verdict(summed, summed, "", comparison)


def related(a: Record, b: Record, found: Verdict, model: Model) -> bool:
    """Whether two that a rule holds for two have so much in common that somebody should know."""
    if found.summed >= 0.0:
        return True
    if found.rule == NAMES:
        # Neighbours on one switchboard, or two companies of one person.
        levels, rarities = found.comparison
        return (levels[3] == 0 and rarities[3] > model.rare.most + _SHARED) or levels[4] == 0
    # A brand that few have; of common words there is no end.
    if a.name.core != b.name.core or model.rare.bits("core", a.name.core) < model.rare.most - _FEW:
        return False
    name, place = found.comparison[0][:2]
    return found.rule == BRANCH or (name <= CORE if found.rule == CITY else place == 0)


def _conflict(a: Record, b: Record, levels: tuple[int, ...]) -> str:
    name, place, tax = levels[0], levels[1], levels[6]
    if name == DIFFERENT:
        return ""
    if a.name.branch != b.name.branch:
        return BRANCH
    if tax == 0:
        return ""
    if place == 2 and a.name.place and b.name.place and a.city != b.city:
        return CITY
    if name == OTHER_TRADE:
        return TRADE
    if name <= CORE and a.name.legal and b.name.legal and legal_form(a.name.legal) != legal_form(b.name.legal):
        return FORM
    return ""


def legal_form(legal: str) -> str:
    """The kind of body behind a legal word: every 公司 is one, a 厂 or a 商行 is another."""
    return "公司" if "公" in legal or legal.isascii() or legal in ("集团", "有限") else legal


# A phone that many have is a building's: less surprising than most values by more than this.
_SHARED = -1.0


def _one_name(a: Record, b: Record, levels: tuple[int, ...]) -> bool:
    """The same whole legal name, in the same place or in none."""
    name, place, tax = levels[0], levels[1], levels[6]
    same = name == SAME and a.name.legal != "" and a.name.legal == b.name.legal
    return same and tax != 2 and (place == 0 or (place != 2 and a.name == b.name))


def _one_owner(levels: tuple[int, ...], rarity: float) -> bool:
    """The same phone, which few have, and no second name of company or person, no second place."""
    name, place, people, phone, tax = levels[0], levels[1], levels[2], levels[3], levels[6]
    return phone == 0 and rarity > _SHARED and name <= CONTAINED and people < 3 and place != 2 and tax != 2


def _one_phone(levels: tuple[int, ...], rarity: float) -> bool:
    """A person's phone, of whom nothing else, or only one of two names, is known."""
    name, birthday, phone = levels[0], levels[1], levels[2]
    return phone == 0 and rarity > _SHARED and name in (-1, 2) and birthday != 4
