"""The data of the benchmarks: fictional, and the same on every machine. `data.py FOLDER` leaves it there to look at.

Nothing here is drawn at random: each value follows from its row's number, through `_mix`.
"""

import argparse
import csv
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

TODAY = date(2026, 11, 20)
DUE = 50
DUE_LARGE = 200

_HEADINGS = ["客户名称", "行业", "地区", "城市", "地址", "电话", "邮箱", "负责人", "合作日期", "来源", "备注"]
_ORDER_HEADINGS = ["订单号", "客户编号", "下单日期", "金额", "产品", "数量"]
_CONTACT_HEADINGS = ["客户编号", "沟通时间", "方式", "主题", "反馈", "下一步", "下次日期"]

_PLACES = [
    ("华东", "上海", "021", "2000"), ("华东", "杭州", "0571", "3100"), ("华东", "宁波", "0574", "3150"),
    ("华东", "苏州", "0512", "2150"), ("华东", "南京", "025", "2100"), ("华南", "广州", "020", "5100"),
    ("华南", "佛山", "0757", "5280"), ("华南", "深圳", "0755", "5180"), ("华北", "北京", "010", "1000"),
    ("华北", "天津", "022", "3000"), ("华北", "石家庄", "0311", "0500"), ("华中", "武汉", "027", "4300"),
    ("华中", "长沙", "0731", "4100"), ("华中", "郑州", "0371", "4500"), ("西南", "成都", "028", "6100"),
]  # fmt: skip
_TRADES = [
    "机械设备", "电子科技", "信息技术", "食品", "纺织", "家居用品", "建材", "物流", "装饰工程", "教育科技",
    "医疗器械", "餐饮管理", "新能源", "化工", "印刷包装", "贸易",
]  # fmt: skip
# A hundred characters: three of them make a million company names, no two alike.
_WORDS = (
    "青砚澄屿禾穗云杉松风星槎蓝汐竹里晚舟朝露月泊山葵芦笛听涛棠梨石渠鹿溪雪汀麦垄远帆明川清越嘉木知夏启航"
    "若思念慈书衡轩可盈岚舒致如子衿怀瑾亦凡沐阳安澜景行宏泰瑞丰恒信盛隆昌荣华美佳康健福祥吉利达通顺和平正"
)
_OWNERS = ["周明远", "林晓雯", "何志强", "苏婉婷", "高子轩", "唐语桐", "陈嘉禾", "许若溪"]
_SOURCES = ["官网", "展会", "老客户介绍", "电话营销", "广告", ""]
_NOTES = ["", "", "", "已报价", "要求专票", "旺季前联系", "对交货期有要求"]
_PRODUCTS = ["标准件A型", "标准件B型", "定制套装", "年度维护服务", "安装调试", "配件包", "培训服务", "升级服务"]


