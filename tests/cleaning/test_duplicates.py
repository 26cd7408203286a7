"""Which customers are told to be one, which are only related, and why."""

import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crmcli.cleaning import distinct
from crmcli.cleaning.duplicates import Pair, find
from crmcli.store.workspace import Workspace
from tests.cleaning.bases import contact, customer
from tests.conftest import Crm, Run

Bands = dict[tuple[str, str], str]

# What a list has besides, so that no name or number is rare only because the list is short.
OTHERS = [
    ("X1", "苏州白鹭湾物流有限公司", "沈望舒", "+8613701110001"),
    ("X2", "南京青桐里餐饮管理有限公司", "顾南星", "+8613701110002"),
    ("X3", "成都石榴巷文化传播有限公司", "秦观澜", "+8613701110003"),
    ("X4", "武汉鹿野苑装饰工程有限公司", "孟停云", "+8613701110004"),
]


def company(ws: Workspace, code: str, name: str, person: str = "", mobile: str | None = None, **columns: Any) -> None:
    """A customer with one contact, whose the mobile and the e-mail are."""
    email = columns.pop("contact_email", None)
    row = customer(ws, code, name, **{"phone": None, **columns})
    if person or mobile or email:
        contact(ws, row, person or name, phone=mobile, email=email)


def person(ws: Workspace, code: str, name: str, **columns: Any) -> None:
    given = {column: value for column, value in columns.items() if value is not None}
    customer(ws, code, name, **{"phone": None, "kind": "person", **given})


def bands(ws: Workspace) -> Bands:
    return {(pair.left, pair.right): pair.band for pair in find(ws)}


def the_pair(ws: Workspace, left: str, right: str) -> Pair:
    (pair,) = [pair for pair in find(ws) if (pair.left, pair.right) == (left, right)]
    return pair


@pytest.fixture
def ws(crm: Crm) -> Iterator[Workspace]:
    with crm() as ws:
        for code, name, who, mobile in OTHERS:
            company(ws, code, name, who, mobile)
        yield ws


# --------------------------------------------------------------------------------- the same company

MOBILE, OTHER_MOBILE = "+8613812340001", "+8613912349999"


@pytest.mark.parametrize(
    ("name", "who", "mobile", "columns"),
    [
        pytest.param("杭州云栖客贸易有限公司", "白知夏", MOBILE, {}, id="equal"),
        pytest.param("杭州云溪客贸易有限公司", "白知夏", MOBILE, {}, id="one typo in the brand"),
        pytest.param("杭州云栖客贸益有限公司", "白知夏", MOBILE, {}, id="one typo in the trade"),
        pytest.param("杭州雲棲客貿易有限公司", "白知夏", MOBILE, {}, id="traditional"),
        pytest.param("云栖客（杭州）贸易有限责任公司", "白总", MOBILE, {}, id="city moved"),
        pytest.param("云栖客商贸有限公司", "白知夏", MOBILE, {}, id="city dropped, another word for the trade"),
        pytest.param("云栖客", "白知夏", MOBILE, {}, id="only the brand"),
        pytest.param(" 杭州 云栖客\u200b贸易有限公司(重复)", "", MOBILE, {}, id="spaces and a note"),
        pytest.param("杭州云栖客贸易有限公司", "白知夏", "1381234001", {}, id="a digit lost"),
        pytest.param("杭州云栖客贸易有限公司", "白知夏", None, {"phone": "85551234"}, id="no area code"),
        pytest.param("杭州云栖客贸易有限公司", "林晚照", OTHER_MOBILE, {}, id="another contact of the same legal name"),
        pytest.param("云栖客贸易", "Bai Zhixia", "138 1234 0001 / 137 0000 1111", {}, id="two phones in one cell"),
        pytest.param(
            "杭州云栖客贸易公司", "", None, {"address": "杭州市西湖区文晖路88號"}, id="address without the room"
        ),
    ],
)
def test_one_company_is_found_however_it_was_typed(
    ws: Workspace, name: str, who: str, mobile: str | None, columns: dict[str, Any]
) -> None:
    address = "浙江省杭州市西湖区文晖路88号3栋502室"
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE, phone="+8657185551234", address=address)
    company(ws, "B", name, who, mobile, **columns)
    assert bands(ws) in ({("A", "B"): "certain"}, {("A", "B"): "likely"})


