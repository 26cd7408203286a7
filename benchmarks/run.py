"""One figure after the other, beside the peer it is compared with: `make bench`, or `run.py [NAME…]`.

Both sides run as whole processes of the same Python, in turns (A B A B …) after one warm-up each. What a run
needs, such as a fresh copy of a database, is made before its time begins. See README.md.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import data
import duplicates as alike

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
# Where pandas is installed sqlite-utils imports it, for a third of a second: here it has to do without.
_ALONE = (
    "sys.modules.update(pandas=None, numpy=None); runpy.run_module('sqlite_utils', run_name='__main__', alter_sys=True)"
)
SQLITE_UTILS = [PYTHON, "-c", f"import runpy, sys; {_ALONE}"]
HEADING = [
    *("figure", "CPU s, ours", "peer", "ratio", "target", "met"),
    *("wall s, ours", "peer", "ratio", "peak MB, ours", "peer"),
]


@dataclass(frozen=True)
class Side:
    """A command, and the database that is made for each run of it: a copy of `copy_of`, or none at all."""

    command: list[str]
    database: Path | None = None
    copy_of: Path | None = None


@dataclass(frozen=True)
class Figure:
    """What is compared; `same` tells from what both sides print whether they did the same. The target is one of CPU
    time, or of wall time where the work is to wait for the disk.
    """

    title: str
    ours: Side
    peer: Side
    target: float
    runs: int
    same: Callable[[str, str], bool] | None = None
    wall: bool = False


@dataclass(frozen=True)
class Run:
    """One process: CPU (user and system) and wall time in seconds, peak memory in MB, what it printed."""

    cpu: float
    wall: float
    peak: float
    printed: str


class Bench:
    """A folder to work in, the number of customers, and how often to run (None: as often as each figure says)."""

    def __init__(self, folder: Path, rows: int, runs: int | None) -> None:
        self.folder = folder
        self.rows = rows
        self.runs = runs
        self._heading: list[str] = []

    def row(self, heading: list[str], cells: list[str]) -> None:
        """Print a line of a Markdown table, and its heading where the table before was another."""
        if heading != self._heading:
            print(f"\n| {' | '.join(heading)} |\n|---|{'---:|' * (len(heading) - 1)}")
            self._heading = heading
        print(f"| {' | '.join(cells)} |", flush=True)

    def compare(self, figure: Figure) -> None:
        """Measure both sides in turns and print the line of the table."""
        ours: list[Run] = []
        peer: list[Run] = []
        for _turn in range(1 + (self.runs or figure.runs)):
            ours.append(self.measure(figure.ours))
            peer.append(self.measure(figure.peer))
            if figure.same and not figure.same(ours[-1].printed, peer[-1].printed):
                sys.exit(f"benchmarks: {figure.title}: the two sides do not answer the same")
        self.row(HEADING, _cells(figure, ours[1:], peer[1:]))

    def measure(self, side: Side) -> Run:
        """Run the command as a process of its own; ends the benchmark if it fails."""
        if side.database:
            _renew(side.database, side.copy_of)
        with (self.folder / "printed").open("w+b") as printed, (self.folder / "said").open("w+b") as said:
            start = time.perf_counter()
            process = subprocess.Popen(
                side.command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=printed, stderr=said
            )
            _pid, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                words = said.read().decode(errors="replace").strip()
                sys.exit(f"benchmarks: {' '.join(side.command)}: exit {process.returncode}\n{words}")
            printed.seek(0)
            unit = 1_000_000 if sys.platform == "darwin" else 1_000  # bytes there, kilobytes elsewhere
            return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / unit, printed.read().decode())


def _renew(database: Path, copy_of: Path | None) -> None:
    """Take away what the run before left; a copy is written out to the disk before the time begins."""
    for left in database.parent.glob(f"{database.name}*"):
        left.unlink()
    if copy_of:
        with copy_of.open("rb") as source, database.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            os.fsync(file.fileno())


# ------------------------------------------------------------------------------------------------ the figures


def start(bench: Bench) -> None:
    """Starting the program."""
    peer = Side([PYTHON, "-c", "import typer"])
    for flag in ("--version", "--help"):
        bench.compare(Figure(f"crm {flag} : import typer", Side([*_crm(), flag]), peer, 2.5, 21))


def due(bench: Bench) -> None:
    """The day's list."""
    database = data.build_due(bench.folder, bench.rows)
    query = f"SELECT * FROM interaction WHERE next_due = '{data.TODAY}'"
    title = f"crm due, {bench.rows:,} customers, {data.DUE} items due : sqlite-utils query"
    ours = Side([*_crm(database), "due", "-f", "json"])
    peer = Side([*SQLITE_UTILS, "query", str(database), query])
    bench.compare(Figure(title, ours, peer, 1.0, 21, _all_due))


