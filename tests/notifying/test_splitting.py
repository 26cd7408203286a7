"""Long messages in parts: each within the limit of bytes, together the whole."""

from hypothesis import given
from hypothesis import strategies as st

from crmcli.notifying.splitting import split


def test_a_short_message_stays_as_it_is() -> None:
    assert split("甲\n乙\n", 100) == ["甲\n乙\n"]


def test_parts_end_with_lines_and_are_numbered() -> None:
    parts = split("".join(f"客户{number}\n" for number in range(50)), 100)
    assert all(part.endswith("\n") for part in parts)
    assert [part.partition("\n")[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(20, 120))
def test_no_part_is_too_long_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    whole = parts[0] if len(parts) == 1 else "".join(part.partition("\n")[2] for part in parts)
    assert whole == text
