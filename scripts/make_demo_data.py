"""Write crmcli/demo_data: an invented company's customers as six salespeople keep them, orders, contacts.

    python scripts/make_demo_data.py [DIR]

The same bytes on every run. Companies, people and numbers are made up; the mess is the kind that real lists
have: six encodings and headings, phones as Excel leaves them, dates that do not exist, customers in two lists
at once. The demonstration's day is 2026-11-20: orders and contacts are those of the months before it.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import xlsxwriter

TODAY = date(2026, 11, 20)
OWNERS = ["周明远", "林晓雯", "何志强", "苏婉婷", "高子轩", "唐雨桐"]
LIST_SIZES = [30, 34, 28, 32, 30, 26]
PLACES = {
    "华东": [
        ("杭州", "0571", "浙江省杭州市"),
        ("苏州", "0512", "江苏省苏州市"),
        ("宁波", "0574", "浙江省宁波市"),
        ("合肥", "0551", "安徽省合肥市"),
    ],
    "华南": [
        ("广州", "020", "广东省广州市"),
        ("佛山", "0757", "广东省佛山市"),
        ("东莞", "0769", "广东省东莞市"),
    ],
    "华北": [
        ("天津", "022", "天津市"),
        ("石家庄", "0311", "河北省石家庄市"),
        ("青岛", "0532", "山东省青岛市"),
    ],
    "西南": [("成都", "028", "四川省成都市"), ("重庆", "023", "重庆市"), ("昆明", "0871", "云南省昆明市")],
    "华中": [
        ("武汉", "027", "湖北省武汉市"),
        ("长沙", "0731", "湖南省长沙市"),
        ("郑州", "0371", "河南省郑州市"),
    ],
}
REGIONS = ["华东", "华南", "华北", "华东", "西南", "华中"]
TRADES = {
    "食品": "食品饮料",
    "机械设备": "制造业",
    "医疗器械": "医疗",
    "教育科技": "教育",
    "物流": "物流",
    "装饰工程": "建筑建材",
    "信息技术": "信息技术",
    "家居用品": "零售",
    "餐饮管理": "餐饮",
    "包装材料": "制造业",
}
BRAND_HEADS = "青砚 澄屿 禾穗 云杉 松风 星槎 蓝汐 竹里 晚舟 朝露 月泊 山葵 云雀 芦笛 听涛 棠梨 石渠 鹿溪 雪汀 麦垄"
BRAND_TAILS = "坞渡坊集岸原径舍台津"
SURNAMES = "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹章苏潘葛范彭鲁韦马方袁柳"
PINYIN = (
    "zhao qian sun li zhou wu zheng wang feng chen wei jiang shen han yang zhu qin xu he lv zhang kong cao "
    "yan jin wei tao jiang xie zou zhang su pan ge fan peng lu wei ma fang yuan liu"
).split()
GIVEN = ("启航 若溪 思齐 嘉木 念慈 书衡 明轩 可盈 知夏 远山 晓岚 云舒 致远 清如 子衿 怀瑾 亦凡 沐阳 安澜 景行").split()
TITLES = ["采购经理", "总经理", "采购主管", "行政主管", "财务经理", "项目经理", ""]
SOURCES = ["展会", "官网", "老客户介绍", "电话营销", "微信", ""]
NOTES = [
    "",
    "",
    "",
    "老客户介绍",
    "要求开专票；对账",
    "已报价",
    '"加急"',
    "第一行\n第二行",
    "年前签单,已付定金",
]
PREFIXES = ["138", "139", "150", "151", "158", "159", "186", "187", "188", "199"]

Cell = str | int | float | date
Record = dict[str, Cell]


@dataclass(frozen=True)
class Customer:
    """One true customer, before a salesperson wrote it down. `broken` rows never have orders or contacts."""

    name: str
    person: str
    pinyin: str
    title: str
    mobile: str
    landline: str
    trade: str
    region: str
    city: str
    address: str
    since: date
    source: str
    note: str
    owner: str
    is_company: bool = True
    broken: bool = False

    @property
    def email(self) -> str:
        return f"{self.pinyin}{self.mobile[-4:]}@example.com"


class Maker:
    """Invents customers; every name and number is used once."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.brands = [head + tail for head in BRAND_HEADS.split() for tail in BRAND_TAILS]
        self.people = [(s + g, p) for s, p in zip(SURNAMES, PINYIN, strict=True) for g in GIVEN]
        self.random.shuffle(self.brands)
        self.random.shuffle(self.people)
        self.numbers = self.random.sample(range(1000, 9999), 1000)

    def customer(self, owner: str, region: str) -> Customer:
        city, area_code, province = self.random.choice(PLACES[region])
        trade = self.random.choice(sorted(TRADES))
        brand = self.brands.pop()
        form = self.random.choice(["{city}{brand}{trade}有限公司"] * 3 + ["{brand}（{city}）{trade}有限公司"])
        person, pinyin = self.people.pop()
        since = TODAY - timedelta(days=self.random.randrange(600, 3000))
        return Customer(
            name=form.format(city=city, brand=brand, trade=trade),
            person=person,
            pinyin=pinyin,
            title=self.random.choice(TITLES),
            mobile=f"{self.random.choice(PREFIXES)}0000{self.numbers.pop()}",
            landline=f"{area_code}-8000{self.numbers.pop()}"[: 13 if len(area_code) == 4 else 12],
            trade=TRADES[trade],
            region=region,
            city=city,
            address=f"{province}样例路{self.random.randrange(1, 900)}号{self.random.randrange(1, 30)}栋",
            since=since,
            source=self.random.choice(SOURCES),
            note=self.random.choice(NOTES),
            owner=owner,
        )

    def lists(self) -> list[list[Customer]]:
        """The six salespeople's customers: some are persons, six are in two lists under two names."""
        lists = [
            [self.customer(owner, region) for _ in range(size)]
            for owner, region, size in zip(OWNERS, REGIONS, LIST_SIZES, strict=True)
        ]
        for customers in (lists[1], lists[5]):
            for i in (4, 11, 19):
                customers[i] = replace(customers[i], name=customers[i].person, is_company=False, title="")
        for giver, taker, at in [(0, 3, 6), (0, 3, 7), (1, 2, 5), (2, 4, 6), (4, 5, 8), (3, 0, 9)]:
            twin = lists[giver][at]
            lists[taker].append(replace(twin, name=other_spelling(twin.name, at), owner=OWNERS[taker]))
        # The anniversaries of the next days.
        for k, i in enumerate((2, 3)):
            for customers in lists[:4]:
                customers[i] = replace(customers[i], since=date(2020 + i, 11, 22 + k))
        return lists


