"""The area code that a landline lacks: that of the customer's city, held against the other landlines of that city."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from crmcli.cleaning.area_codes import area_code, city_in
from crmcli.errors import BadValue
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import parse_phone
from crmcli.values.text import bare

_LANDLINE = "phone GLOB '+8610*' OR phone GLOB '+86[2-9]*'"
# Landlines of a city that must agree, besides its own code, before a proposal is certain.
_ENOUGH = 3


class Areas:
    """What the base says of the landlines in the cities of the customers whose own landline has no area code.

    Attributes:
        seen: by city, how many landlines have which area code and how many digits after it.
    """

    def __init__(self, ws: Workspace, lacking: Iterable[Row]) -> None:
        self.seen: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
        wanted = {city for row in lacking if (city := _city(row, thorough=True))}
        if not wanted:
            return
        for row in ws.db.each(
            f"""
            SELECT phone, city, region, address, name AS company_name FROM customer WHERE {_LANDLINE} UNION ALL
            SELECT p.phone, c.city, c.region, c.address, c.name FROM contact AS p
                JOIN customer AS c ON c.id = p.customer_id WHERE {_LANDLINE.replace("phone", "p.phone")}
            """
        ):
            city = _city(row)
            if city in wanted:
                self.seen[city][_area_and_length(row["phone"])] += 1

    def completed(self, row: Row) -> tuple[str | None, bool]:
        """The number in E.164 with the area code of the customer's city, and whether nothing speaks against it.

        None without a known city, or where the city's landlines have another number of digits.
        """
        city = _city(row, thorough=True)
        if city is None:
            return None, False
        code = area_code(city)
        try:
            number = parse_phone(f"{code}-{bare(row['phone'])}")
        except BadValue:
            return None, False
        seen = self.seen.get(city, Counter[tuple[str, int]]())
        own = _area_and_length(number)
        if seen and own not in seen:
            return None, False
        return number, len(seen) == 1 and seen[own] >= _ENOUGH


def _city(row: Row, *, thorough: bool = False) -> str | None:
    """The city that a customer is in, by the first of its places that says one."""
    for place in (row["city"], row["region"], row["address"], row["company_name"]):
        if place and (city := city_in(place) or (city_in(_simplified(place)) if thorough else None)):
            return city
    return None


def _area_and_length(phone: str) -> tuple[str, int]:
    home = phone.partition(" ")[0].removeprefix("+86")
    digits = 2 if home[:2] == "10" or home[:1] == "2" else 3
    return "0" + home[:digits], len(home) - digits


def _simplified(text: str) -> str:
    return text if text.isascii() else str(_converter().convert(text))


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
