"""Why two customers are one: the weight of each field in words."""

from crmcli.cleaning.duplicates import verdicts
from crmcli.cleaning.duplicates.scoring import Model
from crmcli.cleaning.duplicates.verdicts import Verdict
from crmcli.i18n import _


class Words:
    """Fields, levels and rules in the language of this run."""

    def __init__(self) -> None:
        self.fields = {
            "company": _("company"),
            "place": _("place"),
            "person": _("person"),
            "phone": _("phone"),
            "e-mail": _("e-mail"),
            "address": _("address"),
            "tax id": _("tax id"),
            "website": _("website"),
            "name": _("name"),
            "birthday": _("birthday"),
            "city": _("city"),
            "region": _("region"),
            "postcode": _("postcode"),
        }
        self.levels = {
            "same": _("same"),
            "core same": _("core same"),
            "core one typo": _("core one typo"),
            "core contained": _("core contained"),
            "close": _("close"),
            "other trade": _("core alike, other trade"),
            "different": _("different"),
            "written otherwise": _("written otherwise"),
            "surname same": _("surname same"),
            "one digit off": _("one digit off"),
            "first digits same": _("first digits same"),
            "same domain": _("same domain"),
            "same name": _("same name"),
            "same door": _("same door"),
            "one sign off": _("one sign off"),
            "one name same": _("one name same"),
            "one name close": _("one name close"),
            "one of two same": _("one of two same"),
            "one of two close": _("one of two close"),
            "one part off": _("one part off"),
        }
        self.rules = {
            verdicts.BRANCH: _("another branch"),
            verdicts.CITY: _("another city"),
            verdicts.TRADE: _("another trade"),
            verdicts.FORM: _("another legal form"),
            verdicts.NAMES: _("two names"),
            verdicts.LEGAL_NAME: _("one legal name"),
            verdicts.ONE_OWNER: _("one phone, nothing against it"),
        }
        self.chance = _("chance")

    def reasons(self, verdict: Verdict, model: Model) -> list[str]:
        """`phone same +11.2`, the strongest field first, then what the rules and the prior odds add; in bits."""
        levels, rarities = verdict.comparison
        weights = [
            (model.bits(place, level) + rarities[place], place) for place, level in enumerate(levels) if level >= 0
        ]
        told = []
        for bits, place in sorted(weights, key=lambda weight: (-weight[0], weight[1])):
            scale = model.scales[place]
            told.append(f"{self.fields[scale.field]} {self.levels[scale.labels[levels[place]]]} {bits:+.1f}")
        told.append(f"{self.chance} {model.odds:+.1f}")
        if verdict.bits != verdict.summed:
            told.append(f"{self.rules[verdict.rule]} {verdict.bits - verdict.summed:+.1f}")
        return told
