"""Addresses as doors: what two ways to write one address have in common."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crmcli.cleaning.duplicates import words
from crmcli.cleaning.duplicates.companies import CITIES, PLACE_LENGTHS, PLACES, REGIONS


@dataclass(frozen=True, slots=True)
class Address:
    """A door and where it is; "" for what the text does not say.

    Attributes:
        door: road and number as one, of a Chinese address.
        district: the last of the districts and counties; of an address in letters its house number.
        rest: numbers behind the door: building, floor, room.
        text: all of it in match form.
        city: the city it names.
    """

    door: str
    district: str
    rest: str
    text: str
    city: str = ""


_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FILLING = re.compile(r"[\s,，。;；()\-]+")
_WORD = re.compile(r"[^\W_]+")
_DOOR = re.compile(r"(.*?)([0-9]+)(?:号|弄)(.*)")
_DISTRICT = re.compile(r"^(.{1,8}?(?:新区|[区县旗市]))(?=.)")
_NUMBERS = re.compile(r"[^0-9a-z]+")
# 朝阳区 is a district and 南京路 a road; 朝阳市 and 南京市 are cities.
_NO_CITY = frozenset("区县路街大东西南北中")


def address(text: str) -> Address | None:
    """The address in a text that `companies.simplified` has been through; None where there is none."""
    if not text:
        return None
    if not _CHINESE.search(text):
        return _in_letters(text)
    text = _FILLING.sub("", text)
    found = _DOOR.match(text)
    head, number, rest = (found[1], found[2], found[3]) if found else (text, "", "")
    city, head = _without_city(head)
    district = ""
    while (part := _DISTRICT.match(head)) and len(head) - len(part[1]) >= 2:
        district, head = part[1], head[len(part[1]) :]
    door = f"{head}{number}" if number and len(head) >= 2 else ""
    return Address(door, district, _NUMBERS.sub(" ", rest).strip() if rest else "", text, city)


def _in_letters(text: str) -> Address | None:
    found = [words.ENGLISH_STREETS.get(word, word) for word in _WORD.findall(text.replace(".", ""))]
    number = next((word for word in found if word.isdigit()), "")
    return Address("", number, "", " ".join(found)) if found else None


def _without_city(head: str) -> tuple[str, str]:
    """The city that an address begins with, and the address after it and its province."""
    city = ""
    for _part in range(3):
        for length in PLACE_LENGTHS.get(head[:1], ()):
            where = PLACES.get(head[:length]) if length <= len(head) - 2 else None
            if where and head[length] not in _NO_CITY:
                head = head[length:]
                if where not in REGIONS:
                    city = city or where
                break
        else:
            break
    return city, head


def area(phone: str) -> str:
    """The area code of a landline with its area code, "" of any other number."""
    if not phone.isdigit() or (len(phone) == 11 and phone[0] == "1"):
        return ""
    return "0" + (phone[:2] if phone[0] in "12" else phone[:3])


def settled(clues: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The city of each clue (a district, an area code) for which nearly all of (clue, city) name one."""
    from collections import Counter, defaultdict

    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for clue, city in clues:
        seen[clue][city] += 1
    sure = {}
    for clue, cities in seen.items():
        city, most = cities.most_common(1)[0]
        if city in CITIES and most >= 3 and most >= 0.9 * cities.total():
            sure[clue] = city
    return sure
