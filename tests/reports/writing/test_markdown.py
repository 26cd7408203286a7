"""Markdown: cells that stay cells, columns that stand straight, text that stays text."""

from crmcli.reports.documents import Definitions, Document, Section, Text
from crmcli.reports.writing.markdown import markdown, table
from crmcli.tables import Column, Table
from crmcli.values import display_width
from tests.reports.writing import samples


def test_columns_stand_straight_in_chinese_and_english() -> None:
    lines = table(samples.table(12), "CNY").splitlines()
    assert len(lines) == 14
    assert len({display_width(line) for line in lines}) == 1
    assert lines[0].startswith("| 客户编号 | 客户名称 ")
    assert lines[1].replace(" ", "").startswith("|--------|------------------------|----|")
    assert "---: |" in lines[1]
    assert "| ¥12,344.67 |" in lines[2].replace("|     ¥", "| ¥")


def test_nothing_in_a_cell_is_markup() -> None:
    texts = {
        "a|b": r"a\|b",
        "*a* _b_ `c`": r"\*a\* \_b\_ \`c\`",
        "snake_case@x.example": "snake_case@x.example",
        "<script>": r"\<script>",
        "[a](http://x.example)": r"\[a\](http://x.example)",
        "&lt; &amp & b": r"\&lt; &amp & b",
        "~~gone~~": r"\~~gone\~~",
        "back\\slash": r"back\\slash",
        "one\ntwo": "one<br>two",
        "\x1b[0m": r"\\x1b\[0m",
    }
    for text, written in texts.items():
        (line,) = table(Table([Column("t")], [{"t": text}], "T")).splitlines()[2:]
        assert line == f"| {written} |"


def test_a_document_is_whole() -> None:
    text = markdown(samples.document())
    assert text.startswith(
        "# 客户价值分析报告\n\n- **Period**: 2026-01-01 to 2026-11-20\n- **As of**: 2026-11-20 09:00\n"
    )
    assert text.count("\n## ") == len(samples.document().sections) + 2
    assert "| 2026-05 | ¥180,000.00 |             |" in text
    assert "- **占比**: 该客户金额 / 全部金额" in text
    assert text.endswith("2027 年放假安排未导入,按周末估算。\n")
    assert text == markdown(samples.document())


def test_a_paragraph_is_neither_a_list_nor_a_heading() -> None:
    sections: list[Section] = [Text(["# no\n- no\n1. no\n> no\n+1", "3.5 days"], "T"), Definitions([("*", "_")], "")]
    text = markdown(Document("T", sections, samples.AS_OF))
    assert "\\# no\\\n\\- no\\\n\\1. no\\\n\\> no\\\n\\+1" in text
    assert r"- **\***: \_" in text


def test_an_empty_table_says_so() -> None:
    assert "nothing to show" in markdown(samples.only(Table([Column("a")], [], "T")))