def test_a_credit_code_makes_two_names_likely(ws: Workspace) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE, tax_id="91330106MA2G0KXT9L")
    company(ws, "B", "栖云（杭州）", "林晚照", OTHER_MOBILE, tax_id="91330106MA2G0KXT9L")
    assert bands(ws)["A", "B"] in ("certain", "likely")


# ---------------------------------------------------------------------------------- not the same one


@pytest.mark.parametrize(
    ("name", "who", "mobile", "columns"),
    [
        pytest.param("杭州云栖客贸易有限公司第二分公司", "林晚照", OTHER_MOBILE, {}, id="branch"),
        pytest.param("杭州云栖客贸易有限公司宁波分公司", "白知夏", MOBILE, {}, id="branch of the same boss"),
        pytest.param("杭州云栖客装饰工程有限公司", "白知夏", MOBILE, {}, id="sister company of the same boss"),
        pytest.param("宁波云栖客贸易有限公司", "林晚照", OTHER_MOBILE, {}, id="same brand, another city"),
        pytest.param("杭州云栖客贸易商行", "林晚照", None, {}, id="another legal form"),
        pytest.param("杭州白鹭洲软件有限公司", "林晚照", None, {"phone": "+8657185551234"}, id="one switchboard"),
        pytest.param("杭州白鹭洲软件有限公司", "白知夏", MOBILE, {}, id="another company of one person"),
    ],
)
def test_what_only_belongs_together_is_related(
    ws: Workspace, name: str, who: str, mobile: str | None, columns: dict[str, Any]
) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE, phone="+8657185551234")
    company(ws, "B", name, who, mobile, **columns)
    assert bands(ws) == {("A", "B"): "related"}


@pytest.mark.parametrize("name", ["杭州云溪客贸易有限公司", "杭州云栖可贸易有限公司", "杭州云栖客达贸易有限公司"])
def test_a_look_alike_without_anything_else_is_never_likely(ws: Workspace, name: str) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE, address="浙江省杭州市西湖区文晖路88号")
    company(ws, "B", name, "林晚照", OTHER_MOBILE, address="浙江省杭州市滨江区江晖路12号")
    assert not {"certain", "likely"} & set(bands(ws).values())


def test_a_company_and_a_private_person_are_two(ws: Workspace) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE)
    person(ws, "B", "白知夏", phone=MOBILE)
    assert bands(ws) == {}


def test_a_number_of_many_says_little(ws: Workspace) -> None:
    for number in range(40):
        company(ws, f"N{number:02d}", f"杭州{chr(0x4E00 + 97 * number)}桥贸易有限公司", phone="+8657185551234")
    assert not {"certain", "likely"} & set(bands(ws).values())


# ------------------------------------------------------------------------------------------- persons

ELLA = {"birthday": "1984-03-07", "email": "ella.moorland@quartzmail.example", "city": "Larkhill"}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        pytest.param("Moorland Ella", {}, id="names swapped"),
        pytest.param("Ela Moorland", {"email": None}, id="a letter lost"),
        pytest.param("Ella Moorland", {"birthday": "1984-07-03", "email": None}, id="month and day swapped"),
        pytest.param("Ella Moorlend", {"birthday": "1984-03-17"}, id="a letter and a digit off"),
        pytest.param("Ella", {"email": "elamoorland@quartzmail.example"}, id="half a name"),
        pytest.param("Ella Whitcombe", {}, id="another surname"),
        pytest.param("Mrs. Ella Moorland", {"city": "Larkhil", "birthday": None}, id="a title"),
    ],
)
def test_one_person_is_found_however_typed(ws: Workspace, name: str, changed: dict[str, str | None]) -> None:
    person(ws, "A", "Ella Moorland", **ELLA)
    person(ws, "B", name, **{**ELLA, **changed})
    assert bands(ws) in ({("A", "B"): "certain"}, {("A", "B"): "likely"})


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        pytest.param("Tom Moorland", {"birthday": "1980-11-21", "email": "tom@quartzmail.example"}, id="family"),
        pytest.param("Ella Moorland", {"birthday": "1951-12-28", "email": "em@b.example", "city": "York"}, id="other"),
        pytest.param("Jo Ferris", {"birthday": "1984-03-07", "email": None, "city": None}, id="one birthday"),
    ],
)  # fmt: skip
def test_two_persons_stay_two(ws: Workspace, name: str, changed: dict[str, str | None]) -> None:
    person(ws, "A", "Ella Moorland", **ELLA)
    person(ws, "B", name, **{**ELLA, **changed})
    assert not {"certain", "likely"} & set(bands(ws).values())


