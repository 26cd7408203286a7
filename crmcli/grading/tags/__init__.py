"""Tags: `dimension:value` on a customer, by a rule of the policy or by hand.

In each dimension of the policy the first value whose rule holds is given. A tag set by hand in a dimension wins
over its rules for that customer, and no run touches it.
"""

from crmcli.grading.tags.by_hand import add_tag, remove_tag, tags
from crmcli.grading.tags.outdated import tell_outdated
from crmcli.grading.tags.running import TagCount, changed, run_tags

__all__ = ["TagCount", "add_tag", "changed", "remove_tag", "run_tags", "tags", "tell_outdated"]