def due_large(bench: Bench) -> None:
    """The day's list of a base a hundred times as large, with the same that is due."""
    rows, copies = bench.rows // 10, 99
    small, large = data.build_due_large(bench.folder, rows, copies)
    title = f"crm due, {rows * (1 + copies):,} customers, {data.DUE_LARGE} items due : {rows:,} customers, the same due"
    ours, peer = (Side([*_crm(database), "due", "-f", "json"]) for database in (large, small))
    bench.compare(Figure(title, ours, peer, 1.5, 21, lambda a, b: json.loads(a) == json.loads(b)))


def log(bench: Bench) -> None:
    """Logging contacts from a script."""
    base, copy, other = (bench.folder / name for name in ("base.db", "copy.db", "peer.db"))
    _renew(base, None)
    rows = bench.rows // 10
    data.write_contacts(bench.folder / "talks.csv", rows)
    data.crm(base, "import", _customers_file(bench, rows, code=True), str(bench.folder / "talks.csv"))
    data.crm(base, "tier", "run")
    for words, how in (
        ("each in a block : 100 transactions of sqlite3, each on a connection", []),
        ("all in one block : 100 transactions of sqlite3, all on one connection", ["together"]),
    ):
        ours = Side([PYTHON, str(HERE / "log_contacts.py"), str(copy), *how], copy, base)
        peer = Side([PYTHON, str(HERE / "bare_transactions.py"), str(other), *how], other, base)
        bench.compare(Figure(f"100 crmcli.log, {words}", ours, peer, 3.0, 11, str.__eq__, wall=True))


def customers(bench: Bench) -> None:
    """Importing customers, the first time and again."""
    new, copy, done, other = (bench.folder / name for name in ("new.db", "copy.db", "done.db", "peer.db"))
    for words, code in (("with a code", True), ("without a code", False)):
        file = _customers_file(bench, bench.rows, code=code)
        first = Side([*_crm(new), "import", file], new)
        insert = Side([*SQLITE_UTILS, "insert", str(other), "customers", file, "--csv"], other)
        title = f"crm import, {bench.rows:,} customers {words} : sqlite-utils insert --csv"
        bench.compare(Figure(title, first, insert, 0.6, 5))
        _renew(done, new)
        again = Side([*_crm(copy), "import", file], copy, done)
        title = f"crm import, the same {bench.rows:,} again {words} : the first time"
        bench.compare(Figure(title, again, first, 0.5, 5))

        changed = _with_another_row(file)
        again = Side([*_crm(copy), "import", changed], copy, done)
        title = f"crm import, the same and one more row {words} : the first time"
        bench.compare(Figure(title, again, first, 0.8, 5))


def xlsx(bench: Bench) -> None:
    """Importing a spreadsheet, beside the same rows as text."""
    new, other = bench.folder / "new.db", bench.folder / "other.db"
    text = _customers_file(bench, bench.rows, code=True)
    book = data.write_workbook(Path(text))
    ours, peer = (
        Side([*_crm(database), "import", str(file)], database) for database, file in ((new, book), (other, text))
    )
    bench.compare(Figure(f"crm import, {bench.rows:,} customers as XLSX : as CSV", ours, peer, 1.5, 5))


