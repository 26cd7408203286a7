"""The facts of all rated customers in a temporary table, for several statements to ask.

Beside it stands the table `border`: the value at which each rank of the rules ends, and the four that part the fifths
of each quintile. Customers are compared with these, not with each other.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crmcli.grading.selecting import Place, values_at
from crmcli.policy import facts
from crmcli.policy.compiling import border_name, border_sql
from crmcli.policy.trees import Rank
from crmcli.store.database import Database, Params


def make(
    db: Database,
    names: Collection[str],
    ranks: Collection[Rank],
    params: Params,
    *,
    weights: Mapping[str, Decimal] | None = None,
) -> None:
    """Make the temporary view `facts`, which has `customer_id` and the named facts of each rated customer, and the
    table `border` for rules with these ranks (`rules.to_sql`, bordered); those of an earlier call go.

    `params` and `weights` are those of `facts.facts_sql`.
    """
    # The tables of an earlier run go only here, or with the connection: page by page it takes as long as a sort.
    db.drop_temporary("facts")
    quintiles = [name for name in facts.QUINTILES if name in names or "rfm" in names]
    bases = {facts.QUINTILES[name] for name in quintiles} | ({facts.BOUGHT} if quintiles else set())
    stored = [fact.name for fact in facts.FACTS.values() if fact.group != "rfm" and fact.name in {*names, *bases}]
    columns = ", ".join(["customer_id", *stored])
    db.new_temporary("stored_facts", f"({', '.join(['customer_id INTEGER PRIMARY KEY', *stored])})")
    db.execute(f"INSERT INTO stored_facts ({columns}) {facts.facts_sql(stored, weights=weights)}", params)
    db.new_temporary("border", "(name PRIMARY KEY, value) WITHOUT ROWID")
    _find(db, "stored_facts", [border for name in quintiles for border in _of_quintile(name)])
    grades = {name: _quintile(name) for name in quintiles}
    if "rfm" in names:
        grades["rfm"] = "100 * ({r}) + 10 * ({f}) + ({m})".format(**grades)
    shown = ", ".join([columns, *(f"{sql} AS {name}" for name, sql in grades.items())])
    db.execute(f"CREATE TEMPORARY VIEW facts AS SELECT {shown} FROM stored_facts")
    # A rank may be one of quintiles.
    _find(db, "facts", [*map(_of_rank, ranks)])


@dataclass(frozen=True)
class _Border:
    """A value of the table `border`. `place` makes its 0-based place among the values of `of` (SQL), smallest first,
    from the number of customers and the number of those values; a place outside of them is no border.
    """

    name: str
    of: str
    place: Callable[[int, int], int]


def _of_rank(rank: Rank) -> _Border:
    def place(customers: int, known: int) -> int:
        k = -(-customers * rank.numerator // rank.denominator)
        # Missing values stand below the known ones.
        return known - k if rank.function == "top" else k - 1 - (customers - known)

    return _Border(border_name(rank), rank.fact.name, place)


def _of_quintile(name: str) -> list[_Border]:
    def place(nth: int) -> Callable[[int, int], int]:
        # 5 * worse >= nth * n, `worse` being the number of those strictly worse, where the value is above the
        # (nth * n / 5)-th, rounded up.
        return lambda _customers, bought: (nth * bought - 1) // 5

    fact = facts.QUINTILES[name]
    of = fact if fact == facts.BOUGHT else f"CASE WHEN {facts.BOUGHT} IS NOT NULL THEN {fact} END"
    return [_Border(f"{name} {nth}", of, place(nth)) for nth in range(1, 5)]


def _quintile(name: str) -> str:
    """The same as the fact's own SQL, by its four borders: no window has to be filled."""
    above = " + ".join(f"({facts.QUINTILES[name]} > {border_sql(border.name)})" for border in _of_quintile(name))
    return f"CASE WHEN {facts.BOUGHT} IS NOT NULL THEN 1 + {above} END"


def _find(db: Database, table: str, borders: Sequence[_Border]) -> None:
    """Put the borders into their table."""
    columns = sorted({border.of for border in borders})
    counts = ", ".join(["count(*) AS customers", *(f"count({of}) AS known{n}" for n, of in enumerate(columns))])
    (row,) = db.rows(f"SELECT {counts} FROM {table}")
    known = {of: row[f"known{n}"] for n, of in enumerate(columns)}
    places = {
        border.name: Place(border.of, number, known[border.of])
        for border in borders
        if 0 <= (number := border.place(row["customers"], known[border.of])) < known[border.of]
    }
    values = values_at(db, table, [*places.values()])
    db.insert("border", ("name", "value"), zip(places, values, strict=True))
