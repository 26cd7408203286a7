"""A rule of the policy's language that somebody types to choose customers."""

import re

from crmcli.errors import UsageError
from crmcli.fields import heading_key
from crmcli.i18n import _
from crmcli.store import own_fields
from crmcli.store.workspace import Workspace


def holds(ws: Workspace, text: str) -> tuple[str, dict[str, str]]:
    """The condition on `customer AS c` that a rule holds of it, and its parameters.

    Raises:
        UsageError: the rule cannot be read.
    """
    from crmcli.policy import facts, hints, rules

    try:
        rule = facts.rule(text)
    except rules.RuleError as error:
        raise UsageError(
            _("--where, column {column}: {reason}").format(column=error.column, reason=error.message),
            hint=_own_field(ws, text[error.column - 1 :]) or hints.of_rule(text, error.column) or text,
        ) from error
    found = facts.facts_sql(rule.facts, weights=ws.policy.weights, everybody=not facts.compares(rule))
    sql = f"WITH facts AS MATERIALIZED ({found}) SELECT customer_id FROM facts WHERE {rules.to_sql(rule)}"
    return f"c.id IN ({sql})", facts.facts_params(ws.today, ws.zone)


def _own_field(ws: Workspace, rest: str) -> str:
    """How to ask for the field of the company's own that the rule names where it cannot be read on, if it does."""
    word = re.split(r"\W", rest, maxsplit=1)[0]
    alike = [one for one in own_fields.headings(ws) if word and heading_key(one) == heading_key(word)]
    if not alike:
        return ""
    heading = word if word in alike else alike[0]
    quote = "'" if '"' in heading else '"'
    return _("a field of your own is asked for so: {field}").format(field=f"field({quote}{heading}{quote})")
