"""`schema.sql` is written from the models and not by hand."""

from crmcli.store.creating import SCHEMA
from scripts.schema import schema


def test_the_statements_are_those_of_the_models() -> None:
    assert SCHEMA.read_text("utf-8") == schema(), "run make schema"
