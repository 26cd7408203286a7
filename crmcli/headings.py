"""What stands over the columns of tables and documents for people, in the language spoken now.

Machine output has the keys in every language. So have the tables of commands in English, where people type them:
`crm edit C000001 owner=王芳`; documents are in words.
"""

from functools import cache

from crmcli import i18n
from crmcli.i18n import _


def headings() -> dict[str, str]:
    """The heading of each field by its key; of a key that is several things, also by the `meaning` of a column."""
    return _in(i18n.language())


def records() -> dict[str, str]:
    """What the rows of each table of the contract are, by its key."""
    return {
        "customers": _("Customers"), "contacts": _("People"), "orders": _("Orders"), "contracts": _("Contracts"),
        "interactions": _("Interactions"), "leads": _("Leads"), "cases": _("Cases"), "surveys": _("Surveys"),
        "tags": _("Tags"),
    }  # fmt: skip


# The language is only the key of the cache: `_` speaks it already.
@cache
def _in(language: str) -> dict[str, str]:
    return {**_of_documents(), **_of_tables(), **_of_other_meanings()}


def _of_documents() -> dict[str, str]:
    """The fields of the contract."""
    return {
        "code": _("Code"), "customer": _("Customer"), "name": _("Name"), "kind": _("Kind"), "stage": _("Stage"),
        "industry": _("Industry"), "region": _("Region"), "city": _("City"), "address": _("Address"),
        "postcode": _("Postcode"), "website": _("Website"), "tax_id": _("Tax id"), "phone": _("Phone"),
        "email": _("E-mail address"), "birthday": _("Birthday"), "source": _("Source"), "referrer": _("Referrer"),
        "parent": _("Parent company"), "owner": _("Owner"), "tier": _("Tier"), "since": _("Customer since"),
        "consent": _("Consent"), "need": _("Need"), "budget": _("Budget"), "decision": _("Decision chain"),
        "strategic": _("Strategic value"), "influence": _("Influence"), "reputation": _("Reputation"),
        "willingness": _("Willingness"), "potential": _("Potential"), "terms": _("Special terms"), "note": _("Note"),
        "tags": _("Tags"), "contacts": _("Number of people"), "last_contact_on": _("Last contact"),
        "next_touch_on": _("Next touch"), "orders_12m": _("Orders, 12 months"), "amount_12m": _("Amount, 12 months"),
        "amount_total": _("Amount in all"), "orders_total": _("Orders in all"), "last_order_on": _("Last order"),
        "contact": _("Contact person"), "contact_title": _("Title"), "contact_phone": _("Contact's phone"),
        "wechat": _("WeChat"), "title": _("Title"), "role": _("Role"), "other_phones": _("Further phones"),
        "other_emails": _("Further e-mails"), "products": _("Products bought"), "number": _("Number"),
        "ordered_on": _("Ordered on"), "amount": _("Amount"), "unit_price": _("Unit price"), "cost": _("Cost"),
        "product": _("Product"), "category": _("Category"), "quantity": _("Quantity"), "status": _("Status"),
        "at": _("When"),
        "channel": _("Channel"), "direction": _("Direction"), "participants": _("Participants"), "topic": _("Topic"),
        "feedback": _("Feedback"), "next_action": _("Next action"), "next_due": _("Due on"), "due_on": _("Due on"),
        "due_at": _("Due at"), "action": _("Action"), "reason": _("Reason"), "late": _("Days late"),
        "customers": _("Customers"), "share": _("Share"), "cumulative_share": _("Cumulative share"),
        "segment": _("Segment"), "rfm": _("RFM"), "grade": _("Grade"), "campaign": _("Campaign"),
        "severity": _("Severity"), "opened_at": _("Opened"), "responded_at": _("Answered at"),
        "resolved_at": _("Solved at"), "revisited_at": _("Revisited"), "cause": _("Cause"), "lesson": _("Lesson"),
        "count": _("Count"), "items": _("Items"), "week": _("Week"), "month": _("Month"),
        "completeness": _("Completeness"),
    }  # fmt: skip


