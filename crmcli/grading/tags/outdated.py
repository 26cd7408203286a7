"""Whether the tags are what their rules give today: a run of tiers may ask for them."""

from collections.abc import Sequence

from crmcli.grading.computing import over_facts
from crmcli.grading.tags.comparing import compare, in_levels, ruled, rules, stock
from crmcli.i18n import _, plural
from crmcli.policy.definitions import TagRule
from crmcli.policy.facts import UNRATED
from crmcli.policy.rules import Rule
from crmcli.store.workspace import Workspace


def tell_outdated(ws: Workspace, asking: Sequence[Rule]) -> None:
    """Note where a run of tags would give or take away what the rules `asking` ask for: it comes before a run of tiers.

    Nothing is written.
    """
    asked = _asked(ws, asking)
    if not asked or _has_just_run(ws) or not ws.db.value(f"SELECT 1 FROM customer AS c WHERE NOT {UNRATED} LIMIT 1"):
        return
    if not ws.db.value("SELECT 1 FROM tag WHERE source = 'rule' LIMIT 1"):
        ws.notes.append(_("no rule has given a tag yet, and the tiers ask for tags: crm tier run --tags"))
    elif number := _outdated(ws, asked):
        words = plural(
            "the tiers ask for tags, and those of {number} customer are out of date: crm tier run --tags",
            "the tiers ask for tags, and those of {number} customers are out of date: crm tier run --tags",
            number,
        )
        ws.notes.append(words.format(number=number))


def _asked(ws: Workspace, asking: Sequence[Rule]) -> list[TagRule]:
    """The tags by rule in the dimensions that these rules ask for, and in those that the tags' own rules ask for."""
    tags = ruled(ws)
    wanted: set[str] = set()
    new = {name for rule in asking for name, _value in rule.tags}
    while new - wanted:
        wanted |= new
        found = [tag for tag in tags if tag.dimension in wanted]
        new = {name for rule in rules(found) for name, _value in rule.tags}
    return [tag for tag in tags if tag.dimension in wanted]


def _has_just_run(ws: Workspace) -> bool:
    """Whether there was a run of tags today that changed something, and since then nothing but runs of tiers."""
    with_tags = "command LIKE 'crm tag run%' OR command LIKE 'crm tier run%--tags%'"
    last = ws.db.first(
        f"SELECT at, {with_tags} AS gave FROM operation WHERE command NOT LIKE 'crm tier run%' OR {with_tags} "
        "ORDER BY id DESC LIMIT 1"
    )
    return last is not None and bool(last["gave"]) and ws.local(last["at"])[:10] == ws.today.isoformat()


def _outdated(ws: Workspace, asked: Sequence[TagRule]) -> int:
    """How many rated customers have not the tags that these rules give today."""
    with over_facts(ws, rules(asked)):
        stored = stock(ws)
        ws.db.new_temporary("outdated", "(customer_id INTEGER PRIMARY KEY)")
        for level in in_levels(asked):
            compare(ws, level, stored)
            ws.db.execute(
                """
                INSERT OR IGNORE INTO outdated SELECT customer_id FROM gain
                UNION SELECT tag.customer_id FROM retag JOIN tag ON tag.id = retag.tag_id
                    JOIN asked ON asked.customer_id = tag.customer_id
                """
            )
        number: int = ws.db.value("SELECT count(*) FROM outdated")
    return number