def duplicates(bench: Bench) -> None:
    """Finding every duplicate; the target is 100 times what Python needs to read the file."""
    for rows in (bench.rows // 5, bench.rows):
        bench.row(alike.HEADING, alike.figure(bench.folder, rows, bench.runs or 3))


def orders(bench: Bench) -> None:
    """Importing orders."""
    number = 10 * bench.rows
    file, base, copy, other = (bench.folder / name for name in ("orders.csv", "base.db", "copy.db", "peer.db"))
    data.write_orders(file, number, bench.rows)
    data.crm(base, "import", _customers_file(bench, bench.rows, code=True))
    ours = Side([*_crm(copy), "import", str(file)], copy, base)
    peer = Side([*SQLITE_UTILS, "insert", str(other), "orders", str(file), "--csv"], other)
    bench.compare(Figure(f"crm import, {number:,} orders : sqlite-utils insert --csv", ours, peer, 0.25, 3))


def tiers(bench: Bench) -> None:
    """Grading every customer: the first time, again on the same day, and on the next."""
    fresh = data.build_orders(bench.folder, bench.rows, 10 * bench.rows)
    copy, done = bench.folder / "copy.db", bench.folder / "done.db"
    _renew(done, fresh)
    data.crm(done, "tier", "run")
    title = f"crm tier run, {bench.rows:,} customers, {10 * bench.rows:,} orders, {{}} : pandas"
    tomorrow = data.TODAY + timedelta(1)
    for words, database, day, target in (
        ("first", fresh, data.TODAY, 1.3),
        ("again", done, data.TODAY, 0.8),
        ("the next day", done, tomorrow, 0.8),
    ):
        ours = Side([*_crm(copy, day), "tier", "run", "-f", "json"], copy, database)
        peer = Side([PYTHON, str(HERE / "pandas_tiers.py"), str(fresh), day.isoformat()])
        # The next day those who are to drop wait for a second review, which the script does not know.
        same = _same_tiers if day == data.TODAY else None
        bench.compare(Figure(title.format(words), ours, peer, target, 7, same))


def policy_10(bench: Bench) -> None:
    """Tags, then tiers, by ten rules with percentiles: the first time, again on the same day, and on the next."""
    _policy_10(bench, bench.rows, first=1.5, later=1.0, runs=7)


def policy_10_large(bench: Bench) -> None:
    """The same with ten times the customers and orders; it takes half an hour, and is run only when it is named."""
    _policy_10(bench, 10 * bench.rows, first=0.8, later=0.8, runs=3)


def _policy_10(bench: Bench, rows: int, *, first: float, later: float, runs: int) -> None:
    fresh = data.build_orders(bench.folder, rows, 10 * rows)
    data.crm(fresh, "policy", "apply", str(HERE / "policy_10.toml"), "--yes")
    copy, done = bench.folder / "copy.db", bench.folder / "done.db"
    _renew(done, fresh)
    for verb in ("tag", "tier"):
        data.crm(done, verb, "run")
    title = f"{{}}, ten rules, {rows:,} customers, {10 * rows:,} orders, {{}} : pandas"
    for words, database, day, target in (
        ("first", fresh, data.TODAY, first),
        ("again", done, data.TODAY, later),
        ("the next day", done, data.TODAY + timedelta(1), later),
    ):
        both = " && ".join(shlex.join([*_crm(copy, day), verb, "run", "-f", "jsonl"]) for verb in ("tag", "tier"))
        peer = Side([PYTHON, str(HERE / "pandas_policy.py"), str(fresh), day.isoformat()])
        for command, called in (
            ([*_crm(copy, day), "tier", "run", "--tags", "-f", "jsonl"], "crm tier run --tags"),
            (["sh", "-c", both], "crm tag run && crm tier run"),
        ):
            ours = Side(command, copy, database)
            bench.compare(Figure(title.format(called, words), ours, peer, target, runs, _same_counts))


def memory(bench: Bench) -> None:
    """The peak memory of importing a quarter of the customers, all of them, and four times as many."""
    sizes = (bench.rows // 4, bench.rows, bench.rows * 4)
    new = bench.folder / "new.db"
    heading = ["crm import, peak MB", *(f"{rows:,} rows" for rows in sizes)]
    for words, code in (("with a code", True), ("without a code", False)):
        files = [_customers_file(bench, rows, code=code) for rows in sizes]
        first, again = [], []
        for file in files:
            command = [*_crm(new), "import", file]
            first.append(bench.measure(Side(command, new)).peak)
            again.append(bench.measure(Side(command)).peak)
        bench.row(heading, [f"customers {words}, first", *(f"{peak:.0f}" for peak in first)])
        bench.row(heading, [f"customers {words}, again", *(f"{peak:.0f}" for peak in again)])


FIGURES: dict[str, Callable[[Bench], None]] = {
    "start": start,
    "due": due,
    "due_large": due_large,
    "log": log,
    "customers": customers,
    "xlsx": xlsx,
    "duplicates": duplicates,
    "orders": orders,
    "tiers": tiers,
    "policy_10": policy_10,
    "policy_10_large": policy_10_large,
    "memory": memory,
}
_BY_NAME = ("policy_10_large",)


def _crm(database: Path | None = None, day: date = data.TODAY) -> list[str]:
    return [PYTHON, "-m", "crmcli", "--now", day.isoformat(), *(["--db", str(database)] if database else [])]


def _customers_file(bench: Bench, rows: int, *, code: bool) -> str:
    file = bench.folder / f"customers_{rows}_{'with' if code else 'without'}_code.csv"
    if not file.exists():
        data.write_customers(file, rows, code=code)
    return str(file)


def _with_another_row(file: str) -> str:
    """A copy of the list whose last row comes again under another name and number."""
    text = Path(file).read_text("utf-8")
    last = text.rstrip("\n").rpartition("\n")[2].split(",")
    changed = Path(file).with_suffix(".more.csv")
    changed.write_text(f"{text}{','.join(['Z' + last[0], *last[1:]])}\n", "utf-8")
    return str(changed)


def _all_due(ours: str, peer: str) -> bool:
    return len(json.loads(ours)) == len(json.loads(peer)) == data.DUE


def _same_tiers(ours: str, peer: str) -> bool:
    counted = json.loads(peer)
    return all(row["customers"] == counted.get(row["tier"], 0) for row in json.loads(ours))


def _same_counts(ours: str, peer: str) -> bool:
    """Every tier is with as many customers, and so is every tag where ours tells them."""
    rows = [json.loads(line) for line in ours.splitlines()]
    counted = {row.get("tier") or f"{row['dimension']}:{row['value']}": row["customers"] for row in rows}
    told = {":" in name for name in counted}
    wanted = {name: number for name, number in json.loads(peer).items() if (":" in name) in told}
    return False in told and counted == {**dict.fromkeys(counted, 0), **wanted}


# ------------------------------------------------------------------------------------------------- the report


def _cells(figure: Figure, ours: list[Run], peer: list[Run]) -> list[str]:
    """Medians of each side, the median of the ratios of each pair, the highest peak of memory."""
    ratio = median(a.cpu / b.cpu for a, b in zip(ours, peer, strict=True))
    wall_ratio = median(a.wall / b.wall for a, b in zip(ours, peer, strict=True))
    return [
        figure.title,
        *(f"{median(run.cpu for run in runs):.3f}" for runs in (ours, peer)),
        *(f"{ratio:.2f}", f"{figure.target:.2f}{' wall' if figure.wall else ''}"),
        "yes" if (wall_ratio if figure.wall else ratio) <= figure.target else "NO",
        *(f"{median(run.wall for run in runs):.3f}" for runs in (ours, peer)),
        f"{wall_ratio:.2f}",
        *(f"{max(run.peak for run in runs):.0f}" for runs in (ours, peer)),
    ]


def _set_environment(folder: Path) -> None:
    """The same for every child, whatever the caller's shell says."""
    for name in list(os.environ):
        if name.startswith("CRM_") or name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONOPTIMIZE"):
            del os.environ[name]
    os.environ |= {
        "CRM_USER": "bench",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }


def main() -> None:
    """Run the figures that are named, or all of them."""
    parser = argparse.ArgumentParser(description="Measure crmcli beside the peers it is compared with.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(FIGURES)}; if none is given all but {_BY_NAME[0]}"
    )
    parser.add_argument("--rows", type=int, default=100_000, metavar="N", help="customers (100,000); ten orders each")
    parser.add_argument("--runs", type=int, metavar="K", help="runs of each side, after the warm-up")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in FIGURES]:
        parser.error(f"no figure is called {unknown[0]}; there are {', '.join(FIGURES)}")
    if given.rows < 4 * data.DUE or (given.runs is not None and given.runs < 1):
        parser.error(f"--rows takes a number from {4 * data.DUE}, --runs one from 1")
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as folder:
        _set_environment(Path(folder))
        bench = Bench(Path(folder), given.rows, given.runs)
        for name in dict.fromkeys(given.names or [name for name in FIGURES if name not in _BY_NAME]):
            FIGURES[name](bench)


if __name__ == "__main__":
    main()
