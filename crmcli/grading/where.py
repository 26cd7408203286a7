"""A rule of the policy's language that somebody types to choose customers."""

from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.store.workspace import Workspace


def holds(ws: Workspace, text: str) -> tuple[str, dict[str, str]]:
    """The condition on `customer AS c` that a rule holds of it, and its parameters.

    Raises:
        UsageError: the rule cannot be read.
    """
    from crmcli.policy import facts, rules

    try:
        rule = facts.rule(text)
    except rules.RuleError as error:
        raise UsageError(
            _("--where, column {column}: {reason}").format(column=error.column, reason=error.message), hint=text
        ) from error
    found = facts.facts_sql(rule.facts, weights=ws.policy.weights, everybody=not facts.compares(rule))
    sql = f"WITH facts AS MATERIALIZED ({found}) SELECT customer_id FROM facts WHERE {rules.to_sql(rule)}"
    return f"c.id IN ({sql})", facts.facts_params(ws.today, ws.digest["timezone"])
