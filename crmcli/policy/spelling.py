"""Slips in the words that rules compare facts with: such a rule never holds, or always, and nobody would see.

A fact of a few words, a stage or a kind, is compared with one of them as it is stored, `tier` with the key of a
[[tier]]. What is empty is missing, so that no fact is ever ''; `!= ''` asks whether there is something, and is right.
"""

from collections.abc import Collection, Iterator, Mapping

from crmcli.fields import words
from crmcli.i18n import _
from crmcli.policy.reading import hinted
from crmcli.policy.rules import Rule, RuleError
from crmcli.policy.trees import Comparison, Constant, FactName, Member, Node, walk

_WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": words.KIND,
    "stage": words.STAGE,
    "consent": words.CONSENT,
    "case_kind": words.CASE_KIND,
    "case_severity": words.SEVERITY,
}
"""The facts of a few words, each with what people write for them and the stored word of that."""


def slips(rule: Rule, tiers: Collection[str] | None = None) -> Iterator[RuleError]:
    """What the rule compares a fact with that the fact never is, each at its column; not of tiers without `tiers`."""
    for fact, constant, same in _compared(rule.tree):
        name, word = rule.text[fact.start : fact.end].strip("( )"), str(constant.value)
        if reason := _slip(fact.name, name, word, tiers, same=same):
            yield RuleError(reason, constant.start + 1)


def _compared(tree: Node) -> Iterator[tuple[FactName, Constant, bool]]:
    """Each text beside which a fact stands, and whether the rule asks that they are the same."""
    for node in walk(tree):
        pairs: list[tuple[Node, Node, bool]] = []
        match node:
            case Comparison(first=first, rest=rest):
                lefts = [first, *(right for _sign, right in rest)]
                pairs = [(left, right, sign == "==") for left, (sign, right) in zip(lefts, rest, strict=False)]
                pairs += [(right, left, same) for left, right, same in pairs]
            case Member(operand=operand, items=items, negated=negated):
                pairs = [(operand, item, not negated) for item in items]
        for one, other, same in pairs:
            if isinstance(one, FactName) and one.type == "text" and isinstance(other, Constant):
                yield one, other, same


def _slip(fact: str, name: str, word: str, tiers: Collection[str] | None, *, same: bool) -> str:
    """What is wrong with the comparison, or ""; `name` is the fact as the rule writes it."""
    never = _("{fact} is never '{word}'").format(fact=name, word=word)
    if spoken := _WORDS.get(fact):
        stored = dict.fromkeys(spoken.values())
        return "" if word in stored else hinted(never, spoken.get(word.casefold(), word), stored)
    if not word:
        return never + _("; write missing({fact})").format(fact=name) if same else ""
    if fact == "tier" and tiers is not None and word not in tiers:
        return hinted(_("there is no [[tier]] '{key}'").format(key=word), word, tiers)
    return ""
