"""What the tests of the parsers share."""

from collections.abc import Callable

import pytest
from hypothesis import settings

from crmcli.errors import BadValue

# The first example of a test may have to import a library.
unhurried = settings(deadline=None)


def code_of(parse: Callable[[str], object], text: str) -> str:
    """The code with which `parse` refuses `text`."""
    with pytest.raises(BadValue) as caught:
        parse(text)
    assert caught.value.reason
    return caught.value.code
