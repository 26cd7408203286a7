"""A deliverable with everything in it that a document can have, in both languages."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from crmcli.reports.documents import Chart, Definitions, Document, HeatMap, Series, Text
from crmcli.tables import Column, Table

AS_OF = datetime.fromisoformat("2026-11-20T09:00+08:00")
HOSTILE = (
    "=cmd|'/C calc'!A0",
    "+1",
    "@x",
    "\x1b[31mred\x00 \u202e",
    "笑脸 😀 𠮷",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "_x0041_ | *star* [a](http://x.example) `b`",
)
NOTE = "长" * 40_000

COLUMNS = (
    Column("code", "id", title="客户编号"),
    Column("name", title="客户名称"),
    Column("tier", title="等级"),
    Column("owner", title="负责人"),
    Column("phone", "phone", title="电话"),
    Column("amount", "money", title="近一年采购金额"),
    Column("share", "share", title="占比"),
    Column("orders", "number", title="订单", unit="个"),
    Column("hours", "number", title="平均响应", unit="小时"),
    Column("last_on", "date", title="最近联系"),
    Column("at", "instant", title="记录时间"),
    Column("tags", "list", title="标签"),
    Column("note", title="备注"),
)


def row(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "code": f"C{number:06}",
        "name": f"青岚机械第{number}制造有限公司",
        "tier": ("战略", "重点", "普通")[number % 3],
        "owner": ("王芳", "李强", "Ann Gray")[number % 3],
        "phone": "+8613800138000",
        "amount": 1234567 * number - 100,
        "share": number / 1000,
        "orders": number,
        "hours": number / 4,
        "last_on": f"2026-{number % 12 + 1:02}-15",
        "at": "2026-11-20T09:30:00+08:00",
        "tags": ["行业:机械", "来源:展会"],
        "note": "年度框架协议续签前,先与采购部和技术部各谈一次,并确认上一批货的质量反馈。" if number % 4 == 0 else None,
        **changed,
    }


def table(rows: int = 24) -> Table:
    return Table(COLUMNS, [row(number) for number in range(1, rows + 1)], "客户分级明细", ("金额含税。",))


def hostile() -> Table:
    """Names that somebody would like to be run, and a note that fits no cell."""
    rows = [row(at, name=name) for at, name in enumerate(HOSTILE, 1)]
    return Table(COLUMNS, [*rows, row(99, note=NOTE, phone="not a phone", last_on="--05-03")], "a/b:c*?[]")


def months(shape: Any = "bars") -> Chart:
    labels = [f"2026-{month:02}" for month in range(1, 13)]
    series = [
        Series("本年", [120_000_00 + month * 3_500_000 - (month % 5) * 2_000_000 for month in range(12)]),
        Series("上年", [100_000_00 + month * 2_000_000 if month != 4 else None for month in range(12)]),
    ]
    return Chart("采购趋势", shape, labels, series, over="月份", kind="money")


def segments() -> Chart:
    labels = [
        "重要价值客户(最近买、常买、买得多)",
        "重要发展客户",
        "重要保持客户",
        "重要挽留客户",
        "一般客户",
        "流失客户",
    ]
    series = [Series("客户数", [12, 30, 41, 9, 120, 66]), Series("其中本季联系过", [12, 21, 20, 4, 33, 2])]
    return Chart("各类客户的数量", "bars", labels, series, over="类别", unit="家")


def grid() -> HeatMap:
    values = [[float((r * 5 + c) ** 2 * 1_000_00) if (r + c) % 4 else None for c in range(5)] for r in range(5)]
    return HeatMap(
        "金额热力图", [f"R {n}" for n in range(5, 0, -1)], [f"FM {n}" for n in range(1, 6)], values,
        down="最近购买", across="频次与金额", kind="money",
    )  # fmt: skip


def document() -> Document:
    return Document(
        title="客户价值分析报告",
        sections=[
            Text(["全年新增客户 38 家,采购金额前 20% 的客户贡献了 81% 的金额。", "以下数字截至报告日。"], "概要"),
            Definitions([("客户数", "278 家"), ("采购总额", "¥12,345,678.00"), ("最大客户", "青岚机械")], "要点"),
            months(),
            months("lines"),
            months("stacked"),
            segments(),
            grid(),
            table(),
        ],
        as_of=AS_OF,
        period=(date(2026, 1, 1), date(2026, 11, 20)),
        scope="负责人 = 王芳",
        policy=("standard", 3),
        currency="CNY",
        definitions=[
            ("近一年采购金额", "报告日前 12 个月内已付与未付订单金额之和,不含取消与退货。"),
            ("占比", "该客户金额 / 全部金额"),
        ],
        notes=["2027 年放假安排未导入,按周末估算。"],
    )


def only(one: Table) -> Document:
    """A document that is one table and nothing else."""
    return Document(one.title, [replace(one, notes=())], AS_OF)
