"""The same file again: what nothing has changed since is not read again, and the receipt is the same all the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crmcli.intake.importing import import_file
from crmcli.intake.receipts import Receipt
from crmcli.store import reversing
from tests.conftest import Crm, Run, forget_imports

LIST = (
    "客户名称,联系人,手机,城市\n晨光文具有限公司,白露,13800138000,宁波\n远山茶业,石磊,13900139000,杭州\n远山茶业,,,\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, "utf-8")
    return path


def bring(crm: Crm, file: Path, *, whole: bool = False, **options: Any) -> tuple[Receipt, bool]:
    """The receipt, and whether the rows were passed over."""
    with crm() as ws:
        if whole:
            forget_imports(ws)
        receipt = import_file(ws, file, **options)
        return receipt, "nothing has changed since import" in ws.summary


def test_a_known_file_comes_to_what_reading_it_again_comes_to(crm: Crm, file: Path) -> None:
    first, _passed = bring(crm, file)
    assert (first.created, first.duplicates) == (2, 1)
    short, passed = bring(crm, file)
    assert passed
    full, passed = bring(crm, file, whole=True)
    assert not passed
    assert replace(short, batch=None) == replace(full, batch=None)
    assert (short.created, short.updated, short.unchanged, short.duplicates) == (0, 0, 2, 1)


@pytest.mark.parametrize(
    "change", [("edit", "远山茶业", "city=绍兴"), ("contact", "edit", "远山茶业", "石磊", "phone=")]
)
def test_what_was_changed_by_hand_is_brought_back(run: Run, crm: Crm, file: Path, change: tuple[str, ...]) -> None:
    bring(crm, file)
    assert run(*change).code == 0
    receipt, passed = bring(crm, file)
    assert not passed
    assert (receipt.unchanged < 2) == (change[0] == "edit")
    found = run("contact", "list", "远山茶业", "-f", "json").stdout + run("show", "远山茶业", "-f", "json").stdout
    assert "杭州" in found
    assert "13900139000" in found


def test_what_was_undone_comes_in_again(crm: Crm, file: Path) -> None:
    bring(crm, file)
    with crm() as ws:
        reversing.undo(ws)
    assert bring(crm, file)[0].created == 2


def test_work_that_the_file_says_nothing_of_does_not_matter(run: Run, crm: Crm, file: Path) -> None:
    bring(crm, file)
    for words in (["tag", "run"], ["tier", "run"], ["log", "远山茶业", "打了电话"]):
        assert run(*words).code == 0
    assert bring(crm, file)[1]


def test_another_way_of_reading_is_another_import(run: Run, crm: Crm, file: Path, tmp_path: Path) -> None:
    bring(crm, file)
    assert not bring(crm, file, match="fill")[1]
    assert not bring(crm, file, match="create")[1]
    policy = run("policy", "show").stdout.replace('phone_region = "CN"', 'phone_region = "DE"')
    (tmp_path / "policy.toml").write_text(policy, "utf-8")
    assert run("policy", "apply", tmp_path / "policy.toml", "--yes").code == 0
    assert not bring(crm, file)[1]


def test_rejected_rows_are_always_tried_again(run: Run, crm: Crm, file: Path, tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("订单号,客户,日期,金额\nA1,晨光文具有限公司,2026-01-05,10\n", "utf-8")
    assert bring(crm, orders, rejects=tmp_path / "r.csv")[0].rejected == 1
    bring(crm, file)
    assert bring(crm, orders, rejects=tmp_path / "r.csv")[0].created == 1
