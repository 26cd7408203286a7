"""A rule in words, for people who read no rules: `amount_12m >= 500_000` is "amount of 12 months at least 500,000"."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from crmcli.i18n import _, listed, named
from crmcli.policy.definitions import Policy
from crmcli.policy.facts import FACTS
from crmcli.policy.rules import Rule
from crmcli.policy.trees import (
    Arithmetic,
    Comparison,
    Constant,
    Days,
    FactName,
    HasTag,
    Junction,
    Member,
    Missing,
    Negative,
    Node,
    Not,
    OwnField,
    Rank,
    walk,
)


def in_words(rule: Rule, policy: Policy) -> str:
    """What the rule asks for, in the language spoken now; tags by the labels that the policy gives them."""
    if rule.always:
        return _("everybody else")
    return _Wording({(tag.dimension, tag.value): policy.label(tag) for tag in policy.tags}).condition(rule.tree)


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Wording:
    def __init__(self, labels: Mapping[tuple[str, str], str]) -> None:
        self.labels = labels
        self.facts = fact_words()

    def condition(self, node: Node) -> str:
        match node:
            case Constant(value=value):
                return _("always") if value else _("never")
            case Not(operand=operand):
                return _("not: {condition}").format(condition=self._joined(operand))
            case Junction(word=word, parts=parts):
                joining = _("and") if word == "and" else _("or")
                between = f" {joining} "
                return between.join(self._joined(part) for part in parts)
            case Comparison():
                return self._comparison(node)
            case Member(operand=operand, items=items, negated=negated):
                several = listed(self._value(item) for item in items)
                text = _("{left} is none of {items}") if negated else _("{left} is one of {items}")
                return text.format(left=self._value(operand), items=several)
            case Missing(fact=fact):
                return _("{fact} not known").format(fact=self._value(fact))
            case Rank():
                text = (
                    _("among the {share} of customers with the highest {fact}")
                    if node.function == "top"
                    else _("among the {share} of customers with the lowest {fact}")
                )
                share = _percent(Decimal(node.numerator) / node.denominator)
                return text.format(share=share, fact=self._value(node.fact))
            case HasTag(dimension=dimension, value=value):
                name = dimension_words().get(dimension, dimension).lower()
                said = name if value is None else named(name, self.labels.get((dimension, value), value))
                return _("tagged {tag}").format(tag=said)
            case _:
                return self._value(node)

    def _joined(self, node: Node) -> str:
        text = self.condition(node)
        return f"({text})" if isinstance(node, Junction) else text

    def _comparison(self, node: Comparison) -> str:
        # Beside a share a number is one, too: 0.3 is 30 %.
        share = any(isinstance(part, FactName) and _is_share(part) for part in walk(node))
        said = []
        left = node.first
        for operator, right in node.rest:
            # `1 <= orders_12m` is said from the other side.
            turned = isinstance(left, Constant)
            sides = (right, left) if turned else (left, right)
            sign = _TURNED.get(operator, operator) if turned else operator
            words = _later(sign) if _is_day(left) or _is_day(right) else _more(sign)
            said.append(words.format(left=self._value(sides[0], share), right=self._value(sides[1], share)))
            left = right
        joining = _("and")
        return f" {joining} ".join(said)

    def _value(self, node: Node, share: bool = False) -> str:
        match node:
            case Constant(value=value):
                return _constant(value, share)
            case FactName(name=name):
                return self.facts.get(name, name)
            case OwnField(heading=heading):
                return heading
            case Negative(operand=operand):
                return f"-{self._value(operand, share)}"
            case Days(function=function, fact=fact):
                text = _("days to {fact}") if function == "days_to" else _("days since {fact}")
                return text.format(fact=self.facts.get(fact.name, fact.name))
            case Arithmetic(first=first, rest=rest):
                steps = (f" {sign} {self._value(part, share)}" for sign, part in rest)
                return f"({self._value(first, share)}{''.join(steps)})"
            case _:
                return self.condition(node)


def _more(operator: str) -> str:
    return {
        ">=": _("{left} at least {right}"),
        ">": _("{left} above {right}"),
        "<=": _("{left} at most {right}"),
        "<": _("{left} below {right}"),
        "==": _("{left} is {right}"),
        "!=": _("{left} is not {right}"),
    }[operator]


def _later(operator: str) -> str:
    return {
        ">=": _("{left} on {right} or later"),
        ">": _("{left} after {right}"),
        "<=": _("{left} on {right} or earlier"),
        "<": _("{left} before {right}"),
        "==": _("{left} on {right}"),
        "!=": _("{left} not on {right}"),
    }[operator]


def _is_day(node: Node) -> bool:
    return node.type == "date" or (isinstance(node, Constant) and isinstance(node.value, date))


def _is_share(fact: FactName) -> bool:
    return fact.name in FACTS and FACTS[fact.name].kind == "share"


def _constant(value: object, share: bool) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | Decimal):
        return _percent(Decimal(value)) if share else f"{Decimal(value):,f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _percent(value: Decimal) -> str:
    """A share in percent, with as many places as it has."""
    percent = round(value * 100, 4)
    whole = percent == percent.to_integral_value()
    return f"{percent:,.0f}%" if whole else f"{percent.normalize():,f}%"


def dimension_words() -> dict[str, str]:
    """What to call the dimensions of the presets' tags; a policy may have others."""
    return {
        "activity": _("Activity"),
        "behaviour": _("Behaviour"),
        "favourite": _("Favourite"),
        "feedback": _("Feedback"),
        "growth": _("Growth potential"),
        "influence": _("Influence"),
        "lifecycle": _("Life cycle"),
        "need": _("Customer need"),
        "potential": _("Potential"),
        "purchase": _("Purchases"),
        "referral": _("Referrals"),
        "risk": _("Risk"),
        "scale": _("Size"),
        "stability": _("Stability"),
        "standing": _("Standing"),
        "strategy": _("Strategic fit"),
        "value": _("Value"),
        "warning": _("Warning"),
    }


