"""The ten segments: which scores lead to which, what each is called, what to do about it."""

from crmcli.i18n import _

SEGMENTS = {
    5: ("new", "potential-loyalist", "potential-loyalist", "champions", "champions"),
    4: ("promising", "potential-loyalist", "potential-loyalist", "loyal", "loyal"),
    3: ("about-to-sleep", "about-to-sleep", "need-attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at-risk", "at-risk", "cannot-lose"),
    1: ("hibernating", "hibernating", "at-risk", "at-risk", "cannot-lose"),
}
"""The segment by r, then by the mean of f and m from 1 to 5.

The ten names are those of Putler, "RFM Analysis for Successful Customer Segmentation" (putler.com/rfm-analysis). Its
ranges overlap; this is the gapless grid that is commonly made of them, one name for each of the 25 cells.
"""


def segment(r: int, f: int, m: int) -> str:
    """The segment of a customer with these scores."""
    return SEGMENTS[r][mean(f, m) - 1]


def mean(f: int, m: int) -> int:
    """The mean of f and m, 1 to 5; one that lies between two is the higher."""
    return (f + m + 1) // 2


def segment_words() -> dict[str, tuple[str, str]]:
    """By segment, the best first: what people call it, and one line of what to do."""
    return {
        "champions": (_("Champions"), _("Reward them; show them news first; ask for referrals")),
        "loyal": (_("Loyal"), _("Offer more of what fits; ask for their opinion")),
        "potential-loyalist": (
            _("Potential loyalists"),
            _("Offer a second product; make the next order easy"),
        ),
        "new": (_("New"), _("Welcome them; see that the first order went well")),
        "promising": (_("Promising"), _("Make yourself known; a small offer for the second order")),
        "need-attention": (_("Need attention"), _("Call; a limited offer from what they bought before")),
        "about-to-sleep": (_("About to sleep"), _("Remind them with something useful and what sells best")),
        "at-risk": (_("At risk"), _("Call in person: what has changed? Settle what is open")),
        "cannot-lose": (_("Cannot lose them"), _("Visit; win them back before a competitor does")),
        "hibernating": (_("Hibernating"), _("Inform them at low cost; offer again what they bought")),
    }
