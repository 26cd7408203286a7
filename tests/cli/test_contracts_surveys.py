"""`crm contract` and `crm survey` through the program."""

import csv
import io
import json
from typing import Any

import pytest

from crmcli.intake import records
from tests.conftest import Crm, Run
from tests.store.dumps import dump


def _rows(run: Run, *args: object) -> list[dict[str, Any]]:
    code, text, _stderr = run(*args, "-f", "json")
    assert code == 0
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.fixture
def two(run: Run) -> Run:
    """`run` on a base of two customers."""
    run("add", "甲公司")
    run("add", "乙公司")
    return run


def test_a_contract_from_beginning_to_end(two: Run) -> None:
    words = ("contract", "add", "甲", "--starts", "2026-01-01", "--ends", "2026-12-31", "--amount", "12万")
    code, stdout, stderr = two(*words, "-q")
    assert (code, stdout, stderr) == (0, "K000001\n", "added contract K000001 of C000001. Undo: crm undo 3\n")
    code, stdout, stderr = two("contract", "edit", "K000001", "renewed=yes", "ends_on=2027-12-31")
    assert stderr == "K000001: ends_on: 2026-12-31 → 2027-12-31, renewed: — → yes. Undo: crm undo 4\n"
    assert _rows(two, "contract", "list") == [
        {
            "number": "K000001", "code": "C000001", "customer": "甲公司", "starts_on": "2026-01-01",
            "ends_on": "2027-12-31", "amount": "120000.00", "renewed": "yes",
        }
    ]  # fmt: skip
    assert two("contract", "remove", "K000001").stderr == "removed contracts K000001. Undo: crm undo 5\n"
    assert _rows(two, "contract", "list") == []
    assert two("undo").code == 0
    assert two("undo").code == 0
    assert _rows(two, "contract", "list")[0]["ends_on"] == "2026-12-31"


def test_contracts_are_listed_by_their_ends(two: Run) -> None:
    for customer, number, end in (("甲", "B", "2026-12-01"), ("乙", "A", "2026-11-20"), ("甲", "C", "2027-03-01")):
        two("contract", "add", customer, "--number", number, "--ends", end)
    two("contract", "add", "乙", "--number", "D", "amount=5")

    def listed(*words: str) -> list[str]:
        return two("contract", "list", "-q", *words).stdout.split()

    assert listed() == ["A", "B", "C", "D"]
    assert listed("--since", "today", "--until", "+1m") == ["A", "B"]
    assert listed("甲") == listed("--customer", "甲公司") == ["B", "C"]
    assert listed("--customer", "甲", "--since", "2026-12-02") == ["C"]


def test_answers_are_listed_newest_first(two: Run) -> None:
    assert two("survey", "add", "甲", "4", "--comment", "送货慢").stderr == (
        "added answer csat 4 of C000001. Undo: crm undo 3\n"
    )
    two("survey", "add", "乙", "9", "--kind", "nps", "--at", "2026-11-01 00:00")
    two("survey", "add", "甲", "4.5", "--at", "2026-10-31 23:59:59")
    newest, *others = _rows(two, "survey", "list")
    assert newest == {
        "code": "C000001", "customer": "甲公司", "kind": "csat", "score": 4, "at": "2026-11-20T09:00:00+08:00",
        "comment": "送货慢", "case": None,
    }  # fmt: skip
    assert [(row["kind"], row["score"]) for row in others] == [("nps", 9), ("csat", 4.5)]
    assert [row["score"] for row in _rows(two, "survey", "list", "--until", "2026-10-31")] == [4.5]
    assert [row["score"] for row in _rows(two, "survey", "list", "--since", "2026-11-01", "--until", "2026-11-19")] == [
        9
    ]
    assert [row["score"] for row in _rows(two, "survey", "list", "甲", "--since", "yesterday")] == [4]
    assert [row["score"] for row in _rows(two, "survey", "list", "--customer", "C000002")] == [9]
    assert two("survey", "list").stdout.splitlines()[1] == "C000001  甲公司    csat      4  2026-11-20 09:00  送货慢"


