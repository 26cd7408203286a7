"""What the tests of the calendars share."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import settings

from crmcli.errors import BadValue

WEDNESDAY = date(2026, 1, 7)
NOW = datetime(2026, 1, 7, 2, 30, tzinfo=UTC)
SHANGHAI = "Asia/Shanghai"

# The first example of a test may have to import a library.
unhurried = settings(deadline=None)


def code_of(parse: Callable[..., object], *arguments: object) -> str:
    """The code with which `parse` refuses `arguments`, with one line of reason."""
    with pytest.raises(BadValue) as caught:
        parse(*arguments)
    assert caught.value.reason
    assert "\n" not in caught.value.reason
    return caught.value.code
