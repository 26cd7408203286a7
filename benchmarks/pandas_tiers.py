"""The peer of `crm tier run`: what a script with pandas does about the tiers of the standard policy.

    pandas_tiers.py DATABASE DATE

Reads the columns it needs of the two tables, sums the year, ranks the customers, gives each the first tier that
fits, and prints how many are in each. It writes nothing back.
"""

import json
import math
import sqlite3
import sys

import pandas as pd


def main() -> None:
    path, today = sys.argv[1], pd.Timestamp(sys.argv[2])
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    customers = pd.read_sql_query("SELECT id FROM customer WHERE stage <> 'lead'", database, index_col="id")
    orders = pd.read_sql_query(
        "SELECT customer_id, ordered_on, amount FROM orders WHERE status NOT IN ('cancelled', 'returned')",
        database,
        parse_dates={"ordered_on": "%Y-%m-%d"},
    )
    orders = orders[orders["ordered_on"] <= today]
    year = orders[orders["ordered_on"] > today - pd.DateOffset(months=12)].groupby("customer_id")["amount"].sum()
    customers["amount_12m"] = year.reindex(customers.index, fill_value=0) / 100
    customers["last_order_on"] = orders.groupby("customer_id")["ordered_on"].max()

    amount = customers["amount_12m"]
    share = math.ceil(len(customers) * 20 / 100)
    top = (amount.rank(method="min", ascending=False) <= share) & (amount != 0)
    bottom = amount.rank(method="min") <= share
    customers["tier"] = "basic"
    customers.loc[(amount > 0) & ~bottom, "tier"] = "growth"
    customers.loc[top, "tier"] = "key"
    customers.loc[amount >= 500_000, "tier"] = "strategic"
    counts = {tier: int(count) for tier, count in customers["tier"].value_counts().items()}
    silent = int((today - customers["last_order_on"] > pd.Timedelta(days=90)).sum())
    print(json.dumps({**counts, "silent": silent}))


if __name__ == "__main__":
    main()
