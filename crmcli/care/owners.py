"""The owners of graded customers, found by seeks of an index: one for each, however many customers they have."""

GRADED_OWNERS = """
    named (owner) AS (
        SELECT (SELECT owner FROM customer WHERE tier IS NOT NULL AND owner IS NOT NULL ORDER BY owner LIMIT 1)
        UNION ALL
        SELECT (SELECT owner FROM customer WHERE tier IS NOT NULL AND owner > named.owner ORDER BY owner LIMIT 1)
        FROM named WHERE named.owner IS NOT NULL),
    owners (owner) AS (
        SELECT owner FROM named WHERE owner IS NOT NULL
        UNION ALL
        SELECT NULL WHERE EXISTS (SELECT 1 FROM customer WHERE tier IS NOT NULL AND owner IS NULL))
"""
"""Common tables, for WITH RECURSIVE: `owners (owner)`, with NULL where graded customers have no owner."""
