from scripts.schema import SCHEMA, schema


def test_the_statements_are_those_of_the_models() -> None:
    assert SCHEMA.read_text("utf-8") == schema(), "run make schema"
