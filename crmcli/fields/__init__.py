"""The fields of the contract's tables, each defined once: import, add, edit, list and help read them here.

A field says what it is called, where it is stored, how a text becomes its stored form, and which headings
usually stand over it in other people's files. Nothing here touches a database.
"""

from functools import cache

from crmcli.fields.cases import CASES
from crmcli.fields.contacts import CONTACTS
from crmcli.fields.contracts import CONTRACTS
from crmcli.fields.customers import CUSTOMERS
from crmcli.fields.headings import AMBIGUOUS, HeadingNote, by_part, heading_key, heading_note
from crmcli.fields.interactions import INTERACTIONS
from crmcli.fields.leads import LEADS
from crmcli.fields.model import Field, Table
from crmcli.fields.orders import ORDERS
from crmcli.fields.surveys import SURVEYS
from crmcli.fields.tags import TAGS

__all__ = [
    "AMBIGUOUS",
    "TABLES",
    "Field",
    "HeadingNote",
    "Table",
    "by_heading",
    "by_other_heading",
    "by_part",
    "heading_key",
    "heading_note",
]

TABLES = {
    table.name: table for table in (CUSTOMERS, CONTACTS, ORDERS, CONTRACTS, INTERACTIONS, LEADS, CASES, SURVEYS, TAGS)
}


@cache
def by_heading(table: str) -> dict[str, Field]:
    """The field of `table` that each known heading key stands for."""
    return {heading_key(word): field for field in TABLES[table].fields for word in (field.name, *field.headings)}


@cache
def by_other_heading(table: str) -> dict[str, tuple[Field, int]]:
    """The field that each heading key stands for `otherwise`, and how unsure, from 1 on."""
    return {
        heading_key(word): (field, at) for field in TABLES[table].fields for at, word in enumerate(field.otherwise, 1)
    }
