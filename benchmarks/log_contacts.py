"""100 contacts logged through the Python door: `log_contacts.py DATABASE [together]`.

Each is in a block of its own, or all are in one.
"""

import sys
from datetime import datetime, timedelta

import data

import crmcli


def main() -> None:
    """Log them with the first 100 customers; print how many were."""
    database, together = sys.argv[1], len(sys.argv) > 2
    now = datetime.combine(data.TODAY, datetime.min.time()) + timedelta(hours=9)
    done = 0
    for start, end in [(0, 100)] if together else [(n, n + 1) for n in range(100)]:
        with crmcli.open(database, now=now + timedelta(seconds=start)) as crm:
            for n in range(start, end):
                done += bool(crmcli.log(crm, f"K{n:07d}", f"quarterly talk {n}").interaction)
    print(done)


if __name__ == "__main__":
    main()