def test_chinese_persons_are_found_by_phone_title_and_slip(ws: Workspace) -> None:
    person(ws, "A", "白知夏", phone=MOBILE)
    person(ws, "B", "白知霞-采购部", phone=MOBILE)
    person(ws, "C", "白女士", phone="138-1234-0001")
    person(ws, "D", "个人客户", phone=MOBILE)
    person(ws, "E", "林晚照", phone=MOBILE)
    found = bands(ws)
    assert {pair for pair, band in found.items() if band in ("certain", "likely")} == {
        ("A", "B"), ("A", "C"), ("A", "D"), ("B", "C"), ("B", "D"), ("C", "D"),
    }  # fmt: skip


# ---------------------------------------------------------------------------------------- the answer


def test_reasons_add_up_to_the_score(ws: Workspace) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE)
    company(ws, "B", "杭州云溪客贸易有限公司", "白知夏", MOBILE)
    pair = the_pair(ws, "A", "B")
    weights = {reason.rpartition(" ")[0]: float(reason.rpartition(" ")[2]) for reason in pair.reasons}
    assert {"phone same", "company core one typo", "person same", "place same", "chance"} == set(weights)
    assert weights["phone same"] > weights["company core one typo"] > 0 > weights["chance"]
    assert pair.score == pytest.approx(1 / (1 + 2 ** -sum(weights.values())), abs=0.01)


def test_a_cluster_is_complete_and_says_so(ws: Workspace) -> None:
    """The second is known by its mobile, the third by its e-mail: they meet in the first only."""
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE, contact_email="bai@yunqike.example")
    company(ws, "B", "云栖客", "", MOBILE)
    company(ws, "C", "云栖客贸易", "", None, contact_email="bai@yunqike.example")
    found = {(pair.left, pair.right): pair for pair in find(ws)}
    assert set(found) == {("A", "B"), ("A", "C"), ("B", "C")}
    assert {pair.band for pair in found.values()} <= {"certain", "likely"}
    assert any(reason.startswith("both the same as a third") for reason in found["B", "C"].reasons)


def test_clusters_are_closed_in_a_long_list(ws: Workspace) -> None:
    for number in range(30):
        name = f"杭州{chr(0x4E00 + 311 * number)}云{chr(0x6000 + 207 * number)}贸易有限公司"
        for row in range(number % 5 + 1):
            mobile = f"+861381234{number:02d}{row // 2:02d}"
            company(ws, f"L{number:02d}{row}", name if row % 2 else name[2:], f"白{chr(0x5B50 + number)}", mobile)
    joined: dict[str, set[str]] = defaultdict(set)
    pairs = [pair for pair in find(ws) if pair.band in ("certain", "likely")]
    for pair in pairs:
        joined[pair.left].add(pair.right)
        joined[pair.right].add(pair.left)
    assert (
        len(pairs) == len({(pair.left, pair.right) for pair in pairs}) == sum(n * (n - 1) // 2 for n in range(1, 6)) * 6
    )
    for one, others in joined.items():
        for other in others:
            assert joined[other] | {other} == others | {one}


def test_distinct_customers_are_left_out_and_never_meet_in_a_third(ws: Workspace) -> None:
    for code in "ABC":
        company(ws, code, "杭州云栖客贸易有限公司", "白知夏", MOBILE)
    distinct.distinct(ws, "C", "A")
    found = bands(ws)
    assert ("A", "C") not in found
    assert sum(band in ("certain", "likely") for band in found.values()) == 1


def test_the_policy_sets_the_bands(ws: Workspace) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE)
    company(ws, "B", "杭州云栖客贸易有限公司", "林晚照", OTHER_MOBILE)
    assert bands(ws) == {("A", "B"): "likely"}
    ws.digest["duplicates"] = {"certain": 0.9, "likely": 0.8}
    assert bands(ws) == {("A", "B"): "certain"}
    ws.digest["duplicates"] = {"certain": 0.99, "likely": 0.97}
    assert bands(ws) == {("A", "B"): "possible"}