def write_customers(path: Path, rows: int, *, code: bool) -> None:
    """A list of `rows` customers, 12 columns: the first is the code, or, without one, the last is the postcode."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["客户编号", *_HEADINGS] if code else [*_HEADINGS, "邮编"])
        for n in range(rows):
            cells, postcode = _customer(n)
            out.writerow([_code(n), *cells] if code else [*cells, postcode])


def write_workbook(text: Path) -> Path:
    """The CSV file `text` as a workbook beside it."""
    import xlsxwriter

    path = text.with_suffix(".xlsx")
    with (
        xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook,
        text.open(encoding="utf-8", newline="") as file,
    ):
        sheet = workbook.add_worksheet()
        for at, row in enumerate(csv.reader(file)):
            sheet.write_row(at, 0, row)
    return path


def write_orders(path: Path, rows: int, customers: int) -> None:
    """`rows` orders over three years, by the codes of a list of `customers`; few buy much, one in ten nothing."""
    days = [(TODAY - timedelta(back)).isoformat() for back in range(3 * 365)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_ORDER_HEADINGS)
        for n in range(rows):
            draw = _mix(n + 1_000_000_007)
            share = (draw & 0xFFFFFF) / 0x1000000
            buyer = int(share * share * customers * 0.9)
            cents = 500 + (draw >> 24 & 0xFFFF) ** 2 // (1_000 + 20_000 * buyer // customers)
            amount = f"{cents // 100}.{cents % 100:02d}"
            day = days[(draw >> 40) % len(days)]
            product = _PRODUCTS[draw >> 61]
            out.writerow([f"SO{n:08d}", _code(buyer), day, amount, product, 1 + (draw >> 57 & 15)])


def write_contacts(path: Path, customers: int) -> None:
    """One talk with each customer: 50 promised something for TODAY, one in twenty something for later."""
    later = [(TODAY + timedelta(30 + ahead)).isoformat() for ahead in range(200)]
    step = max(1, customers // DUE)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_CONTACT_HEADINGS)
        for n in range(customers):
            promise = TODAY.isoformat() if n % step == 0 and n < step * DUE else later[n % 200] if n % 20 == 1 else ""
            talked_on = TODAY - timedelta(1 + n % 25)
            said = ["电话" if n % 3 else "微信", "季度回访", "整体满意", "发送报价" if promise else "", promise]
            out.writerow([_code(n), f"{talked_on} {9 + n % 9:02d}:30", *said])


def build_due(folder: Path, customers: int) -> Path:
    """A database of so many customers in their tiers, of which 50 want something TODAY."""
    database = folder / "due.db"
    write_customers(folder / "due_customers.csv", customers, code=True)
    write_contacts(folder / "due_contacts.csv", customers)
    crm(database, "init")
    policy = folder / "due.toml"
    shipped = crm(database, "policy", "show")
    # Touches that are years away, whichever tier: what is left for the day is what was promised for it.
    policy.write_text(_with_cadence(shipped, "20 years"), "utf-8")
    crm(database, "policy", "apply", str(policy))
    crm(database, "import", str(folder / "due_customers.csv"), str(folder / "due_contacts.csv"))
    crm(database, "tier", "run")
    due = crm(database, "due", "-q").split()
    if len(due) != DUE:
        sys.exit(f"benchmarks: {database} has {len(due)} items due on {TODAY}, not {DUE}")
    return database


def build_due_large(folder: Path, customers: int, copies: int) -> tuple[Path, Path]:
    """A database of so many customers with DUE_LARGE items due TODAY, and one that has them and `copies` copies of
    everything that is not due.
    """
    small, large = folder / "due_small.db", folder / "due_large.db"
    write_customers(folder / "due_customers.csv", customers, code=True)
    _write_due_large(folder, customers)
    crm(small, "init")
    policy = folder / "due.toml"
    shipped = _with_cadence(crm(small, "policy", "show"), "20 years")
    # Birthdays of all tiers: without orders everybody is in the lowest.
    policy.write_text(shipped.replace('tiers = ["strategic", "key"]\n', ""), "utf-8")
    crm(small, "policy", "apply", str(policy))
    for table in ("customers", "promises", "people", "contracts"):
        crm(small, "import", str(folder / f"due_{table}.csv"))
    crm(small, "tier", "run")
    large.write_bytes(small.read_bytes())
    _copy_customers(large, customers, copies)
    for database in (small, large):
        due = crm(database, "due", "-q").splitlines()
        if len(due) != DUE_LARGE:
            sys.exit(f"benchmarks: {database} has {len(due)} items due on {TODAY}, not {DUE_LARGE}")
    return small, large


def _write_due_large(folder: Path, customers: int) -> None:
    """A talk, a birthday and two contracts of each; of 100 a promise is due, of 40 a birthday, of 60 a renewal."""
    day = TODAY + timedelta(1)
    tables: dict[str, tuple[list[str], Callable[[int], Iterable[list[str]]]]] = {
        "promises": (
            _CONTACT_HEADINGS,
            lambda n: [
                [_code(n), f"{TODAY - timedelta(1 + n % 25)} 10:30", "电话", "回访", "满意", "报价", _promised(n)]
            ],
        ),
        "people": (
            ["客户编号", "姓名", "生日"],
            # From January to September, as the cooperations.
            lambda n: [[_code(n), "联系人", str(day if 100 <= n < 140 else date(1980, 1 + n % 9, 1 + n % 28))]],
        ),
        "contracts": (
            ["合同编号", "客户编号", "开始日期", "结束日期", "是否续签"],
            lambda n: [
                [f"HT{n}-1", _code(n), "2024-01-01", "2024-12-31", ""],
                [f"HT{n}-2", _code(n), "2025-01-01", str(day if 140 <= n < 200 else TODAY + timedelta(400)), ""],
            ],
        ),
    }
    for name, (headings, rows) in tables.items():
        with (folder / f"due_{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(headings)
            for n in range(customers):
                out.writerows(rows(n))


def _promised(n: int) -> str:
    return str(TODAY if n < 100 else TODAY + timedelta(60 + n % 200))


def _copy_customers(database: Path, customers: int, copies: int) -> None:
    """Everything again, `copies` times, but for what is due soon: plain SQL, as importing millions takes minutes."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for table, changed in (
            ("customer", {"code": "code || '-' || n", "owner": "owner || (n % 50)"}),
            ("contact", {}),
            ("contract", {"number": "number || '-' || n", "renew_by": "max(renew_by, :later)"}),
            ("interaction", {"next_due": "max(next_due, :later)"}),
            ("touch", {}),
        ):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            moved = {"id": "id + n * :rows", "customer_id": "customer_id + n * :rows", **changed}
            if table == "contact":
                moved["birthday_key"] = "CASE WHEN birthday_key > '09-31' THEN '09-01' ELSE birthday_key END"
            factor = 2 if table == "contract" else 1
            moved["id"] = f"id + n * :rows * {factor}"
            connection.execute(
                f"WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :copies) "
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {', '.join(moved.get(column, column) for column in columns)} FROM copy CROSS JOIN {table}",
                {"copies": copies, "rows": customers, "later": (TODAY + timedelta(60)).isoformat()},
            )
        connection.commit()