def test_they_go_back_exactly_as_they_were(two: Run, crm: Crm) -> None:
    with crm() as ws:
        records.add_contract(ws, "C000001", {"number": "A", "ends_on": "2026-01-01"})
        records.add_survey(ws, "C000001", {"score": "3"})
    with crm(readonly=True) as ws:
        before = dump(ws)
    commands = [
        ("contract", "add", "甲", "amount=1"),
        ("contract", "edit", "A", "customer=乙公司", "number=A-2"),
        ("contract", "remove", "A"),
        ("survey", "add", "甲", "3"),
    ]
    for words in commands:
        for dry in ((), ("--dry-run",)):
            assert two(*words, *dry).code == 0
            if not dry:
                assert two("undo").code == 0
            with crm(readonly=True) as ws:
                assert dump(ws) == before, words
        assert "(dry run: nothing was written)" in two(*words, "-n").stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["contract", "add", "甲"], 2, "nothing to set"),
        (["contract", "add", "丙", "amount=1"], 3, "no customer answers to '丙'"),
        (["contract", "add", "公司", "amount=1"], 3, "which one?"),
        (["contract", "add", "甲", "--number", "A"], 4, "there is a contract A already"),
        (["contract", "add", "甲", "--ends", "someday"], 5, "ends_on 'someday'"),
        (["contract", "add", "甲", "--starts", "today", "--ends", "yesterday"], 5, "before it starts"),
        (["contract", "add", "甲", "--amount", "x"], 5, "amount 'x'"),
        (["contract", "add", "甲", "--amount", "1", "amount=2"], 2, "given twice"),
        (["contract", "add", "甲", "renewd=yes"], 2, "did you mean renewed?"),
        (["contract", "edit", "Z", "amount=1"], 3, "no contract Z"),
        (["contract", "edit", "A", "renewed=maybe"], 5, "renewed 'maybe'"),
        (["contract", "remove", "A", "Z"], 3, "no contract Z"),
        (["contract", "list", "--since", "whenever"], 5, "--since whenever"),
        (["contract", "list", "甲", "--customer", "甲"], 2, "given twice"),
        (["survey", "list", "丙"], 3, "no customer"),
        (["survey", "list", "--until", "whenever"], 5, "--until whenever"),
        (["survey", "list", "--since", "0001-01-01"], 5, "--since 0001-01-01"),
        (["survey", "add", "甲"], 2, "SCORE"),
        (["survey", "add", "甲", "6"], 5, "csat is answered with 1 to 5"),
        (["survey", "add", "甲", "6", "--kind", "x"], 5, "csat, nps"),
        (["survey", "add", "甲", "5", "--case", "T"], 3, "no case T"),
        (["survey", "add", "甲", "5", "--at", "tomorrow"], 4, "when it has been given"),
        (["survey", "add", "甲", "5", "--at", "25:00"], 5, "at '25:00'"),
    ],
)
def test_refusals_are_one_line_and_write_nothing(two: Run, crm: Crm, words: list[str], code: int, said: str) -> None:
    two("contract", "add", "甲", "--number", "A", "--ends", "2026-12-31")
    with crm(readonly=True) as ws:
        before = dump(ws)
    found, stdout, stderr = two(*words)
    assert (found, stdout) == (code, "")
    assert said in stderr
    assert stderr.startswith("crm: error: ")
    assert len(stderr.splitlines()) <= 2
    with crm(readonly=True) as ws:
        assert dump(ws) == before


def test_texts_of_customers_stay_texts(two: Run) -> None:
    two("survey", "add", "甲", "3", "--comment", "=1+1 \x1b[31m'); DROP TABLE survey; --")
    assert "\x1b" not in two("survey", "list").stdout
    row = next(csv.DictReader(io.StringIO(two("survey", "list", "--excel").stdout.removeprefix("\ufeff"))))
    assert row["comment"].startswith("'=1+1")
    two("contract", "add", "甲", "--number", "'; --", "amount=1")
    assert [row["number"] for row in _rows(two, "contract", "list")] == ["'; --"]


def test_rules_see_what_was_recorded(two: Run) -> None:
    two("contract", "add", "甲", "--ends", "2026-06-30", "renewed=yes")
    two("contract", "add", "甲", "--ends", "2027-06-30")
    two("survey", "add", "甲", "4")
    two("survey", "add", "乙", "2", "--kind", "nps")

    def found(rule: str, at: str = "2026-11-20") -> list[str]:
        return two("list", "--where", rule, "--fields", "code", "-q", at=at).stdout.split()

    assert found("renewal_rate >= 90% and csat_12m >= 4") == ["C000001"]
    assert found("days_to(contract_ends_on) < 365") == ["C000001"]
    assert found("renewal_rate >= 90%", at="2026-06-29") == []
    assert found("nps_last <= 6 and cases_open == 0") == ["C000002"]
    assert found("nps_last <= 6", at="2026-11-19") == []


def test_options_are_explained_in_the_words_of_their_own_table(run: Run) -> None:
    assert "The contract's number; else the next" in run("contract", "add", "--help").stdout
    assert "When they answered" in run("survey", "add", "--help").stdout
