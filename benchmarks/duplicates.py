"""Lists with made-up duplicates, and what `crm clean duplicates` costs and finds on them. The same every time."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import median

READ = """
import csv, sys
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    sum(1 for _row in csv.reader(file))
"""
SIGNS = (
    "云溪石岭青松白鹭湾鹿野苑星河柳浪竹林晓风明月长亭古渡半山听雨望舒南桥北巷东篱西岸秋水春山远帆朝露晚舟澄屿禾穗棠梨"
    "渠雪汀麦垄川清越嘉木知夏启航念慈书衡轩盈岚致衿怀瑾沐阳安澜景行宏泰瑞丰恒信盛隆昌荣华美佳康健福祥吉利达通顺和平"
)
PLACES = {
    "杭州": "571", "苏州": "512", "南京": "25", "宁波": "574", "成都": "28", "武汉": "27", "青岛": "532", "济南": "531",
    "长沙": "731", "郑州": "371", "合肥": "551", "南昌": "791", "福州": "591", "厦门": "592", "广州": "20",
    "深圳": "755",
    "佛山": "757", "东莞": "769", "温州": "577", "无锡": "510", "常州": "519", "沈阳": "24", "大连": "411",
    "西安": "29",
    "昆明": "871", "贵阳": "851", "南宁": "771", "太原": "351", "北京": "10", "上海": "21", "天津": "22", "重庆": "23",
}  # fmt: skip
TRADES = ("贸易", "科技", "物流", "装饰工程", "餐饮管理", "机械设备", "文化传播", "医疗器械", "包装制品", "软件")
DISTRICTS = ("高新区", "江北区", "城东区", "城西区", "开发区", "新城区", "临江区", "南湖区")
ROADS = ("文晖路", "望江路", "江晖路", "凤起路", "清泰街", "建国路", "体育场路", "学院路")
HEADINGS = (
    "code",
    "name",
    "contact_name",
    "contact_phone",
    "phone",
    "email",
    "address",
    "source",
    "owner",
    "since",
    "note",
)
Rows = Iterator[tuple[str, list[str]]]


def rows(number: int) -> Rows:
    """Rows by customer; one customer in four has two to four rows, each typed in its own way."""
    dice = Random(number)
    made = customer = 0
    while made < number:
        row = new_customer(dice, customer)
        for copy in range(dice.choice((1, 1, 1, 2, 2, 3, 4)) if dice.random() < 0.5 else 1):
            yield str(customer), [f"R{made:06d}", *(row if copy == 0 else retyped(dice, row))]
            made += 1
        customer += 1


def new_customer(dice: Random, number: int) -> list[str]:
    brand = "".join(dice.choice(SIGNS) for _sign in range(dice.choice((2, 3, 3))))
    place = dice.choice(list(PLACES))
    person = dice.choice("李王张刘陈杨赵黄周吴徐孙") + "".join(
        dice.choice(SIGNS) for _sign in range(dice.choice((1, 2)))
    )
    name = f"{place}{brand}{dice.choice(TRADES)}有限公司"
    mobile = f"1{dice.choice('3578')}{dice.randrange(10**9):09d}"
    landline = f"0{PLACES[place]}-{dice.randrange(2 * 10**6, 9 * 10**6)}{'' if len(PLACES[place]) == 3 else '0'}"
    email = (
        f"{dice.choice('abcdefgh')}{number}@{dice.choice(('post.example', 'mail.example', f'firm{number}.example'))}"
    )
    building = f"{dice.randrange(1, 30)}栋{dice.randrange(101, 2999)}室" if dice.random() < 0.5 else ""
    door = f"{place}市{dice.choice(DISTRICTS)}{dice.choice(ROADS)}{dice.randrange(1, 999)}号{building}"
    kept = [cell if dice.random() < 0.6 else "" for cell in (landline, email, door)]
    since = f"20{dice.randrange(15, 26)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
    return [
        name,
        person,
        mobile,
        *kept,
        "老客户介绍",
        dice.choice(("林晓雯", "何志强", "高子轩")),
        since,
        "要求专票；已报价",
    ]


def retyped(dice: Random, row: list[str]) -> list[str]:
    """The row as the next person types it: another form of the name, a slip, a cell left out."""
    name, person, mobile, *others = row[:6]
    place, rest = name[:2], name[2:]
    name = dice.choice((name, rest, f"{rest[:-4]}（{place}）有限公司", name[:-4], name.replace("有限", "有限责任")))
    if dice.random() < 0.1:
        slip = dice.randrange(len(name))
        name = name[:slip] + dice.choice(SIGNS) + name[slip + 1 :]
    mobile = dice.choice((mobile, mobile, f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}", f"+86{mobile}", mobile[:-1], ""))
    person = dice.choice((person, person, f"{person[0]}总", ""))
    return [name, person, mobile, *(cell if dice.random() < 0.7 else "" for cell in others), *row[6:]]


def measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak MB of a process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


HEADING = ["crm clean duplicates", "CPU s", "csv.reader s", "ratio", "peak MB", "precision", "recall", "F1"]


def figure(folder: Path, number: int, runs: int) -> list[str]:
    """The row of a list of `number` customers: `csv.reader` over the same file is the measure of the ratio."""
    file, database, answer = folder / f"{number}.csv", folder / f"{number}.db", folder / f"{number}.json"
    owners = {}
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        for owner, row in rows(number):
            owners[row[0]] = owner
            writer.writerow(row)
    crm = [sys.executable, "-m", "crmcli", "--db", str(database)]
    subprocess.run([*crm, "init"], check=True, capture_output=True)
    subprocess.run([*crm, "import", str(file), "--table", "customers"], check=True, capture_output=True)
    ours, reads, peaks = [], [], []
    for _run in range(runs):
        cpu, peak = measured([*crm, "clean", "duplicates", "-o", str(answer)])
        start = measured([sys.executable, "-c", "import csv, sys"])[0]
        reads.append(max(measured([sys.executable, "-c", READ, str(file)])[0] - start, 0.001))
        ours.append(cpu)
        peaks.append(peak)
    ratio = median(cpu / read for cpu, read in zip(ours, reads, strict=True))
    cells = [f"{number:,} rows", f"{median(ours):.1f}", f"{median(reads):.3f}", f"{ratio:.0f}", f"{max(peaks):.0f}"]
    return cells + [f"{share:.4f}" for share in quality(answer, owners)]


def quality(answer: Path, owners: dict[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the certain and likely pairs."""
    pairs = json.loads(answer.read_text("utf-8"))
    told = [(pair["left"], pair["right"]) for pair in pairs if pair["band"] in ("certain", "likely")]
    right = sum(owners[left] == owners[other] for left, other in told)
    groups: dict[str, list[str]] = {}
    for code, owner in owners.items():
        groups.setdefault(owner, []).append(code)
    true = sum(len(list(combinations(codes, 2))) for codes in groups.values())
    return right / len(told), right / true, 2 * right / (len(told) + true)
