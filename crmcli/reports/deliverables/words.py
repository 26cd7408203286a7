"""The headings of documents and the stored words in them, in the language spoken now.

Only what people read on paper speaks so: machine output has the keys and the words as they are stored.
"""

from typing import Any

from crmcli.grading.wording import dimension_words
from crmcli.i18n import _


def headings() -> dict[str, str]:
    """What stands over a field of the contract."""
    return {
        "code": _("Code"), "customer": _("Customer"), "name": _("Name"), "kind": _("Kind"), "stage": _("Stage"),
        "industry": _("Industry"), "region": _("Region"), "city": _("City"), "address": _("Address"),
        "postcode": _("Postcode"), "website": _("Website"), "tax_id": _("Tax id"), "phone": _("Phone"),
        "email": _("E-mail address"), "birthday": _("Birthday"), "source": _("Source"), "referrer": _("Referrer"),
        "parent": _("Parent company"), "owner": _("Owner"), "tier": _("Tier"), "since": _("Customer since"),
        "consent": _("Consent"), "need": _("Need"), "budget": _("Budget"), "decision": _("Decision chain"),
        "strategic": _("Strategic value"), "influence": _("Influence"), "reputation": _("Reputation"),
        "willingness": _("Willingness"), "potential": _("Potential"), "terms": _("Special terms"), "note": _("Note"),
        "tags": _("Tags"), "contacts": _("Contacts"), "last_contact_on": _("Last contact"),
        "next_touch_on": _("Next touch"), "orders_12m": _("Orders, 12 months"), "amount_12m": _("Amount, 12 months"),
        "amount_total": _("Amount in all"), "orders_total": _("Orders in all"), "last_order_on": _("Last order"),
        "contact": _("Contact person"), "contact_title": _("Title"), "contact_phone": _("Contact's phone"),
        "wechat": _("WeChat"), "title": _("Title"), "role": _("Role"), "other_phones": _("Further phones"),
        "other_emails": _("Further e-mails"), "products": _("Products bought"), "number": _("Number"),
        "ordered_on": _("Ordered on"), "amount": _("Amount"), "cost": _("Cost"), "product": _("Product"),
        "category": _("Category"), "quantity": _("Quantity"), "status": _("Status"), "at": _("When"),
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


def words() -> dict[str, dict[str, str]]:
    """What the stored words of a field are called."""
    yes_no = {"yes": _("Yes"), "no": _("No")}
    return {
        "kind": {
            "company": _("Company"), "person": _("Person"), "enquiry": _("Enquiry"), "complaint": _("Complaint"),
            "crisis": _("Crisis"), "csat": _("Satisfaction (CSAT)"), "nps": _("Recommendation (NPS)"),
        },
        "stage": {
            "lead": _("Lead"), "prospect": _("Prospect"), "active": _("Active"), "dormant": _("Dormant"),
            "lost": _("Lost"),
        },
        "consent": {**yes_no, "unknown": _("Unknown")},
        "role": {
            "decider": _("Decides"), "influencer": _("Influences"), "user": _("Uses"), "buyer": _("Buys"),
        },
        "channel": {
            "visit": _("Visit"), "video": _("Video"), "call": _("Call"), "email": _("E-mail"), "wechat": _("WeChat"),
            "push": _("Push"), "event": _("Event"), "other": _("Other"),
        },
        "direction": {"out": _("From us"), "in": _("From them")},
        "status": {
            "paid": _("Paid"), "open": _("Open"), "cancelled": _("Cancelled"), "returned": _("Returned"),
            "responded": _("Answered"), "resolved": _("Solved"), "closed": _("Closed"),
        },
        "severity": {"minor": _("Minor"), "major": _("Major")},
        "primary": yes_no,
        "renewed": yes_no,
        "due_kind": {
            "touch": _("Touch"), "action": _("Promise"), "case": _("Case"), "lead": _("Lead"),
            "birthday": _("Birthday"), "anniversary": _("Anniversary"), "festival": _("Festival"),
            "renewal": _("Renewal"), "survey": _("Survey"), "review": _("Tier review"), "retention": _("Retention"),
            "handoff": _("Hand-over"),
        },
        "table": {
            "customers": _("Customers"), "contacts": _("People"), "orders": _("Orders"), "tags": _("Tags"),
        },
        # Those of the presets; a policy may have others.
        "owner_role": {
            "account-manager": _("account manager"), "sales": _("sales"), "service": _("service"),
            "shop-assistant": _("shop assistant"), "store-manager": _("store manager"),
        },
        "lead_source": {
            "partner": _("partner"), "association": _("association"), "expo": _("expo"), "salon": _("salon"),
            "site": _("site"), "community": _("community"), "content": _("content"), "referral": _("referral"),
        },
        "dimension": dimension_words(),
    }  # fmt: skip


def spoken(name: str, value: Any) -> Any:
    """A value as people read it: a stored word of the field `name` in their language, anything else as it is."""
    return words().get(name, {}).get(value, value) if isinstance(value, str) else value