def other_spelling(name: str, way: int) -> str:
    """The same company as a colleague writes it."""
    if "（" in name:
        brand, rest = name.split("（")
        city, trade = rest.split("）")
        return f"{city}{brand}{trade}"
    short = name.removesuffix("有限公司")
    return [f"{short}公司", f"{short}有限责任公司", short, f"{short} 有限公司"][way % 4]


def marked(customers: list[Customer], places: tuple[int, ...]) -> list[Customer]:
    """The same list with the customers at these places marked as badly written down."""
    return [replace(c, broken=True) if i in places else c for i, c in enumerate(customers)]


def full_width(text: str) -> str:
    return text.translate({ord("0") + i: ord("０") + i for i in range(10)})


def dashed(mobile: str, mark: str) -> str:
    return mark.join([mobile[:3], mobile[3:7], mobile[7:]])


def pick(cells: Sequence[str], i: int) -> str:
    return cells[i % len(cells)]


# --- The six lists: one record a row, the headings are its keys.


def list_1(customers: list[Customer]) -> list[Record]:
    records: list[Record] = []
    for i, c in enumerate(customers):
        mobile = pick([c.mobile, f"+86{c.mobile}", dashed(c.mobile, "-"), f"{c.mobile}.0"], i)
        since = f"{c.since.year}年{c.since.month}月{c.since.day}日"
        if i == 12:
            since = "2023.2.29"
        if i == 17:
            mobile = c.mobile[:-1]
        money = [
            f"{i * 7 % 23 + 1}.5万",
            f"{i * 3 % 9 + 1}万元",
            "",
            f"{i * 7919 % 90 + 8}000",
            f"{i % 7 + 1}.2W",
        ]
        record: Record = {
            "客户名称": pick([c.name, c.name, c.name + " ", c.name], i),
            "联系人": c.person,
            "职务": c.title,
            "手机": mobile,
            "座机": c.landline if i % 3 else "",
            "邮箱": c.email if i % 4 else "",
            "行业": c.trade,
            "地区": c.region,
            "城市": c.city,
            "地址": c.address,
            "合作日期": since,
            "合同金额": pick(money, i),
            "客户来源": c.source,
            "业务员": c.owner,
            "备注": c.note,
        }
        records.append(record)
    return records


