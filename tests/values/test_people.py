"""People named in one cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.values import Person, split_people
from tests.values.refusals import unhurried

_LEI, _MEI = Person("李雷", None, "13800138000"), Person("韩梅梅", None, "13900139000")


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("李雷、韩梅梅", [Person("李雷"), Person("韩梅梅")]),
        ("李雷/韩梅梅", [Person("李雷"), Person("韩梅梅")]),
        ("李雷\n韩梅梅", [Person("李雷"), Person("韩梅梅")]),
        ("李雷，韩梅梅；林涛", [Person("李雷"), Person("韩梅梅"), Person("林涛")]),
        (
            "李雷13800138000、韩梅梅13900139000",
            [_LEI, _MEI],
        ),
        (
            "李雷13800138000韩梅梅13900139000",
            [_LEI, _MEI],
        ),
        ("李雷、13800138000", [Person("李雷", None, "13800138000")]),
        ("李雷 13800138000 010-65541234", [Person("李雷", None, "13800138000/010-65541234")]),
        ("李雷（13800138000）", [Person("李雷", None, "13800138000")]),
        ("王总(采购)", [Person("王总", "采购")]),
        ("王总（采购/销售）", [Person("王总", "采购/销售")]),
        ("李雷 采购经理", [Person("李雷", "采购经理")]),
        ("李雷/市场部", [Person("李雷", "市场部")]),
        ("张经理", [Person("张经理")]),
        ("联系人：李雷", [Person("李雷")]),
        ("Smith, John", [Person("Smith, John")]),
        ("John Smith/Mary Jones", [Person("John Smith"), Person("Mary Jones")]),
        ("阿依古丽·买买提", [Person("阿依古丽·买买提")]),
        ("李雷/13800138000/13900139000", [Person("李雷", None, "13800138000/13900139000")]),
        (
            "李雷 13800138000；韩梅梅13900139000/010-65541234",
            [_LEI, Person("韩梅梅", None, "13900139000/010-65541234")],
        ),
        ("李雷 13800138000 65541234", [Person("李雷", None, "13800138000/65541234")]),
        ("李雷/13800138000/65541234", [Person("李雷", None, "13800138000/65541234")]),
        ("李雷/13800138000/13900139000(财务)", [Person("李雷", "财务", "13800138000/13900139000")]),
        ("李雷(经理 韩梅 主管", [Person("李雷", "经理 韩梅 主管")]),
        ("林涛 李雷(8006524转890 韩梅", [Person("林涛 李雷", "8006524转890 韩梅")]),
        ("李雷(采购)(销售", [Person("李雷", "采购, 销售")]),
        ("李雷（13800138000、13900139000）", [Person("李雷", None, "13800138000/13900139000")]),
        ("李雷((总)经理)", [Person("李雷", "(总)经理")]),
        ("N/A", [Person("N/A")]),
        ("李" * 2000, [Person("李" * 2000)]),
        ("13800138000", [Person("", None, "13800138000")]),
        ("", []),
        ("、；", []),
    ],
)
def test_split_people(text: str, people: list[Person]) -> None:
    assert split_people(text) == people


@unhurried
@given(st.text(st.characters() | st.sampled_from("、/;，()（）138\n"), max_size=60))
def test_any_text_is_some_people(text: str) -> None:
    for person in split_people(text):
        assert person.name or person.phone