def _of_tables() -> dict[str, str]:
    """The other columns of the tables that commands show."""
    return {
        # Lists.
        "primary": _("Is primary"), "currency": _("Currency"), "starts_on": _("Starts on"), "ends_on": _("Ends on"),
        "renewed": _("Renewed"), "respond_by": _("Answer by"), "resolve_by": _("Solve by"),
        "revisit_by": _("Revisit by"), "responder": _("asked first"), "phase": _("Phase"), "state": _("State"),
        "next_clock": _("Next clock"), "paused_at": _("Paused since"), "estimated": _("Estimated"),
        "score": _("Score"), "comment": _("Comment"), "case": _("Case"), "next_done_on": _("Next action done on"),
        "dimension": _("Dimension"), "value": _("Its value"), "grade_reason": _("Reason of the grade"),
        "lead_on": _("Lead since"), "next_step_on": _("Next step on"), "stale_on": _("Back to the pool on"),
        "won_on": _("Won on"), "days": _("Days to win"), "order": _("Order number"), "lost_on": _("Lost on"),
        "lost_reason": _("Reason of the loss"), "captured": _("Captured"), "a": _("Grade A"), "b": _("Grade B"),
        "c": _("Grade C"), "contacted": _("Contacted"), "won": _("Won"), "conversion": _("Conversion"),
        "days_mean": _("Days to win, mean"), "days_median": _("Days to win, median"), "group": _("Grouped by"),
        "manager": _("Manager"), "capacity": _("Capacity"), "active": _("Still working"), "leads": _("Leads"),
        "cases": _("Open cases"), "room": _("Room for more"), "notify": _("Notified by"),
        # What is due, and what was done.
        "key": _("Key of the item"), "late_days": _("Days late"), "escalation": _("Escalation"),
        "greeting": _("Greeting"), "gift": _("Gift"), "benefits": _("Benefits"), "next_on": _("Next on"),
        "interaction": _("Number of the contact"), "answered": _("Settled items"), "next_touches": _("Next touch"),
        "level": _("Level"), "signal": _("Signal"), "detail": _("Details"), "label": _("Name"),
        "told": _("Told of"), "today": _("Due today"), "outcome": _("Result"), "step": _("Step"),
        "from": _("Before"), "to": _("After"), "before": _("Before"), "after": _("After"), "on": _("Handed over on"),
        "why": _("Occasion"), "promises": _("Promises"), "steps": _("Steps"),
        "acknowledged_on": _("Acknowledged on"), "day": _("Day"), "weekday": _("Weekday"), "known": _("Year known"),
        # Value, tiers, tags, the policy.
        "r": "R", "f": "F", "m": "M", "fm": "FM", "ltv": _("Brought so far"), "ltv_expected": _("Expected still"),
        "ltv_basis": _("Basis of the estimate"), "pareto": _("Class"), "amount_share": _("Share of the amount"),
        "recency_days": _("days since the last order"), "profit_total": _("profit of all orders"),
        "meaning": _("Meaning"), "joined": _("Joined"), "tier_on": _("Graded on"), "pinned_until": _("Pinned until"),
        "contacts_week": _("Contacts a week"), "policy": _("Policy"), "gained": _("Gained"), "lost": _("Taken away"),
        "rule": _("Rule"), "by_hand": _("Set by hand"), "version": _("Version"), "fact": _("What changes"),
        "in_force": _("In force"), "changes": _("Changes"), "tag": _("Tag"), "touch": _("Touch"),
        "policy_version": _("Version"),
        "changed": _("Changed"), "moved": _("Other day"), "playbook": _("Playbook"), "starts": _("Starts"),
        "begun": _("Begun"), "ended": _("Ended"), "first_week": _("In the first week"), "dropped": _("Steps dropped"),
        "change": _("Change"),
        "place": _("Place in the policy"), "line": _("Line"), "problem": _("Problem"),
        "test": _("Test"), "passed": _("Passed"), "about": _("Overview"),
        "tiers": _("Tiers"), "tests": _("Tests"), "kpi": _("Figure"), "baseline": _("Baseline"),
        "target": _("Target"), "actual": _("Actual"), "unit": _("Unit"), "pass": _("Reached"), "as_of": _("As of"),
        "by": _("To be reached by"), "better": _("Better when"), "formula": _("Formula"), "subject": _("Subject"),
        "holds": _("Holds"), "given": _("Given"), "report": _("Report"),
        # Files, the journal, the quality of the data.
        "batch": _("Batch"), "file": _("File name"), "table": _("Table"), "encoding": _("Encoding"),
        "read": _("Rows read"), "created": _("Created"), "updated": _("Updated"), "unchanged": _("Unchanged"),
        "rejected": _("Rejected"), "repaired": _("Repaired"), "duplicates": _("Repeated"),
        "rejects_file": _("File of the rejected"), "open": _("Still rejected"), "op": _("Operation"),
        "actor": _("Who"), "command": _("Command"), "summary": _("Summary"), "rows": _("Records"),
        "undone": _("Undone"), "entity": _("Kind of record"), "record": _("Record"), "field": _("Field"),
        "proposal": _("Proposed repair"), "certain": _("Certain"), "left": _("Left"), "right": _("Right"),
        "left_name": _("Name on the left"), "right_name": _("Name on the right"), "band": _("How sure"),
        "reasons": _("Grounds"), "kept": _("Customer kept"), "merged": _("Customer merged"),
        "filled": _("Weight filled"), "possible": _("Weight possible"), "facts": _("Facts filled in"),
        "tens": _("Full lots"), "reward": _("Reward"), "section": _("Section"),
    }  # fmt: skip


def _of_other_meanings() -> dict[str, str]:
    """What some columns are, whose keys are other things in other tables."""
    return {
        "person": _("name"), "post": _("Post"), "from_day": _("Since"), "taken_from": _("Taken from"),
        "clock_state": _("State of the clock"), "in_group": _("Of"), "leads_open": _("Still open"),
        "leads_lost": _("Lost"), "left_tier": _("Left it"), "likeness": _("Likeness"), "late_items": _("Late items"),
        "next_week": _("Within seven days"), "inputs": _("Facts"), "former_tier": _("From"), "new_tier": _("To"),
        "contract_number": _("Contract number"), "case_number": _("Case number"),
        "former_owner": _("Former owner"), "new_owner": _("The new owner"),
    }  # fmt: skip
