"""One record by hand: customers, the people at them, their orders, contracts and answers are added, edited, removed.

Values are texts as somebody types them, named by the contract's fields or their usual headings; `fields`
reads them as it does those of a file. An empty text takes a value away.
"""

from crmcli.intake.records.cases import edit_case
from crmcli.intake.records.contacts import add_contact, edit_contact, remove_contact
from crmcli.intake.records.contracts import add_contract, edit_contract, remove_contracts
from crmcli.intake.records.customers import add_customer, edit_customer
from crmcli.intake.records.orders import add_order, edit_order, remove_orders
from crmcli.intake.records.surveys import add_survey
from crmcli.intake.records.writing import Change, Edited, next_number, with_keys

__all__ = [
    "Change",
    "Edited",
    "add_contact",
    "add_contract",
    "add_customer",
    "add_order",
    "add_survey",
    "edit_case",
    "edit_contact",
    "edit_contract",
    "edit_customer",
    "edit_order",
    "next_number",
    "remove_contact",
    "remove_contracts",
    "remove_orders",
    "with_keys",
]