def list_2(customers: list[Customer]) -> list[Record]:
    birthdays = [
        "1986-11-23",
        "农历十月十五",
        "",
        "1979/4/6",
        "11月22日",
        "",
        "农历八月初三",
        "1991年7月30日",
        "",
    ]
    records: list[Record] = []
    for i, c in enumerate(customers):
        mobile = pick([c.mobile, dashed(c.mobile, " "), f"0086{c.mobile}", c.mobile], i)
        email = pick([c.email, f"mailto:{c.email}", "", c.email.upper(), f" {c.email}"], i)
        if i == 15:
            mobile = "1.38E+10"
        if i == 21:
            email = c.email.replace("@", "@@")
        record: Record = {
            "公司名称": c.name,
            "姓名": c.person,
            "联系电话": mobile,
            "公司电话": c.landline if c.is_company and i % 2 else "",
            "电子邮箱": email,
            "所属行业": c.trade,
            "区域": c.region,
            "所在城市": c.city,
            "详细地址": c.address,
            "建档日期": f"{c.since.year}/{c.since.month}/{c.since.day}",
            "生日": pick(birthdays, i),
            "来源": c.source,
            "归属人": c.owner,
            "跟进记录": c.note,
        }
        records.append(record)
    records.insert(10, {})
    return records


def list_3(customers: list[Customer]) -> list[Record]:
    records: list[Record] = []
    for i, c in enumerate(customers):
        record: Record = {
            "企业名称": c.name,
            "联系人": c.person,
            "联系方式": pick([c.mobile, f"{c.mobile}/{c.landline}", f"手机：{c.mobile}", f"{c.mobile}.0"], i),
            "办公电话": c.landline if i % 2 else "",
            "邮件": c.email if i % 3 else "",
            "行业": c.trade,
            "区域": c.region,
            "城市": c.city,
            "注册地址": c.address if i % 5 else full_width(c.address),
            "建立合作时间": "2024-13-05" if i == 14 else c.since.isoformat(),
            "来源渠道": c.source,
            "跟进人": c.owner,
            "备注信息": c.note,
        }
        records.append(record)
    return records


def list_4(customers: list[Customer]) -> list[Record]:
    records: list[Record] = []
    for i, c in enumerate(customers):
        mobile = pick([c.mobile, full_width(c.mobile), f"+86 {c.mobile}", c.mobile, f"{c.mobile}\t"], i)
        record: Record = {
            "Company": pick([c.name, c.name, f"　{c.name}", c.name], i),
            "Contact": c.person,
            "Title": c.title,
            "Mobile": c.mobile[:-1] if i == 18 else mobile,
            "Tel": c.landline if i % 3 else "",
            "Email": c.email,
            "Industry": c.trade,
            "Region": c.region,
            "City": c.city,
            "Address": c.address,
            "Customer since": pick([f"{c.since}", f"{c.since:%Y%m%d}", f"{c.since:%b %d, %Y}"], i),
            "Source": c.source,
            "Owner": c.owner,
            "Notes": c.note,
        }
        records.append(record)
    records.insert(21, {})
    return records


def list_5(customers: list[Customer]) -> list[Record]:
    amounts: list[Cell] = [12800, 3655.5, "2.4万", "", "15,320.00元"]
    records: list[Record] = []
    for i, c in enumerate(customers):
        mobile: Cell = int(c.mobile) if i % 3 else pick([c.mobile, f"+86{c.mobile}"], i)
        since: Cell = c.since if i % 4 else f"{c.since.year}.{c.since.month}.{c.since.day}"
        record: Record = {
            "客户": c.name,
            "联系人": c.person,
            "手机号": "1.59E+10" if i == 16 else mobile,
            "电话": c.landline if i % 2 else "",
            "邮箱地址": c.email if i % 5 else "",
            "客户行业": c.trade,
            "大区": c.region,
            "城市": c.city,
            "公司地址": c.address,
            "开始合作日期": "2025-02-30" if i == 10 else since,
            "合同额": amounts[i % 5],
            "客户来源": c.source,
            "客户经理": c.owner,
            "备注": c.note,
        }
        records.append(record)
    return records


