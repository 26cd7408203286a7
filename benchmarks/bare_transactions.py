"""100 bare transactions of SQLite, one row each, as durable as ours: `bare_transactions.py DATABASE [together]`.

Each is on a connection of its own, as a block of the door has one, or all are on one.
"""

import sqlite3
import sys
from contextlib import closing

_INSERT = """
    INSERT INTO interaction (id, customer_id, at, contact_on, topic, nth, channel, direction)
    VALUES ((SELECT max(id) + 1 FROM interaction), :n, '2026-11-20T01:00:00Z', '2026-11-20', :topic, 1, 'call', 'out')
"""


def main() -> None:
    """Insert them; print how many were."""
    database, together = sys.argv[1], len(sys.argv) > 2
    done = 0
    for start, end in [(0, 100)] if together else [(n, n + 1) for n in range(100)]:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
                connection.execute(f"PRAGMA {pragma}")
            for n in range(start, end):
                connection.execute("BEGIN IMMEDIATE")
                done += connection.execute(_INSERT, {"n": n + 1, "topic": f"quarterly talk {n}"}).rowcount
                connection.execute("COMMIT")
    print(done)


if __name__ == "__main__":
    main()
