"""Amounts in another currency than the policy's are added up as they are, and an import says so."""

from pathlib import Path

import pytest

from tests.conftest import Run

ORDERS = "订单号,客户,下单日期,金额"


def said(run: Run, tmp_path: Path, text: str, *words: str) -> str:
    file = tmp_path / "list.csv"
    file.write_text(text, "utf-8")
    result = run("import", file, "--create-customers", "--rejects", tmp_path / "rejects.csv", *words)
    assert result.code in (0, 9), result.stderr
    return result.stderr


@pytest.mark.parametrize("words", [(), ("-n",)])
def test_how_many_rows_and_which_currencies(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    rows = ["1,甲,2026-01-05,5,USD", "2,甲,2026-01-05,5,EUR", "3,甲,2026-01-05,5,USD", "4,甲,2026-01-05,5,CNY"]
    told = said(run, tmp_path, "\n".join([f"{ORDERS},币种", *rows, "5,甲,2026-01-05,5,", "6,甲,面议,5,EUR"]), *words)
    assert "; 3 not in CNY (USD 2, EUR 1): figures add all amounts up as they are, see crm clean check" in told


@pytest.mark.parametrize(
    ("heading", "amount", "words"),
    [("金额", "$5", ()), ("金额(USD)", "5", ()), ("金额", "5", ("--set", "currency=USD"))],
)
def test_wherever_the_currency_is_told(
    run: Run, tmp_path: Path, heading: str, amount: str, words: tuple[str, ...]
) -> None:
    told = said(run, tmp_path, f"订单号,客户,下单日期,{heading}\n1,甲,2026-01-05,{amount}\n", *words)
    assert "; 1 not in CNY (USD 1): figures add all amounts up" in told


def test_nothing_is_said_of_the_policy_s_own(run: Run, tmp_path: Path) -> None:
    assert "not in" not in said(run, tmp_path, f"{ORDERS},币种\n1,甲,2026-01-05,5,CNY\n2,甲,2026-01-05,5,\n")
    assert "not in" not in said(run, tmp_path, f"{ORDERS}\n3,甲,2026-01-05,5\n")