def list_6(customers: list[Customer]) -> list[Record]:
    birthdays = ["", "1983-11-25", "农历十月十八", "", "1990.2.14", "农历腊月三十"]
    records: list[Record] = []
    for i, c in enumerate(customers):
        since = f"{c.since:%Y%m%d}" if i % 2 else c.since.isoformat()
        email = c.email if i % 4 else ""
        money = [f"人民币{i % 9 + 1},208.00", f"CNY{i % 8 + 2},640.50", "", f"¥{i % 7 + 1}1,300"]
        record: Record = {
            "单位名称": c.name,
            "客户类型": "企业" if c.is_company else "个人",
            "联系人姓名": c.person,
            "手机号码": pick([c.mobile, full_width(c.mobile), f"{c.mobile}.0", f" {c.mobile} "], i),
            "固定电话": c.landline if c.is_company and i % 3 else "",
            "E-mail": c.email.replace("@", "#") if i == 20 else email,
            "行业类别": c.trade,
            "区域": c.region,
            "城市": c.city,
            "联系地址": c.address,
            "登记日期": "2024/11/31" if i == 13 else since,
            "合同金额（元）": pick(money, i),
            "线索来源": c.source,
            "负责人": c.owner,
            "联系人生日": pick(birthdays, i),
            "说明": c.note,
        }
        records.append(record)
    return records


# The places in each list that a reader may have to refuse.
BROKEN_PLACES = [(12, 17), (15, 21), (14,), (18,), (10, 16), (13, 20)]


# --- Orders and contacts of the customers that are written down well.

PRODUCTS = [
    ("标准件A型", 320),
    ("标准件B型", 480),
    ("年度维护服务", 9800),
    ("定制套装", 2600),
    ("耗材礼包", 150),
]


def orders(customers: list[Customer], random: Random) -> list[Record]:
    """Four big customers, some regular, some that stopped months ago, some new; the rest never bought."""
    kinds = [
        (4, range(0, 540, 30), 38_000, 66_000),
        (10, range(5, 540, 45), 9_000, 24_000),
        (28, range(12, 540, 100), 1_200, 9_000),
        (10, range(125, 540, 70), 4_000, 26_000),
        (8, range(6, 60, 24), 1_500, 6_000),
    ]
    buyers = iter(customers)
    sold: list[tuple[date, str, int]] = []
    for count, days_ago, low, high in kinds:
        for customer in islice(buyers, count):
            shift = random.randrange(1, 13)
            sold += [(TODAY - timedelta(days + shift), customer.name, random.randrange(low, high)) for days in days_ago]
    records = [order(n, *sale, random) for n, sale in enumerate(sorted(sold))]
    for n, status in {40: "已取消", 133: "已退货", 290: "已取消"}.items():
        records[n]["状态"] = status
    for record in records[-9:]:
        record["状态"] = "未付款"
    unpriced = order(9000, date(2026, 3, 11), customers[6].name, 2600, random) | {"金额": "面议"}
    unknown = order(9001, date(2026, 7, 8), "查无此号样例商行", 1880, random)
    return [*records[:151], unpriced, *records[151:262], unknown, *records[262:]]