def build_orders(folder: Path, customers: int, orders: int) -> Path:
    """A database of so many customers and orders, not graded yet."""
    database = folder / "graded.db"
    # What another figure has left there has other customers, or another policy.
    for left in folder.glob(f"{database.name}*"):
        left.unlink()
    write_customers(folder / "graded_customers.csv", customers, code=True)
    write_orders(folder / "graded_orders.csv", orders, customers)
    crm(database, "import", str(folder / "graded_customers.csv"))
    crm(database, "import", str(folder / "graded_orders.csv"))
    return database


def crm(database: Path, *arguments: str) -> str:
    """What the program says when it is run with `arguments`; ends the benchmark if it fails."""
    command = [sys.executable, "-m", "crmcli", "--db", str(database), "--now", TODAY.isoformat(), *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"benchmarks: crm {' '.join(arguments)}: exit {done.returncode}\n{done.stderr.strip()}")
    return done.stdout


def _customer(n: int) -> tuple[list[str], str]:
    draw = _mix(n)
    region, city, area, postcode = _PLACES[draw % len(_PLACES)]
    trade = _TRADES[(draw >> 8) % len(_TRADES)]
    first = n * 367_121 % 1_000_000  # no common factor with a million: a different name for each n
    name = f"{_WORDS[first // 10_000]}{_WORDS[first // 100 % 100]}{_WORDS[first % 100]}"
    # January to September: no anniversary is near TODAY.
    since = date(2015 + (draw >> 16) % 11, 1 + (draw >> 20) % 9, 1 + (draw >> 24) % 28)
    cells = [
        f"{city}{name}{trade}有限公司",
        trade,
        region,
        city,
        f"{city}市样例路{1 + (draw >> 28) % 999}号{1 + (draw >> 38) % 30}栋",
        _phone(n, area, draw >> 40),
        f"contact{n}@example.{('com', 'net', 'org')[n % 3]}",
        _OWNERS[(draw >> 50) % len(_OWNERS)],
        _date(since, (draw >> 54) % 10),
        _SOURCES[(draw >> 56) % len(_SOURCES)],
        _NOTES[(draw >> 58) % len(_NOTES)],
    ]
    return cells, f"{postcode}{(draw >> 44) % 100:02d}"


def _phone(n: int, area: str, draw: int) -> str:
    """Three mobile numbers to two landlines, seven of ten in the plainest spelling of each."""
    spelling = draw % 10
    if n % 5 < 3:
        head, middle, tail = str(130 + n % 30), f"{n // 10_000:04d}"[-4:], f"{n % 10_000:04d}"
        others = [f"{head}-{middle}-{tail}", f"{head} {middle} {tail}", f"+86 {head}{middle}{tail}"]
        return others[spelling] if spelling < 3 else f"{head}{middle}{tail}"
    number = (
        f"8{n % 1_000_000:06d}{draw // 10 % 10}"
        if len(area) == 3 or area.startswith("075")
        else f"8{n % 1_000_000:06d}"
    )
    others = [f"({area}){number}", f"{area} {number}", f"{area}{number}"]
    return others[spelling] if spelling < 3 else f"{area}-{number}"


def _date(day: date, spelling: int) -> str:
    others = [f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"]
    return others[spelling] if spelling < 3 else day.isoformat()


def _code(n: int) -> str:
    return f"K{n:07d}"


def _with_cadence(policy: str, cadence: str) -> str:
    before, *touches = policy.split('every = "')
    return before + "".join(f'every = "{cadence}"{touch.partition(chr(34))[2]}' for touch in touches)


def _mix(n: int) -> int:
    """64 well-mixed bits of a number: the finisher of SplitMix64."""
    n = (n + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    n = (n ^ n >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return n ^ n >> 31


def main() -> None:
    """Leave the files and the databases in a folder."""
    parser = argparse.ArgumentParser(description="make the data of the benchmarks and leave it in FOLDER")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N", help="customers; ten orders each")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    write_customers(given.folder / "customers.csv", given.rows, code=True)
    write_customers(given.folder / "customers_without_code.csv", given.rows, code=False)
    build_due(given.folder, given.rows)
    build_orders(given.folder, given.rows, 10 * given.rows)


if __name__ == "__main__":
    main()