def test_a_threshold_leaves_out_what_is_below(ws: Workspace) -> None:
    company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE)
    company(ws, "B", "杭州云栖客贸易有限公司", "林晚照", OTHER_MOBILE)
    company(ws, "C", "宁波云栖客贸易有限公司", "顾远山", "+8613700000009")
    assert [(pair.left, pair.right) for pair in find(ws, threshold=0.9)] == [("A", "B")]
    assert find(ws, threshold=0.99) == []


@pytest.mark.parametrize("customers", [0, 1])
def test_there_is_nothing_to_find_in_nothing(crm: Crm, customers: int) -> None:
    with crm() as ws:
        for number in range(customers):
            person(ws, f"P{number}", "白知夏")
        assert find(ws) == []


def test_a_customer_with_hundreds_of_rows_is_one_cluster(ws: Workspace) -> None:
    for number in range(120):
        company(ws, f"R{number:03d}", "杭州云栖客贸易有限公司", "白知夏", MOBILE)
    assert sum(pair.band in ("certain", "likely") for pair in find(ws)) == 120 * 119 // 2


# ------------------------------------------------------------------------------------------- program


@pytest.fixture
def doubled(crm: Crm) -> Callable[[], None]:
    def make() -> None:
        with crm() as ws:
            company(ws, "A", "杭州云栖客贸易有限公司", "白知夏", MOBILE)
            company(ws, "B", "云栖客（杭州）贸易有限公司", "白知夏", MOBILE)
            company(ws, "C", "宁波云栖客贸易有限公司", "林晚照", OTHER_MOBILE)
            for code, name, who, mobile in OTHERS:
                company(ws, code, name, who, mobile)

    return make


def test_the_program_lists_pairs(run: Run, doubled: Callable[[], None]) -> None:
    doubled()
    shown = run("clean", "duplicates", "-f", "json")
    assert shown.code == 0
    pairs = json.loads(shown.stdout)
    assert [(pair["left"], pair["right"], pair["band"]) for pair in pairs] == [
        ("A", "B", "certain"), ("A", "C", "related"), ("B", "C", "related"),
    ]  # fmt: skip
    assert list(pairs[0]) == ["left", "right", "left_name", "right_name", "score", "band", "reasons"]
    assert pairs[0]["reasons"][0].startswith("phone same +")
    told = list(csv.DictReader(run("clean", "duplicates", "--threshold", "0.95", "-f", "csv").stdout.splitlines()))
    assert [row["band"] for row in told] == ["certain"]


def test_people_are_told_no_likelihood_of_those_that_are_only_related(run: Run, doubled: Callable[[], None]) -> None:
    doubled()
    heads, *lines = run("clean", "duplicates", "-f", "md").stdout.splitlines()
    column = [head.strip() for head in heads.split("|")].index("score")
    assert [line.split("|")[column].strip() for line in lines[1:]] == ["100.0%", "", ""]
    for_programs = json.loads(run("clean", "duplicates", "-f", "json").stdout)
    assert all(0 <= pair["score"] < 0.01 for pair in for_programs if pair["band"] == "related")


def test_the_program_refuses_a_score_that_is_none(run: Run) -> None:
    refused = run("clean", "duplicates", "--threshold", "85")
    assert refused.code == 2
    assert "0 to 1" in refused.stderr


def test_the_answer_is_the_same_on_every_run(crm: Crm, db: Path) -> None:
    with crm() as ws:
        for number in range(60):
            name = f"杭州{chr(0x4E00 + 131 * (number // 2))}云{chr(0x6000 + 77 * (number // 3))}贸易有限公司"
            email = f"m{number // 2}@yunqike.example"
            company(ws, f"S{number:02d}", name, f"白{chr(0x5B50 + number // 4)}", f"+86138123400{number // 3:02d}",
                    contact_email=email, phone="+8657185551234")  # fmt: skip
    answers = set()
    for seed in ("0", "1", "31337"):
        command = [sys.executable, "-m", "crmcli", "--db", str(db), "clean", "duplicates", "-f", "csv"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        answers.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(answers) == 1
    assert answers.pop().count("\n") > 30
