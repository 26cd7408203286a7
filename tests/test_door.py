"""The Python door: what scripts call is there, documented, and works on a workspace."""

import inspect
from pathlib import Path

import pytest

import crmcli
from tests.conftest import Crm


@pytest.mark.parametrize("name", [name for name in crmcli.__all__ if name != "__version__"])
def test_every_public_name_is_a_function_with_its_promise(name: str) -> None:
    function = getattr(crmcli, name)
    assert inspect.getdoc(function)
    if name != "open":
        assert next(iter(inspect.signature(function).parameters)) == "ws"


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        crmcli.nonsense  # noqa: B018


def test_a_list_is_cleaned_from_a_script(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "客户编号,客户名称,手机,城市\nA1,苏州晨光文具有限公司,13800138000,苏州\n"
        "A2,晨光文具（苏州）有限公司,138 0013 8000,苏州\n"
        "A3,远山茶业,13900139000,杭州\n",
        "utf-8",
    )
    with crm() as ws:
        assert crmcli.import_file(ws, file).created == 3
        pairs = crmcli.find_duplicates(ws)
        assert [(pair.left, pair.right, pair.band) for pair in pairs] == [("A1", "A2", "certain")]
        crmcli.merge(ws, pairs[0].left, [pairs[0].right])
        assert [row["code"] for row in crmcli.find(ws, "晨光")] == ["A1"]
    with crm() as ws:
        assert crmcli.undo(ws).count("kept") == 0