def order(n: int, day: date, customer: str, amount: int, random: Random) -> Record:
    product, price = random.choice(PRODUCTS)
    money = f"{amount}.{n % 4 * 25:02d}"
    if n % 17 == 5:
        money = f"¥{amount:,}.00"
    elif n % 41 == 7:
        money = f"{amount / 10_000:.2f}万"
    return {
        "订单号": f"SO{day:%y%m}-{n + 1:04d}",
        "客户名称": customer,
        "下单日期": f"{day.year}/{day.month}/{day.day}" if n % 6 == 3 else day.isoformat(),
        "金额": money,
        "产品": product,
        "数量": max(1, amount // price),
        "状态": "已付款",
    }


TALKS = [
    ("季度回访", "整体满意，希望缩短交货期", "发送新的交货计划"),
    ("新品介绍", "对定制套装有兴趣", "寄样品并报价"),
    ("对账", "账目一致", ""),
    ("续约沟通", "等总部批复", "确认批复结果"),
    ("售后回访", "安装顺利", ""),
    ("需求了解", "明年预算待定", "约时间上门拜访"),
]
CHANNELS = ["电话", "拜访", "微信", "视频会议", "邮件"]


def interactions(customers: list[Customer], random: Random) -> list[Record]:
    """Contacts of September to November 2026; a dozen promises fall due around the demonstration's day."""
    talks: list[tuple[datetime, Customer, bool]] = []
    for i, customer in enumerate(customers[:44]):
        last = datetime(2026, 11, 19, 9 + i % 9, i % 2 * 30) - timedelta(i * 13 % 76)
        talks.append((last, customer, True))
        if i % 3 == 0 and last.month > 9:
            talks.append((last - timedelta(random.randrange(8, 25)), customer, False))
    talks.sort(key=lambda talk: talk[0])
    promises = (date(2026, 11, 17) + timedelta(k * 8 % 9) for k in range(12))
    records: list[Record] = []
    for n, (at, customer, is_last) in enumerate(talks):
        topic, feedback, step = TALKS[n % len(TALKS)]
        due = next(promises, None) if is_last and step and at.month >= 10 else None
        record: Record = {
            "客户名称": customer.name,
            "沟通时间": f"{at.year}/{at.month}/{at.day} {at:%H:%M}" if n % 5 == 2 else f"{at:%Y-%m-%d %H:%M}",
            "方式": pick(CHANNELS, n),
            "参与人": customer.person,
            "主题": topic,
            "反馈": feedback,
            "下一步": step if due else "",
            "下次日期": due.isoformat() if due else "",
            "负责人": customer.owner,
        }
        records.append(record)
    return records


# --- Writing


def table(records: list[Record]) -> list[list[Cell]]:
    """The headings and the rows; an empty record is a blank row."""
    headings = list(records[0])
    return [[*headings], *([record.get(heading, "") for heading in headings] for record in records)]


def delimited(records: list[Record], encoding: str, delimiter: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(table(records))
    return text.getvalue().encode(encoding)


def workbook(title: str, records: list[Record]) -> bytes:
    """An XLSX with number and date cells, packed without compression: the same bytes wherever it is made."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "客户登记表", "created": datetime(2026, 11, 18, 9, 0)})
    sheet = book.add_worksheet("客户")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.set_column(0, 13, 16)
    rows: list[list[Cell]] = [[title], *table(records)]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(r, c, datetime(cell.year, cell.month, cell.day), day)
            elif isinstance(cell, str):
                sheet.write_string(r, c, cell)
            else:
                sheet.write_number(r, c, cell)
    book.close()
    packed = io.BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:
        for entry in source.infolist():
            target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry))
    return packed.getvalue()


def files() -> dict[str, bytes]:
    """Every file of the demonstration by name."""
    lists = [marked(c, places) for c, places in zip(Maker(20261120).lists(), BROKEN_PLACES, strict=True)]
    buyers = [customer for customers in lists for customer in customers if not customer.broken]
    Random(7).shuffle(buyers)
    companies = [c for c in buyers if c.is_company][:14]  # the big and the regular ones are no persons
    buyers = companies + [c for c in buyers if c not in companies]
    return {
        "1_zhou_mingyuan.csv": delimited(list_1(lists[0]), "gb18030", end="\r\n"),
        "2_lin_xiaowen.csv": delimited(list_2(lists[1]), "utf-8-sig", end="\r\n"),
        "3_he_zhiqiang.tsv": b"\xff\xfe" + delimited(list_3(lists[2]), "utf-16-le", "\t", end="\r\n"),
        "4_su_wanting.csv": delimited(list_4(lists[3]), "utf-8"),
        "5_gao_zixuan.xlsx": workbook("高子轩 客户登记表 2026-11-18 导出", list_5(lists[4])),
        "6_tang_yutong.csv": delimited(list_6(lists[5]), "gb18030", end="\r\n"),
        "orders.csv": delimited(orders(buyers, Random(11)), "utf-8"),
        "interactions.csv": delimited(interactions(buyers, Random(13)), "utf-8"),
    }


def main(argv: list[str]) -> int:
    default = Path(__file__).resolve().parent.parent / "crmcli" / "demo_data"
    folder = Path(argv[0]) if argv else default
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (folder / name).write_bytes(content)
        print(f"{len(content):7,} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