def fact_words() -> dict[str, str]:
    """What to call each fact in a sentence."""
    return {
        "amount_total": _("amount of all orders"),
        "amount_12m": _("amount of 12 months"),
        "amount_3m": _("amount of 3 months"),
        "amount_prev_3m": _("amount of the 3 months before"),
        "amount_change": _("change of the amount from 3 months to the next"),
        "profit_12m": _("profit of 12 months"),
        "profit_total": _("profit of all orders"),
        "orders_total": _("number of orders"),
        "orders_12m": _("orders in 12 months"),
        "orders_3m": _("orders in 3 months"),
        "orders_prev_3m": _("orders in the 3 months before"),
        "orders_change": _("change of the orders from 3 months to the next"),
        "avg_order_12m": _("mean order of 12 months"),
        "first_order_on": _("the first order"),
        "last_order_on": _("the last order"),
        "days_since_order": _("days since the last order"),
        "last_contact_on": _("the last contact"),
        "days_since_contact": _("days since the last contact"),
        "contacts_12m": _("contacts in 12 months"),
        "tenure_days": _("days of cooperation"),
        "renewal_rate": _("share of contracts renewed"),
        "contract_ends_on": _("the end of the contract"),
        "cases_open": _("open cases"),
        "complaints_open": _("open complaints"),
        "complaints_12m": _("complaints in 12 months"),
        "major_complaints_open": _("open major complaints"),
        "major_complaints_12m": _("major complaints in 12 months"),
        "complaint_rate_12m": _("complaints per order in 12 months"),
        "csat_12m": _("satisfaction (CSAT, 1-5) in 12 months"),
        "nps_last": _("latest readiness to recommend (NPS, 0-10)"),
        "referrals_won": _("customers won by referral"),
        "r": _("recency score (1-5)"),
        "f": _("frequency score (1-5)"),
        "m": _("money score (1-5)"),
        "rfm": _("RFM score"),
        "completeness": _("completeness of the record"),
        "code": _("code"),
        "name": _("name"),
        "kind": _("kind"),
        "stage": _("stage"),
        "industry": _("industry"),
        "region": _("region"),
        "city": _("city"),
        "source": _("source"),
        "owner": _("owner"),
        "tier": _("tier"),
        "consent": _("consent"),
        "strategic": _("strategic meaning (0-5)"),
        "influence": _("influence (0-5)"),
        "reputation": _("reputation (0-5)"),
        "willingness": _("willingness (0-5)"),
        "potential": _("potential (0-5)"),
        "since": _("the start of the cooperation"),
        "age_days": _("days since the customer was recorded"),
    }
