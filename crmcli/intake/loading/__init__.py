"""Staged rows on their way into the tables: customers, the people beside them, and what belongs to customers."""
