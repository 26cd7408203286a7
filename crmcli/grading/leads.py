"""What the grade of a lead goes by: whether its need, budget and decision chain are clear, and who gave the grade."""

from crmcli.errors import BadValue
from crmcli.values import name_key, parse_yes_no

BY_RULE = "rule: "
"""What the reason of a grade begins with that a rule of the policy gave; any other is somebody's own."""

# As `name_key` writes them: without spaces and punctuation.
_SAID = """
    无 否 不明 不明确 不清 不清楚 不确定 不知道 不详 未明 未明确 未定 未确定 未知 未提供
    待定 待确认 待明确 待了解 待沟通 暂无 暂时没有 暂不明确 暂不清楚 尚无 尚不明确 尚未明确 尚未确定
    没 没有 无需求 无预算 没需求 没预算 没有需求 没有预算 暂无需求 暂无预算
    no none nil na null tbd tbc unknown unclear notclear unsure notsure undecided notyet notknown nobudget noneed
"""
_UNCLEAR = frozenset(_SAID.split())


def is_clear(text: str | None) -> bool:
    """Whether need, budget or decision chain is clear: something is said of it, other than `no`, `无` or `不明`."""
    try:
        return parse_yes_no(text or "") == "yes"
    except BadValue:
        key = name_key(text or "")
    return any(map(str.isalnum, key)) and key not in _UNCLEAR


def by_rule(reason: str | None) -> bool:
    """Whether a rule gave the grade that has this reason."""
    return (reason or "").startswith(BY_RULE)
