"""How often the touches of a policy come round."""

import pytest

from crmcli.grading.rehearsing import weekly


@pytest.mark.parametrize(
    ("every", "times"), [("1 day", 7), ("1 week", 1), ("2 weeks", 0.5), ("1 month", 0.22998), ("1 year", 0.019165)]
)
def test_how_often_a_week(every: str, times: float) -> None:
    assert weekly(every) == pytest.approx(times, rel=1e-4)
