"""What is exported can be imported again, and says the same: the round trip, the whole, the vCards."""

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.errors import UsageError
from crmcli.fields import TABLES
from crmcli.grading import tags
from crmcli.intake import records
from crmcli.reports import exporting, vcards
from crmcli.store import journal
from tests.conftest import Crm, Run

_ORDER = ("customers", "leads", "contacts", "orders", "contracts", "cases", "interactions", "surveys", "tags")


@pytest.fixture
def blank(tmp_path: Path, founded: bytes) -> Path:
    """A new database to bring the exports in."""
    path = tmp_path / "blank.db"
    path.write_bytes(founded)
    return path


def _content(database: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that an import takes."""
    with crmcli.open(database, readonly=True) as ws:
        return {name: [dict(row) for row in table.rows] for name, table in exporting.dump(ws) if name in TABLES}


def _round_trip(run: Run, tmp_path: Path, blank: Path, ending: str) -> Path:
    """Another database, from nothing but the exports of the first."""
    other = tmp_path / f"other-{ending}.db"
    shutil.copy(blank, other)
    for name in _ORDER:
        file = tmp_path / f"{name}.{ending}"
        assert run("export", name, "-o", file).code == 0
        if run("export", name, "-q").stdout == "":
            continue
        done = run("import", file, "--table", name, database=other)
        assert (done.code, "rejected" in done.stderr) == (0, False), (name, done.stderr)
    return other


# ------------------------------------------------------------------------------------------------ round trip


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json", "xlsx"])
def test_the_demonstration_survives_the_journey(
    run: Run, db: Path, stocked_bytes: bytes, blank: Path, tmp_path: Path, ending: str
) -> None:
    db.write_bytes(stocked_bytes)
    other = _round_trip(run, tmp_path, blank, ending)
    there = _content(other)
    for name, rows in _content(db).items():
        assert there[name] == rows, name


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Co", "Cn")),
    min_size=1,
    max_size=12,
)
# What else is in a cell beside a person's name is taken for a second person, a title or a remark.
_WORD = st.text(
    st.characters(codec="gb2312", categories=["L"], exclude_characters="和与及"), min_size=1, max_size=12
).map(lambda word: f"王{word}某")
_CUSTOMER = st.fixed_dictionaries(
    # No text that says nothing, as `none` and 无 do: an import takes them for an empty cell.
    {"name": _TEXT.map(lambda text: f"{text}商行")},
    optional={
        "kind": st.sampled_from(["company", "person"]),
        "stage": st.sampled_from(["active", "lead", "lost"]),
        "city": _TEXT.map(lambda text: f"{text}市"),
        "phone": st.sampled_from(["13800138000", "010-65541234转802", "+1 650 253 0000"]),
        "other_phones": st.just("13900139000; 13700137000"),
        "email": st.just("a@example.com"),
        "birthday": st.sampled_from(["1980-05-03", "--02-29", "lunar 08-15", "lunar leap 04-15"]),
        "since": st.sampled_from(["2020-02-29", "2026-11-20"]),
        "potential": st.sampled_from(["0", "5"]),
        "consent": st.sampled_from(["yes", "no"]),
        "note": st.sampled_from(["=1+1", "one\ntwo", 'say "hi", then; go', "'quoted", "+86 me", " spaced  out "]),
    },
)
_AMOUNT = st.sampled_from(["0", "0.01", "-12.50", "1234567.89"])


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people=st.lists(_CUSTOMER, min_size=1, max_size=4), amounts=st.lists(_AMOUNT, max_size=3), word=_WORD)
def test_any_base_survives_the_journey(
    people: list[dict[str, str]], amounts: list[str], word: str, run: Run, db: Path, blank: Path, tmp_path: Path
) -> None:
    shutil.copy(blank, db)
    with crmcli.open(db) as ws:
        codes = [records.add_customer(ws, values, allow_duplicate=True)["code"] for values in people]
        for code in codes:
            records.add_contact(ws, code, {"name": word, "phone": "13800138000", "note": word, "primary": "yes"})
        for number, amount in enumerate(amounts):
            order = {"amount": amount, "ordered_on": "2026-01-31", "product": word, "quantity": "1.5"}
            records.add_order(ws, codes[number % len(codes)], order)
            records.add_survey(ws, codes[0], {"score": "9", "kind": "nps", "comment": word, "at": "2026-01-01 10:00"})
        records.add_contract(ws, codes[-1], {"starts_on": "2026-01-01", "ends_on": "2026-12-31", "renewed": "no"})
        tags.add_tag(ws, codes[0], "手工:" + word)
    other = _round_trip(run, tmp_path, blank, "csv")
    assert _content(other) == _content(db)


def test_a_promise_that_was_kept_stays_kept(run: Run, crm: Crm, blank: Path, tmp_path: Path) -> None:
    run("add", "样例公司")
    run("log", "C000001", "谈续约", "--next", "报价", "--due", "+3d")
    run("log", "C000001", "谈培训", "--next", "发资料", "--due", "+4d")
    assert run("done", "action:1").code == 0
    other = _round_trip(run, tmp_path, blank, "csv")
    kinds = json.loads(run("due", "--days", "9", "--kind", "action", "-f", "json", database=other).stdout)
    assert [item["action"] for item in kinds] == ["发资料"]


# -------------------------------------------------------------------------------------------------- one table


def test_only_what_belongs_to_the_customers_asked_for(run: Run, crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "owner": "王芳"})
        records.add_customer(ws, {"name": "乙公司", "owner": "李明", "stage": "lead"})
        for code, day, amount in (
            ("C000001", "2026-11-01", "500"),
            ("C000001", "2025-01-01", "7"),
            ("C000002", "2026-11-02", "9"),
        ):
            records.add_order(ws, code, {"amount": amount, "ordered_on": day})
    with crm(readonly=True) as ws:
        mine = exporting.export(ws, "orders", where={"owner": "王芳"})
        rich = exporting.export(ws, "orders", rule="amount_12m > 100", since="2026-01-01", until="2026-11-01")
        leads = exporting.export(ws, "leads")
    assert [row["ordered_on"] for row in mine.rows] == ["2026-11-01", "2025-01-01"]
    assert [(row["customer"], row["ordered_on"]) for row in rich.rows] == [("C000001", "2026-11-01")]
    assert [row["name"] for row in leads.rows] == ["乙公司"]


def test_what_cannot_be_asked_for_is_said(run: Run) -> None:
    for words, said in (
        (("export", "invoices"), "there is no table 'invoices'"),
        (("export", "contacts", "--since", "today"), "have no day to choose by"),
        (("export", "customers", "-o", "a.vcf"), "only contacts can be vCards"),
        (("export", "orders", "-o", "a.ics"), "only what is due can be a calendar"),
        (("export", "all", "--owner", "王芳"), "all is all"),
        (("export", "all", "-f", "csv"), "all is written as jsonl"),
        (("export", "all", "-o", "all.csv"), "all is written as jsonl"),
    ):
        done = run(*words)
        assert (done.code, done.stdout) == (2, "") and said in done.stderr, done


def test_the_table_on_stdout_is_csv_and_for_excel_guarded(run: Run) -> None:
    run("add", "=cmd|' /C calc'!A0")
    assert run("export", "customers").stdout.splitlines()[1].startswith("C000001,=cmd")
    excel = run("export", "customers", "--excel").stdout
    assert excel.startswith("\ufeffcode,name") and "C000001,'=cmd" in excel
    assert run("export", "customers", "-q").stdout == "C000001\n"


def test_a_day_is_the_day_of_the_company(run: Run) -> None:
    run("add", "甲公司")
    # Seven in the morning there is the evening before by the clock that the database keeps.
    for at in ("2026-11-19 23:59", "2026-11-20 07:00"):
        assert run("survey", "add", "甲公司", "5", "--at", at).code == 0
        assert run("case", "open", "甲公司", "x", "--at", at).code == 0
    for table, moment in (("surveys", "at"), ("cases", "opened_at")):
        rows = json.loads(run("export", table, "--since", "2026-11-20", "-f", "json").stdout)
        assert [row[moment][:16] for row in rows] == ["2026-11-20T07:00"]
        rows = json.loads(run("export", table, "--until", "2026-11-19", "-f", "json").stdout)
        assert [row[moment][:16] for row in rows] == ["2026-11-19T23:59"]


def test_what_is_due_is_a_table_and_a_calendar(run: Run, tmp_path: Path) -> None:
    for name, owner, day in (("甲公司", "王芳", "+2d"), ("乙公司", "李明", "+3d"), ("丙公司", "王芳", "+9d")):
        run("add", name, f"owner={owner}")
        assert run("log", name, "谈", "--next", f"给{name}报价", "--due", day).code == 0
    asked = ("export", "due", "--until", "+5d", "--owner", "王芳")
    assert [row["action"] for row in csv.DictReader(run(*asked).stdout.splitlines())] == ["给甲公司报价"]
    file = tmp_path / "due.ics"
    assert run(*asked, "-o", file).code == 0
    text = file.read_bytes().decode().replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 1 and "给甲公司报价" in text
    assert run("export", "due").stdout.count("\n") == 1  # the headings: nothing is due today
    later = json.loads(run("export", "due", "--since", "+3d", "--until", "+9d", "-f", "json").stdout)
    assert [row["customer"] for row in later] == ["乙公司", "丙公司"]
    due = json.loads(run("due", "--days", "9", "-f", "json").stdout)
    assert json.loads(run("export", "due", "--until", "+9d", "-f", "json").stdout) == due


def test_rows_come_one_by_one(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        records.add_customer(ws, {"name": "乙公司"})
    with crm(readonly=True) as ws:
        for name in ("customers", "leads", "orders"):
            found = exporting.each(ws, name)
            assert isinstance(found.rows, Iterator)
        assert [row["name"] for row in exporting.each(ws, "customers").rows] == ["甲公司", "乙公司"]


def test_a_file_that_is_not_finished_does_not_take_the_place_of_another(tmp_path: Path) -> None:
    from crmcli import files

    def parts() -> Iterator[str]:
        yield "new"
        raise RuntimeError

    file = tmp_path / "a.csv"
    file.write_text("old", "utf-8")
    with pytest.raises(RuntimeError):
        files.replace(file, parts(), keep=[])
    assert file.read_text("utf-8") == "old" and list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed (libreoffice-calc-nogui)")
def test_a_spreadsheet_opens_the_csv_without_garbling(run: Run, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    note = "生僻字：𠮷、㐱，“引号”；换行\n第二行"
    assert run("add", "样例（北京）有限公司", "phone=13800138000", f"note={note}").code == 0
    file = tmp_path / "客户.csv"
    assert run("export", "customers", "--excel", "-o", file).code == 0
    home = (tmp_path / "office").as_uri()
    called = [
        "soffice",
        f"-env:UserInstallation={home}",
        "--headless",
        "--infilter=CSV:44,34,76",
        "--convert-to",
        "xlsx",
    ]
    # Headless it asks nobody, and has to be told what its dialogue reads from the mark at the start: UTF-8, commas.
    subprocess.run([*called, "--outdir", str(tmp_path), str(file)], capture_output=True, check=True, timeout=120)
    headings, values = CalamineWorkbook.from_path(str(tmp_path / "客户.xlsx")).get_sheet_by_index(0).to_python()
    row = dict(zip(headings, values, strict=True))
    assert row["name"] == "样例（北京）有限公司" and row["note"] == note
    assert str(row["phone"]).replace(" ", "") == "13800138000"


# ------------------------------------------------------------------------------------------------- all of it


def test_the_dump_is_the_same_bytes_for_the_same_content(run: Run, db: Path, stocked_bytes: bytes) -> None:
    db.write_bytes(stocked_bytes)
    before = run("export", "all").stdout
    assert run("export", "all", at="2030-01-01").stdout == before
    # The way there leaves no trace: an undone change, a row that was removed and came back.
    assert run("edit", "C000001", "city=苏州").code == 0
    assert run("export", "all").stdout != before
    run("undo")
    assert run("export", "all").stdout == before
    tables = [json.loads(line)["table"] for line in before.splitlines()]
    assert {"customers", "contacts", "orders", "interactions", "tags", "grades", "policies"} <= set(tables)
    assert tables == sorted(tables, key=list(dict.fromkeys(tables)).index)


def test_the_dump_has_every_table_that_the_journal_knows(crm: Crm) -> None:
    told = {
        "policy": "policies", "member": "team", "customer": "customers", "contact": "contacts", "orders": "orders",
        "contract": "contracts", "interaction": "interactions", "cases": "cases", "case_entry": "case_entries",
        "survey": "surveys", "tag": "tags", "step": "steps", "settlement": "settlements", "assignment": "assignments",
        "review": "reviews", "former_code": "former_codes", "distinct_pair": "distinct",
    }  # fmt: skip
    with crm(readonly=True) as ws:
        dumped = {name for name, _table in exporting.dump(ws)}
    assert {told[entity] for entity in journal.ENTITIES} <= dumped


# --------------------------------------------------------------------------------------------------- vCards


def test_contacts_as_vcards_come_back_as_they_were(run: Run, crm: Crm, blank: Path, tmp_path: Path) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "样例; 有限公司"})
        records.add_contact(
            ws,
            "C000001",
            {
                "name": "王芳", "title": "经理", "phone": "13800138000", "email": "a@example.com",
                "other_phones": "13900139000", "birthday": "1980-05-03", "wechat": "wf_1",
                "note": "一\n二\nBEGIN:VCARD",
            },
        )  # fmt: skip
        records.add_contact(ws, "C000001", {"name": "赵某", "birthday": "lunar 08-15"})
    file = tmp_path / "people.vcf"
    assert run("export", "contacts", "-o", file).code == 0
    text = file.read_bytes().decode("utf-8")
    lines = text.split("\r\n")
    assert lines.count("BEGIN:VCARD") == lines.count("END:VCARD") == 2
    assert "BDAY:1980-05-03" in text and "08-15" not in text
    assert all(len(line.encode("utf-8")) <= 75 for line in lines)
    other = tmp_path / "other.db"
    shutil.copy(blank, other)
    assert run("import", file, database=other).code == 0
    with crmcli.open(other, readonly=True) as ws:
        (first, _second) = exporting.export(ws, "contacts").rows
    shown = ("name", "title", "phone", "email", "other_phones", "birthday", "wechat")
    assert [first[name] for name in shown] == [
        "王芳", "经理", "+8613800138000", "a@example.com", "+8613900139000", "1980-05-03", "wf_1",
    ]  # fmt: skip


def test_a_person_keeps_the_id_of_the_card(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "样例公司", "contact_name": "王芳"})
    with crm(readonly=True) as ws:
        (before,) = vcards.cards(ws)
    with crm() as ws:
        records.add_contact(ws, "C000001", {"name": "安娜"})
    with crm(readonly=True) as ws:
        after = list(vcards.cards(ws, {"C000001"}))
        assert before in after and len(after) == 2
        assert list(vcards.cards(ws, {"C000009"})) == []


def test_unknown_tables_are_refused_through_the_door(crm: Crm) -> None:
    with crm(readonly=True) as ws, pytest.raises(UsageError):
        exporting.export(ws, "policies")


@pytest.mark.skipif(shutil.which("khard") is None, reason="khard is not installed: apt install khard")
def test_khard_lists_the_people(run: Run, crm: Crm, tmp_path: Path) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "样例有限公司"})
        for person in (
            {"name": "王芳", "title": "采购经理", "phone": "13800138000", "email": "a@example.com"},
            {"name": "欧阳, 明; 某", "note": "一\n二", "birthday": "--05-03"},
        ):
            records.add_contact(ws, "C000001", person)
    file, book = tmp_path / "people.vcf", tmp_path / "book"
    book.mkdir()
    assert run("export", "contacts", "-o", file).code == 0
    # An address book of khard's is a folder with a file for each card.
    for number, card in enumerate(file.read_bytes().decode().split("BEGIN:VCARD")[1:]):
        (book / f"{number}.vcf").write_bytes(f"BEGIN:VCARD{card}".encode())
    config = tmp_path / "khard.conf"
    config.write_text(f"[addressbooks]\n[[crm]]\npath = {book}\n[general]\ndebug = no\n", "utf-8")
    surroundings = {"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8"}

    def khard(*words: str) -> str:
        called = ["khard", "-c", str(config), *words]
        return subprocess.run(called, env=surroundings, capture_output=True, text=True, check=True).stdout

    assert "王芳" in khard("list") and "欧阳" in khard("list")
    shown = khard("show", "王芳")
    for said in ("样例有限公司", "采购经理", "138", "a@example.com"):
        assert said in shown, shown
    assert "138" in khard("phone", "王芳") and "a@example.com" in khard("email", "王芳")
