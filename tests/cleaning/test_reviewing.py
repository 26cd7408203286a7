"""The course of a review: each pair asked once, each decision written at once, and taken back on demand."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from crmcli.cleaning import duplicates, reviewing
from crmcli.cleaning.distinct import distinct
from crmcli.cleaning.duplicates import Pair
from crmcli.cleaning.reviewing import Decision, Keep, Question, Review, Typed
from crmcli.intake import records
from tests.conftest import Crm
from tests.store.dumps import dump

LEFT, RIGHT = Keep("left"), Keep("right")


def _pair(left: int, right: int, band: str = "likely", score: float = 0.9) -> Pair:
    return Pair(f"C{left:06d}", f"C{right:06d}", "", "", score, band, ["phone same +10.9"])


@pytest.fixture
def base(crm: Crm) -> Crm:
    """Five customers: 1 and 2 differ in much, the others in their names."""
    with crm() as ws:
        records.add_customer(ws, {"name": "样例贸易", "phone": "13800138000", "city": "上海", "note": "老客户"})
        second = {"name": "上海样例贸易有限公司", "phone": "13700137000", "city": "苏州", "note": "新客户"}
        records.add_customer(ws, {**second, "owner": "王芳"})
        for name in ("丙", "丁", "戊"):
            records.add_customer(ws, {"name": name})
        records.add_order(ws, "C000002", {"amount": "1"})
    return crm


def _go(
    crm: Crm, pairs: Sequence[Pair], *decisions: Decision | Callable[[Question], Decision]
) -> tuple[list[Question], Review]:
    """Answer one question after another; the questions, and what it came to."""
    course = reviewing.course(crm, pairs)
    asked: list[Question] = []
    try:
        question = next(course)
        for decision in decisions:
            asked.append(question)
            question = course.send(decision(question) if callable(decision) else decision)
        asked.append(question)
        course.send("quit")
    except StopIteration as end:
        return asked, end.value
    raise AssertionError


def _codes(crm: Crm) -> list[str]:
    with crm(readonly=True) as ws:
        return [row["code"] for row in ws.db.rows("SELECT code FROM customer ORDER BY code")]


def test_a_question_shows_both_and_whose_value_stays(base: Crm) -> None:
    (question,), review = _go(base, [_pair(1, 2)])
    assert (question.number, question.total, review.left) == (1, 1, 1)
    shown = {field.name: (field.left, field.right, field.stays) for field in question.fields}
    assert shown["name"] == ("样例贸易", "上海样例贸易有限公司", "right")
    assert shown["city"] == ("上海", "苏州", None)
    assert shown["note"] == ("老客户", "新客户", "both")
    assert shown["owner"] == (None, "王芳", "right")
    assert shown["orders"] == (0, 1, None)
    assert "industry" not in shown
    assert {field.name for field in question.fields if field.choosable} >= {"name", "city", "phone", "owner"}


def test_one_customer_with_either_kept(base: Crm) -> None:
    _asked, review = _go(base, [_pair(1, 2), _pair(3, 4)], LEFT, RIGHT)
    assert [(one.decision, one.kept, one.op) for one in review.decided] == [
        ("merged", "C000001", 2),
        ("merged", "C000004", 3),
    ]
    assert _codes(base) == ["C000001", "C000004", "C000005"]


def test_each_decision_is_written_before_the_next_question(base: Crm) -> None:
    def look(question: Question) -> Decision:
        assert question.said == "C000002 was merged into C000001. Undo: crm undo 2"
        assert _codes(base) == ["C000001", "C000003", "C000004", "C000005"]
        return "quit"

    course = reviewing.course(base, [_pair(1, 2), _pair(3, 4)])
    next(course)
    look(course.send(LEFT))
    # Whoever pulls the plug here loses nothing.
    course.close()
    assert _codes(base) == ["C000001", "C000003", "C000004", "C000005"]


def test_distinct_and_later(base: Crm) -> None:
    pairs = [_pair(1, 2), _pair(3, 4)]
    _asked, review = _go(base, pairs, "distinct", "later")
    assert (review.count("distinct"), review.count("later"), review.count("merged"), review.left) == (1, 1, 0, 0)
    asked, _review = _go(base, pairs)
    assert [(question.left["code"], question.right["code"]) for question in asked] == [("C000003", "C000004")]


def test_pairs_that_an_earlier_decision_settled_are_not_asked(base: Crm) -> None:
    pairs = [_pair(1, 2), _pair(1, 3), _pair(2, 3), _pair(2, 4)]
    asked, review = _go(base, pairs, RIGHT, LEFT)
    assert [(question.number, question.left["code"], question.right["code"]) for question in asked] == [
        (1, "C000001", "C000002"),
        (2, "C000002", "C000003"),
        (4, "C000002", "C000004"),
    ]
    assert review.left == 1


def test_a_pair_that_is_no_more_is_passed_over(base: Crm) -> None:
    with base() as ws:
        distinct(ws, "C000003", "C000004")
    asked, _review = _go(base, [_pair(8, 9), _pair(3, 4), _pair(1, 2)])
    assert [question.number for question in asked] == [3]


def test_taking_back_asks_again(base: Crm) -> None:
    with base(readonly=True) as ws:
        before = dump(ws)
    pairs = [_pair(1, 2), _pair(3, 4), _pair(3, 5)]
    asked, review = _go(base, pairs, "undo", LEFT, "later", "undo", "undo", "distinct")
    assert [question.number for question in asked] == [1, 1, 2, 3, 2, 1, 2]
    assert asked[1].said == "nothing is decided yet"
    assert asked[5].said == "C000001 and C000002: taken back"
    assert [(one.decision, one.number) for one in review.decided] == [("distinct", 1)]
    with base(readonly=True) as ws:
        assert {**dump(ws), "distinct_pair": []} == before


def test_each_field_as_it_is_chosen(base: Crm) -> None:
    chosen = Keep("left", {"name": Typed("样例集团"), "phone": "left", "city": "right", "owner": Typed("")})
    _go(base, [_pair(1, 2)], chosen)
    with base(readonly=True) as ws:
        row = ws.db.first("SELECT * FROM customer WHERE code = 'C000001'")
    assert row is not None
    assert (row["name"], row["name_key"], row["city"], row["owner"]) == ("样例集团", "样例集团", "苏州", None)
    assert (row["phone"], row["other_phones"]) == ("+8613800138000", "+8613700137000")
    assert row["note"].splitlines() == [
        "老客户",
        "新客户",
        "[C000001] name: 样例贸易; city: 上海",
        "[C000002] name: 上海样例贸易有限公司; owner: 王芳",
    ]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"phone": Typed("12")}, "phone '12'"),
        ({"name": Typed(" ")}, "name cannot be empty"),
        ({"note": "left"}, "'note' is not a field to choose"),
    ],
)
def test_a_choice_that_cannot_be_asks_again(base: Crm, chosen: Any, said: str) -> None:
    asked, review = _go(base, [_pair(1, 2)], Keep("left", chosen))
    assert [question.number for question in asked] == [1, 1]
    assert said in (asked[1].said or "")
    assert review.decided == ()
    assert len(_codes(base)) == 5


def test_nobody_decides_about_what_was_changed_meanwhile(base: Crm) -> None:
    def meanwhile(_question: Question) -> Decision:
        with base() as ws:
            records.edit_customer(ws, "C000002", {"owner": "李明"})
        return LEFT

    asked, review = _go(base, [_pair(1, 2)], meanwhile, LEFT)
    assert asked[1].said == "C000002 was changed meanwhile; look again"
    assert [one.decision for one in review.decided] == ["merged"]


def test_a_dry_run_decides_nothing(base: Crm) -> None:
    def open(**options: Any) -> Any:
        return base(dry_run=True, **options)

    _asked, review = _go(open, [_pair(1, 2), _pair(3, 4)], LEFT, "undo", "distinct")
    assert [(one.decision, one.op) for one in review.decided] == [("distinct", None)]
    assert len(_codes(base)) == 5


def test_the_likeliest_come_first_and_certain_ones_if_asked(base: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_pair(1, 2, "possible", 0.5), _pair(1, 3, "related"), _pair(2, 3), _pair(1, 4, "certain")]
    found.append(_pair(3, 4, "likely", 0.95))
    monkeypatch.setattr(duplicates, "find", lambda ws, **_options: found)
    with base(readonly=True) as ws:
        assert [(pair.left, pair.right) for pair in reviewing.pairs(ws)] == [
            ("C000003", "C000004"),
            ("C000002", "C000003"),
            ("C000001", "C000002"),
        ]
        assert reviewing.pairs(ws, certain=True)[0].band == "certain"


def test_an_operation_that_hangs_on_the_decision_keeps_it(base: Crm) -> None:
    def meanwhile(_question: Question) -> Decision:
        with base() as ws:
            records.add_order(ws, "C000001", {"amount": "3"})
        return "undo"

    asked, _review = _go(base, [_pair(1, 2), _pair(3, 4)], LEFT, meanwhile)
    assert asked[-1].number == 1
    assert len(_codes(base)) == 5
