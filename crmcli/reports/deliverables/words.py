"""The stored words in documents, in the language spoken now; `crmcli.headings` has what stands over them.

Only what people read on paper speaks so: machine output has the keys and the words as they are stored.
"""

from typing import Any

from crmcli.grading.wording import dimension_words
from crmcli.i18n import _


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
