"""What is due and planned, worked out slowly and obviously: every day and every customer is looked at in turn.

It knows what happened because it is told, as the product is, and shares no code with it: its own cadences, its own
calendar. What it is told of a policy is the parsed TOML.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
KEPT = 14
_OPEN: tuple[str, date, date | None] = ("open", date.min, None)

# The first days of the months of some lunar years as lunar_python 1.4.8 has them; a leap month follows its own.
_MONTHS = """
    2025 0129 0228 0329 0428 0527 0625 *0725 0823 0922 1021 1120 1220 0119
    2026 0217 0319 0417 0517 0615 0714 0813 0911 1010 1109 1209 0108
    2027 0206 0308 0407 0506 0605 0704 0802 0901 0930 1029 1128 1228
    2028 0126 0225 0326 0425 0524 *0623 0722 0820 0919 1018 1116 1216 0115
    2029 0213 0315 0414 0513 0612 0711 0810 0908 1008 1106 1205 0104
    2030 0203 0304 0403 0502 0601 0701 0730 0829 0927 1027 1125 1225
    2031 0123
"""
QINGMING = ("2026-04-05", "2027-04-05", "2028-04-04", "2029-04-04", "2030-04-05")


def _lunar_days() -> dict[date, tuple[int, bool, int, int, bool]]:
    """Each day: its lunar month, whether that is a leap one, the day in it, its length, whether a leap one follows."""
    months: list[tuple[date, int, bool]] = []
    for line in _MONTHS.split("\n"):
        year, month = 0, 0
        for mark in line.split():
            if len(mark) == 4 and mark.startswith("20") and not year:
                year = int(mark)
                continue
            leap = mark.startswith("*")
            month += not leap
            first = date(year + (month > 10 and mark < "0201"), int(mark[-4:-2]), int(mark[-2:]))
            months.append((first, month, leap))
    found = {}
    for place in range(len(months) - 1):
        first, month, leap = months[place]
        following = months[place + 1]
        length = (following[0] - first).days
        for number in range(length):
            found[first + number * DAY] = (month, leap, number + 1, length, following[2])
    return found


LUNAR = _lunar_days()


def is_birthday(birthday: str, day: date) -> bool:
    """Whether a birthday, as it is stored, is kept on the day."""
    if not birthday.startswith("lunar"):
        month_day = birthday[-5:]
        common_28th = day.month == 2 and day.day == 28 and not calendar.isleap(day.year)
        return month_day == f"{day:%m-%d}" or (month_day == "02-29" and common_28th)
    wanted_month, wanted_day = int(birthday[-5:-3]), int(birthday[-2:])
    month, leap, number, length, leap_follows = LUNAR[day]
    if month != wanted_month or number != min(wanted_day, length):
        return False
    if birthday.startswith("lunar leap"):
        # In a year without that leap month it is kept in the plain one.
        return leap or not leap_follows
    return not leap


def is_festival(key: str, day: date) -> bool:
    """Whether the day is that of a festival."""
    if key == "spring-festival":
        return LUNAR[day][:3] == (1, False, 1)
    if key == "spring-festival-eve":
        return LUNAR[day + DAY][:3] == (1, False, 1)
    if key == "mid-autumn":
        return LUNAR[day][:3] == (8, False, 15)
    if key == "qingming":
        return day.isoformat() in QINGMING
    return is_birthday(f"--{key}", day)


def later(day: date, every: str) -> date:
    """One cadence after a day."""
    number, unit = int(every.split()[0]), every.split()[1].rstrip("s")
    if unit in ("day", "week"):
        return day + number * (7 if unit == "week" else 1) * DAY
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass
class World:
    """What happened, in plain lists; a customer is named by its place in the list."""

    policy: dict[str, Any]
    adopted: date
    customers: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    talks: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, date]] = field(default_factory=list)
    contracts: list[dict[str, Any]] = field(default_factory=list)
    decisions: dict[str, tuple[str, date, date | None]] = field(default_factory=dict)

    def decide(self, key: str, decision: str, on: date, until: date | None) -> None:
        """Somebody decides; a decision about a survey is one about the touch, whatever another tier calls it."""
        self.decisions[key.replace("survey:", "touch:", 1)] = (decision, on, until)

    def due(self, today: date, until: date) -> dict[str, tuple[str, str | None]]:
        """key -> (day, owner) of all that is due, or announced, by a day."""
        found: dict[str, tuple[str, str | None]] = {}
        for place in range(len(self.customers)):
            for key, day, owner in self._of_customer(place, today, until):
                assert key not in found
                found[key] = day.isoformat(), owner
        for owner in {one["owner"] for one in self.customers if one["tier"]}:
            every = self.policy.get("review", {}).get("every")
            if every:
                key, day = self._turn(f"review:{owner or ''}:", self._reviewed(owner), every)
                if day <= until:
                    found[key] = day.isoformat(), owner
        return found

    def plan(self, today: date, until: date) -> list[tuple[str, str, str, str]]:
        """(day, kind, code, owner) of all that comes, with its repeats; what is late is for today."""
        found = []
        for key, (text, owner) in self.due(today, until).items():
            kind = key.split(":")[0]
            code = "" if kind == "review" else key.split(":")[1]
            if kind == "action":
                talk = next(talk for talk in self.talks if f"action:{talk['id']}" == key)
                code = self.customers[talk["customer"]]["code"]
            day = max(date.fromisoformat(text), today)
            while day <= until:
                found.append((day.isoformat(), kind, code, owner or ""))
                if kind == "review":
                    day = later(day, self.policy["review"]["every"])
                elif kind in ("touch", "survey"):
                    tier = next(one["tier"] for one in self.customers if one["code"] == code)
                    day = later(day, self._touches(tier)[key.split(":")[2]]["every"])
                else:
                    break
        return sorted(found)

    # ------------------------------------------------------------------------------------ by source

    def _of_customer(self, place: int, today: date, until: date) -> Iterator[tuple[str, date, str | None]]:
        customer = self.customers[place]
        owner = customer["owner"]
        if customer["stage"] not in ("lead", "lost") and customer["tier"]:
            for key, day in self._touched(place):
                if day <= until:
                    yield key, day, owner
        for talk in self.talks:
            if talk["customer"] == place and talk["next_due"]:
                key = f"action:{talk['id']}"
                on = self._undecided(key, talk["next_due"])
                if on and on <= until:
                    yield key, on, owner or talk["owner"]
        for key, planned, notice in [*self._occasions(place, today, until), *self._renewals(place)]:
            on = self._undecided(key, planned)
            snoozed = key in self.decisions
            if on and planned <= until + notice * DAY and (not snoozed or on <= until):
                yield key, on, owner

    def _undecided(self, key: str, planned: date) -> date | None:
        """The day an item that comes once is due; None if it is done or skipped."""
        decision, _on, until = self.decisions.get(key, _OPEN)
        return {"open": planned, "snooze": until}.get(decision)

    def _turn(self, prefix: str, base: date, every: str) -> tuple[str, date]:
        """The turn that is open of something that comes again and again: its key and the day it is due."""
        planned = later(base, every)
        while True:
            key = f"{prefix}{planned}".replace("survey:", "touch:", 1)
            decision, on, until = self.decisions.get(key, _OPEN)
            if decision in ("open", "snooze"):
                return f"{prefix}{planned}", until or planned
            planned = later(planned, every)
            while planned <= on:
                planned = later(planned, every)

    def _done(self, prefix: str) -> list[date]:
        """The days on which a turn of it was settled as done."""
        found = []
        for key, (decision, on, _until) in self.decisions.items():
            if key[:-10] == prefix.replace("survey:", "touch:", 1) and decision == "done":
                found.append(on)
        return found

    def _touches(self, tier: str) -> dict[str, Any]:
        for one in self.policy["tier"]:
            if one["key"] == tier:
                return {touch["key"]: touch for touch in one.get("touches", [])}
        raise AssertionError

    def _touched(self, place: int) -> Iterator[tuple[str, date]]:
        customer = self.customers[place]
        for key, touch in self._touches(customer["tier"]).items():
            if customer["consent"] == "no" and set(touch["channels"]) == {"push"}:
                continue
            kind = touch.get("kind", "touch")
            prefix = f"{kind}:{customer['code']}:{key}:"
            days = self._done(prefix)
            if kind == "survey":
                days += [day for who, day in self.answers if who == place]
            for talk in self.talks:
                if kind == "touch" and talk["customer"] == place and talk["channel"] in touch["channels"]:
                    days.append(talk["day"])
            base = max(days) if days else customer["tier_on"] or customer["created_on"]
            yield self._turn(prefix, base, touch["every"])

    def _reviewed(self, owner: str | None) -> date:
        return max(self._done(f"review:{owner or ''}:"), default=self.adopted)

    def _occasions(self, place: int, today: date, until: date) -> Iterator[tuple[str, date, int]]:
        """(key, day, notice) of birthdays, anniversaries and festivals that are not let go."""
        customer = self.customers[place]
        code, tier, since = customer["code"], customer["tier"], customer["since"]
        if not tier or customer["stage"] == "lost":
            return
        day = today - KEPT * DAY
        while day <= until + 60 * DAY:
            if (rule := self._rule("birthday", tier)) is not None:
                if customer["kind"] == "person" and customer["birthday"] and is_birthday(customer["birthday"], day):
                    yield f"birthday:{code}:{day}", day, _days(rule)
                for person in self.people:
                    if person["customer"] == place and person["birthday"] and is_birthday(person["birthday"], day):
                        yield f"birthday:{code}:K{person['id']}:{day}", day, _days(rule)
            rule = self._rule("anniversary", tier)
            if rule is not None and since and since.year < day.year and is_birthday(since.isoformat(), day):
                yield f"anniversary:{code}:{day}", day, _days(rule)
            if customer["stage"] != "lead":
                for festival in {rule["key"] for rule in self.policy.get("festival", [])}:
                    if is_festival(festival, day) and (greeting := self._greeting(festival, customer)):
                        yield f"festival:{code}:{festival}:{day}", day, _days(greeting)
            day += DAY

    def _greeting(self, festival: str, customer: dict[str, Any]) -> dict[str, Any] | None:
        for rule in self.policy["festival"]:
            industry = customer["industry"] in rule.get("industries", [customer["industry"]])
            if rule["key"] == festival and customer["tier"] in rule.get("tiers", [customer["tier"]]) and industry:
                found: dict[str, Any] = rule
                return found
        return None

    def _rule(self, kind: str, tier: str | None) -> dict[str, Any] | None:
        """The first occasion of a kind that names the tier; one that names none is for all of them."""
        for rule in self.policy.get("occasion", []):
            if rule["kind"] == kind and tier in rule.get("tiers", [tier]):
                found: dict[str, Any] = rule
                return found
        return None

    def _renewals(self, place: int) -> Iterator[tuple[str, date, int]]:
        customer = self.customers[place]
        rule = self._rule("renewal", customer["tier"])
        if rule is None or customer["stage"] in ("lead", "lost"):
            return
        own = [contract for contract in self.contracts if contract["customer"] == place]
        for contract in own:
            ends = contract["ends"]
            goes_on = False
            for other in own:
                if other is not contract and ends and other["ends"]:
                    goes_on = goes_on or other["ends"] > ends
                elif other is not contract and ends and other["starts"]:
                    goes_on = goes_on or other["starts"] <= ends + 31 * DAY
            if ends and contract["renewed"] is None and not goes_on:
                yield f"renewal:{customer['code']}:{contract['number']}:{ends}", ends, _days(rule)


def _days(rule: dict[str, Any]) -> int:
    return int(rule["notice"].split()[0])
