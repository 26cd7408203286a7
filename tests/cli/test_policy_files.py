"""Policy files with problems, as the commands that compare policies tell of them."""

import json
from pathlib import Path

import pytest

from crmcli.policy import schema
from tests.conftest import Crm, Run

STANDARD = schema.preset("standard")
BROKEN = STANDARD.replace("amount_12m, 10", "amount_12n, 10")


@pytest.mark.parametrize(
    ("text", "counted"),
    [(BROKEN, "1 problem"), (BROKEN.replace("orders_change <=", "orders_chnge <="), "3 problems")],
)
def test_a_scheme_that_cannot_be_read_is_told_as_its_check_tells_it(
    crm: Crm, run: Run, tmp_path: Path, text: str, counted: str
) -> None:
    with crm():
        pass
    bad, good = tmp_path / "bad one.toml", tmp_path / "good.toml"
    bad.write_text(text, "utf-8")
    good.write_text(STANDARD, "utf-8")
    done = run("tier", "simulate", bad, good)
    assert done.code == 5
    assert done.stdout == run("policy", "check", bad).stdout
    assert "column 5: unknown fact 'amount_12n'; did you mean 'amount_12m'?" in done.stdout
    assert done.stderr.splitlines()[0].endswith(f"bad one.toml: {counted}")
    assert f"crm policy check '{bad}'" in done.stderr
    rows = json.loads(run("tier", "simulate", good, bad, "-f", "json").stdout)
    assert rows[0]["place"] == "tag[1].when"


def test_a_scheme_that_is_no_file_is_told_as_before(crm: Crm, run: Run, tmp_path: Path) -> None:
    with crm():
        pass
    done = run("tier", "simulate", tmp_path / "none.toml")
    assert (done.code, done.stdout) == (5, "")
    assert "there is no policy" in done.stderr


def test_a_check_tells_of_examples_that_come_out_otherwise(crm: Crm, run: Run, tmp_path: Path) -> None:
    stale = tmp_path / "stale.toml"
    stale.write_text(STANDARD.replace('\ntier = "strategic"', '\ntier = "strateg"', 1), "utf-8")
    done = run("policy", "check", stale)
    assert done.code == 0
    assert "tests came out otherwise" in done.stderr
    assert "the policy has no strateg; did you mean 'strategic'?" in done.stderr


def test_one_in_force_from_before_its_problems_were_told_is_compared_with(crm: Crm, run: Run) -> None:
    slipped = STANDARD.replace('when = "amount_change >= 30%"', 'when = ""')
    assert slipped != STANDARD
    with crm() as ws:
        ws.db.execute("UPDATE policy SET source = :source", {"source": slipped})
    assert run("tier", "simulate", "retail").code == 0
