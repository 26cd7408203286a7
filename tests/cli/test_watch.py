"""`crm watch` as its users and cron call it."""

import json
from pathlib import Path

from tests.conftest import Run

FIELDS = "level code customer tier owner signal detail since label"
LATE = "2027-09-01T09:00+08:00"  # when every customer of the demonstration has long been silent


def test_a_row_has_the_fields_of_the_contract(stocked: Run) -> None:
    result = stocked("watch", "-f", "json")
    rows = json.loads(result.stdout)
    assert (result.code, result.stderr) == (0, "")
    assert list(rows[0]) == FIELDS.split()
    levels = [row["level"] for row in rows]
    assert levels == sorted(levels, key=("critical", "warning", "info").index)
    assert {row["signal"] for row in rows} >= {"volume-down", "no-orders"}
    assert all(row["since"] for row in rows if row["signal"] == "no-orders")
    assert {row["label"] for row in rows if row["signal"] == "no-orders"} == {"No orders any more"}


def test_people_read_labels_scripts_keys(stocked: Run) -> None:
    assert "No orders any more" in stocked("watch").stdout
    assert "长期无交易" in stocked("watch", "--lang", "zh").stdout
    table = stocked("watch", "-f", "csv").stdout
    assert table.splitlines()[0] == ",".join(FIELDS.split())
    assert ",no-orders," in table


def test_it_fails_where_it_was_asked_to(stocked: Run) -> None:
    assert stocked("watch", "--fail-on", "critical").code == 0
    assert stocked("watch", "--fail-on", "warning").code == 8
    assert stocked("watch", "--fail-on", "info", "-f", "json").code == 8
    # Of what is shown: nobody's warnings are none.
    assert stocked("watch", "--fail-on", "info", "--owner", "Nobody").code == 0
    assert stocked("watch", "--fail-on", "info", "--level", "critical", "-q").code == 0


def test_only_one_owner_s_and_only_from_a_level_on(stocked: Run) -> None:
    rows = json.loads(stocked("watch", "-f", "json", at=LATE).stdout)
    owner = rows[0]["owner"]
    own = json.loads(stocked("watch", "--owner", owner, "-f", "json", at=LATE).stdout)
    assert own == [row for row in rows if row["owner"] == owner] != []
    warnings = json.loads(stocked("watch", "--level", "warning", "-f", "json", at=LATE).stdout)
    assert warnings == [row for row in rows if row["level"] != "info"] != rows


def test_a_level_that_is_none_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    for words in (["--level", "red"], ["--fail-on", "red"], ["--fail-on", "Warning"]):
        result = run("watch", *words, database=tmp_path / "none.db")
        assert (result.code, result.stdout) == (2, "")
        assert result.stderr.splitlines()[0].startswith("crm: error: there is no level '")
        assert result.stderr.splitlines()[1] == "  hint: levels: info, warning, critical"


def test_a_policy_without_signals_says_so(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "my.toml"
    text = run("policy", "show").stdout
    start, end = text.index("[[signal]]"), text.index("# ---- Occasions and festivals")
    policy.write_text(text[:start] + text[end:], "utf-8")
    run("policy", "apply", policy, "-y")
    result = run("watch", "-f", "json")
    assert (result.code, result.stdout) == (0, "[]\n")
    assert "no [[signal]] section" in result.stderr


def test_complaints_and_their_clocks(run: Run) -> None:
    run("add", "甲公司", "owner=小王")
    opened = run("case", "open", "C000001", "货物受潮", "--kind", "complaint", "--severity", "major")
    assert opened.code == 0, opened.stderr
    rows = json.loads(run("watch", "-f", "json", "--fail-on", "critical", at="2026-11-21T09:00+08:00").stdout)
    assert [(row["signal"], row["level"], row["since"]) for row in rows] == [
        ("clock-breached", "critical", "2026-11-20"),
        ("major-complaint", "critical", "2026-11-20"),
    ]
    assert {row["owner"] for row in rows} == {"小王"}
    told = run("watch", "--lang", "zh", at="2026-11-21T09:00+08:00").stdout
    assert "重大投诉未解决" in told and "工单已超时" in told
