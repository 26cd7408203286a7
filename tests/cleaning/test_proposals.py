"""What single texts were meant to be, and which city a place says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.cleaning.area_codes import area_code, city_in
from crmcli.cleaning.proposals import PROVIDERS, mended_domain, near_mobiles, one_edit, proposed_email, proposed_tax_id


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("gmial", "gmail", True),
        ("gmal", "gmail", True),
        ("gmaill", "gmail", True),
        ("gnail", "gmail", True),
        ("gmail", "gmail", False),
        ("gamli", "gmail", False),
        ("", "a", True),
        ("", "ab", False),
    ],
)
def test_one_edit(left: str, right: str, near: bool) -> None:
    assert one_edit(left, right) is one_edit(right, left) is near


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.integers(0, 10))
def test_a_mobile_number_is_near_itself_with_any_slip(number: str, at: int) -> None:
    assert number in near_mobiles(number[:at] + number[at + 1 :])
    assert number in near_mobiles(number[:at] + "5" + number[at:])
    wrong = "2" if number[at] == "1" else "1"
    assert number in near_mobiles(number[:at] + wrong + number[at + 1 :])
    assert near_mobiles("138") == set()


def test_no_provider_is_a_misspelling_of_another() -> None:
    assert [domain for domain in sorted(PROVIDERS) if mended_domain(domain)] == []


@given(st.text(max_size=30))
def test_any_text_has_a_proposal_or_none(text: str) -> None:
    for proposal in (proposed_email(text), proposed_tax_id(text)):
        assert proposal is None or proposal.value


@pytest.mark.parametrize(
    ("place", "city"),
    [
        ("杭州", "杭州"),
        ("浙江省宁波市余姚市某路1号", "宁波"),
        ("吉林省长春市某路1号", "长春"),
        ("武汉市上海路1号", "武汉"),
        ("北京市朝阳区某街1号", "北京"),
        ("（上海）某某有限公司", "上海"),
        ("某地", None),
        ("", None),
    ],
)
def test_the_city_of_a_place(place: str, city: str | None) -> None:
    assert city_in(place) == city


def test_area_codes() -> None:
    assert [area_code(city) for city in ("北京", "杭州", "开封", "遵义")] == ["010", "0571", "0371", "0851"]
