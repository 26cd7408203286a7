"""The peer of `crm tag run` and `crm tier run`: what a script with pandas does about the ten rules of policy_10.toml.

    pandas_policy.py DATABASE DATE

Reads the columns it needs of the two tables, sums the windows, ranks the customers, gives each the first tag of a
dimension and the first tier that fit, and prints how many have each. It writes nothing back.
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
    year, quarter, half = (orders["ordered_on"] > today - pd.DateOffset(months=n) for n in (12, 3, 6))
    sums = {"amount_total": orders, "amount_12m": orders[year], "amount_3m": orders[quarter]}
    for name, rows in {**sums, "amount_prev_3m": orders[half & ~quarter]}.items():
        customers[name] = rows.groupby("customer_id")["amount"].sum()
    customers = customers.fillna(0) / 100
    sales = orders[orders["amount"] >= 0]
    customers["orders_12m"] = sales[year].groupby("customer_id").size()
    customers["last_order_on"] = sales.groupby("customer_id")["ordered_on"].max()
    customers["orders_12m"] = customers["orders_12m"].fillna(0)
    before = customers["amount_prev_3m"]
    change = ((customers["amount_3m"] - before) / before).where(before > 0)
    buyers = customers["last_order_on"].dropna()
    r = 1 + (5 * (buyers.rank(method="min") - 1) // len(buyers))

    silent = (today - customers["last_order_on"]).dt.days > 90
    at_risk = silent | (change <= -0.3)
    value = pd.Series("mid", customers.index)
    value[_bottom(customers["amount_12m"], 30)] = "low"
    value[_top(customers["amount_12m"], 10)] = "high"
    risk = pd.Series(None, customers.index, dtype=object)
    risk[change >= 0.3] = "growing"
    risk[at_risk] = "churn-risk"
    loyal = _top(customers["orders_12m"], 20) & (r.reindex(customers.index) >= 4)
    tier = pd.Series("basic", customers.index)
    tier[(customers["amount_12m"] > 0) & ~_bottom(customers["amount_total"], 20)] = "growth"
    tier[_top(customers["amount_12m"], 20) & (customers["orders_12m"] >= 3)] = "key"
    tier[_top(customers["amount_12m"], 1) & ~at_risk] = "strategic"

    counts = {f"{name}:{key}": int(n) for name, of in (("value", value), ("risk", risk)) for key, n in _counted(of)}
    counts |= {"loyalty:loyal": int(loyal.sum()), **{key: int(n) for key, n in _counted(tier)}}
    print(json.dumps(counts))


def _top(fact: "pd.Series[float]", percent: int) -> "pd.Series[bool]":
    return (fact.rank(method="min", ascending=False) <= math.ceil(len(fact) * percent / 100)) & (fact != 0)


def _bottom(fact: "pd.Series[float]", percent: int) -> "pd.Series[bool]":
    return fact.rank(method="min") <= math.ceil(len(fact) * percent / 100)


def _counted(given: "pd.Series[str]") -> list[tuple[str, int]]:
    return list(given.value_counts().items())


if __name__ == "__main__":
    main()
