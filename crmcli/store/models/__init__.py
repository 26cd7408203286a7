"""The tables: columns, keys, constraints, indexes; no logic. The program does not import them: it has `schema.sql`.

Money is integer minor units of the policy's currency. Calendar dates are dates; instants are UTC, written as
`2026-01-05T06:30:00Z` so that both databases store, compare and sort the same text.
Columns that end in `_key` are derived from another column when a row is written (see `intake.records`)
and exist for an index: a match key of a name, the month and day of a date.
`extra` is a JSON object of the company's own fields: heading -> text. `other_phones` and `other_emails` are the
further ones in their stored form, apart by "; ".
"""

from crmcli.store.models.care import Assignment, Interaction, Member, Notification, Review, Settlement, Step, Touch
from crmcli.store.models.cases import Case, CaseEntry, Survey
from crmcli.store.models.customers import Contact, Customer, DistinctPair, FormerCode, Tag
from crmcli.store.models.records import Batch, Change, ChangeSpan, Operation, Policy
from crmcli.store.models.trade import Contract, Order

__all__ = [
    "Assignment",
    "Batch",
    "Case",
    "CaseEntry",
    "Change",
    "ChangeSpan",
    "Contact",
    "Contract",
    "Customer",
    "DistinctPair",
    "FormerCode",
    "Interaction",
    "Member",
    "Notification",
    "Operation",
    "Order",
    "Policy",
    "Review",
    "Settlement",
    "Step",
    "Survey",
    "Tag",
    "Touch",
]
