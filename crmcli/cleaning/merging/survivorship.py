"""Which value survives when several records become one: the rules, field by field; pure.

The first record is the one that is kept. Of every field the values that differ are compared by its preferences
(`CUSTOMER`, `PERSON`), in their order; the first one in which they differ decides, and where none does, the kept
record's value stays. Nothing is lost: further phones and e-mails are kept beside the chosen one, texts that were
written by hand are joined, and any other value that loses is written into the note, after its customer's code.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crmcli.errors import BadValue
from crmcli.fields import TABLES, Table
from crmcli.i18n import _
from crmcli.store import own_fields
from crmcli.values import birthday_key, name_key

Row = dict[str, Any]

CUSTOMER: Mapping[str, tuple[str, ...]] = {
    "name": ("legal", "plain", "fuller", "newer"),
    "kind": ("said",),
    "stage": ("alive",),
    "industry": ("fuller", "newer"),
    "address": ("fuller", "newer", "longer"),
    "region": ("placed", "fuller", "newer"),
    "city": ("placed", "fuller", "newer"),
    "postcode": ("placed", "newer"),
    "website": ("fuller", "newer"),
    "tax_id": ("valid", "newer"),
    "phone": ("valid", "newer"),
    "email": ("valid", "newer"),
    "birthday": ("valid", "dated", "newer"),
    "source": ("first",),
    "referrer": ("newer",),
    "parent": ("newer",),
    "owner": ("newer",),
    "since": ("early",),
    "consent": ("strict",),
    "budget": ("newer",),
    "decision": ("newer",),
    "strategic": ("newer",),
    "influence": ("newer",),
    "reputation": ("newer",),
    "willingness": ("newer",),
    "potential": ("newer",),
    "grade": ("newer",),
    "created_on": ("early",),
    "tier": ("pinned",),
}
PERSON: Mapping[str, tuple[str, ...]] = {
    "name": ("plain", "fuller"),
    "title": ("fuller", "newer"),
    "role": ("newer",),
    "phone": ("valid", "newer"),
    "email": ("valid", "newer"),
    "wechat": ("newer",),
    "birthday": ("valid", "dated", "newer"),
    "consent": ("strict",),
}
# Several columns that one choice decides: they come from the same record.
TOGETHER = {
    "stage": ("lead_on", "won_on", "lost_on", "lost_reason"),
    "source": ("campaign",),
    "tier": ("tier_on", "tier_pinned_until", "tier_reason", "tier_drops", "tier_drop_on"),
    "grade": ("grade_reason",),
}
# Texts of both stay; further phones and e-mails have a column of their own.
JOINED = ("need", "terms", "note")
LISTS = {"phone": "other_phones", "email": "other_emails"}
_KEYS: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "name": ("name_key", name_key),
    "birthday": ("birthday_key", birthday_key),
    "since": ("since_key", lambda day: day[5:]),
}
# What a rule decides among a few words or days needs no place in the note: the journal has it.
_NOT_NOTED = ("kind", "stage", "consent", "since", "created_on", "tier", "grade", "phone", "email")
_GAPS = (None, "")
_STAGES = ("lost", "lead", "prospect", "dormant", "active")
_CONSENTS = ("unknown", "yes", "no")
_LEGAL = re.compile(
    r"(公司|集团|厂|店|行|事务所|合作社|协会|学校|医院|研究院|研究所|中心|[\s,.(](ltd|limited|inc|llc|plc|gmbh|corp|"
    r"corporation|company|co|s\.?a\.?|b\.?v\.?|pty|ag|llp)\.?)\)?$",
    re.IGNORECASE,
)
# A remark, a digit or a full-width letter in a name is what somebody's list had, not what it is called.
_REMARKED = re.compile(r"[0-9\uff10-\uff19\uff21-\uff3a\uff41-\uff5a*#?？/、;；]|[(（\[【][^)）\]】]*[)）\]】]\s*$")


@dataclass(frozen=True)
class Side:
    """One of the records that become one.

    Attributes:
        code: of the customer, or of the person's customer.
        row: its columns.
        set_in: the operation that last set each column; 0 where nobody knows.
    """

    code: str
    row: Row
    set_in: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """Where the value of a field that differed comes from, and why; `source` is None for a value chosen by hand."""

    field: str
    value: Any
    source: str | None
    reason: str


@dataclass(frozen=True)
class Survivor:
    """What becomes of the kept record: the columns that change, and what was decided."""

    values: Row
    taken: tuple[Taken, ...]


def reasons() -> dict[str, str]:
    """Each preference in words, as the commands show it."""
    return {
        "alone": _("only this one has it"),
        "kept": _("the kept one's stays"),
        "valid": _("valid over invalid"),
        "newer": _("newer over older"),
        "fuller": _("fuller over shorter"),
        "longer": _("fuller over shorter"),
        "legal": _("the legal name, that of a valid tax id first"),
        "plain": _("the name without a remark"),
        "placed": _("goes with the address"),
        "dated": _("with its year"),
        "said": _("a person only where somebody says so"),
        "alive": _("who buys from us is a customer; lost only if all say so"),
        "first": _("where it came from first"),
        "early": _("the earliest day"),
        "strict": _("no before yes before unknown"),
        "pinned": _("pinned by hand, else the kept one's"),
        "joined": _("all texts stay"),
        "beside": _("further ones stay beside it"),
        "hand": _("chosen by hand"),
    }


# ------------------------------------------------------------------------------------------- preferences


@dataclass(frozen=True)
class _Judge:
    """Scores a candidate's value; the highest wins."""

    table: Table
    sides: Sequence[Side]
    region: str
    today: str
    place: int | None = None

    def score(self, preference: str, column: str, index: int) -> Any:
        value = self.sides[index].row[column]
        if preference in ("valid", "newer", "fuller", "legal", "placed", "pinned", "first"):
            return getattr(self, f"_{preference}")(column, index)
        return _SCORES[preference](value)

    def _valid(self, column: str, index: int) -> bool:
        return readable(self.table, column, self.sides[index].row[column], self.region)

    def _newer(self, column: str, index: int) -> int:
        return self.sides[index].set_in.get(column, 0)

    def _first(self, column: str, index: int) -> int:
        return -self.sides[index].set_in.get(column, 0)

    def _fuller(self, column: str, index: int) -> int:
        """How many of the others are within it."""
        own = name_key(str(self.sides[index].row[column]))
        others = {name_key(str(side.row[column])) for side in self.sides if side.row[column] not in _GAPS}
        return sum(other != own and other in own for other in others)

    def _legal(self, column: str, index: int) -> int:
        row = self.sides[index].row
        if row["kind"] == "person" or not _LEGAL.search(row[column]):
            return 0
        # A Chinese company is one of limited liability; a list that says 公司 alone has left that out.
        named = 1 if row[column].endswith("公司") and "有限" not in row[column] else 2
        proven = row["tax_id"] and readable(self.table, "tax_id", row["tax_id"], self.region)
        return named + 2 if proven else named

    def _placed(self, _column: str, index: int) -> bool:
        return index == self.place

    def _pinned(self, _column: str, index: int) -> bool:
        return (self.sides[index].row["tier_pinned_until"] or "") >= self.today


_SCORES: dict[str, Callable[[Any], Any]] = {
    "longer": len,
    "plain": lambda value: not _REMARKED.search(value),
    "dated": lambda value: any(len(part) == 4 for part in value.split()[-1].split("-")),
    "said": ("company", "person").index,
    "alive": _STAGES.index,
    "early": lambda value: tuple(-int(part) for part in value.split("-")),
    "strict": _CONSENTS.index,
}


def readable(table: Table, column: str, value: Any, region: str) -> bool:
    """Whether a stored value is one that its field reads; `region` is that of phones without a country."""
    known = table.field(column)
    if value in _GAPS or known is None:
        return value not in _GAPS
    try:
        known.read(str(value), region=region, zone="UTC")
    except BadValue:
        return False
    return True


def _pick(judge: _Judge, column: str, preferences: Sequence[str]) -> tuple[int, str] | None:
    """The side whose value survives, and the preference that decided; None if nobody has one."""
    sides = judge.sides
    left = [index for index, side in enumerate(sides) if side.row[column] not in _GAPS]
    if not left:
        return None
    decided = "alone"
    for preference in preferences:
        # What goes together may differ where the value itself does not.
        if _alike(judge, column, left) and column not in TOGETHER:
            break
        scores = {index: judge.score(preference, column, index) for index in left}
        best = max(scores.values())
        narrowed = [index for index in left if scores[index] == best]
        decided = preference if len(narrowed) < len(left) else decided
        left = narrowed
    return left[0], decided if _alike(judge, column, left) else "kept"


def _alike(judge: _Judge, column: str, indices: Sequence[int]) -> bool:
    return len({judge.sides[index].row[column] for index in indices}) == 1


# ----------------------------------------------------------------------------------------------- merging


def customers(sides: Sequence[Side], *, region: str, today: str, chosen: Mapping[str, Any] | None = None) -> Survivor:
    """What the first of some customers becomes when the others are merged into it.

    Args:
        region: of phones without a country.
        today: ISO date; a tier that is pinned until then or later wins.
        chosen: values by column that somebody has chosen; no rule is asked about these.
    """
    return _merged(_Judge(TABLES["customers"], sides, region, today), CUSTOMER, chosen or {})


def people(sides: Sequence[Side], *, region: str) -> Survivor:
    """The same for contacts of one name."""
    return _merged(_Judge(TABLES["contacts"], sides, region, ""), PERSON, {})


def _merged(judge: _Judge, rules: Mapping[str, tuple[str, ...]], chosen: Mapping[str, Any]) -> Survivor:
    kept = judge.sides[0].row
    values: Row = {}
    taken: list[Taken] = []
    for column, preferences in rules.items():
        found = _pick(judge, column, preferences)
        if column in chosen:
            values[column] = chosen[column]
            taken.append(Taken(column, chosen[column], None, "hand"))
        elif found is not None:
            index, why = found if column != "kind" else _kind(judge, values["name"], *found)
            values[column] = judge.sides[index].row[column]
            values |= {beside: judge.sides[index].row[beside] for beside in TOGETHER.get(column, ())}
            if _is_told(judge, column, values):
                taken.append(Taken(column, values[column], judge.sides[index].code, why))
        if column == "address":
            judge = replace(judge, place=_place(judge, found))
    taken += _lists(judge, values)
    taken += _joined(judge, values, _notes(judge, rules, values))
    for column, (key, derive) in _KEYS.items():
        if column in values:
            values[key] = values[column] and derive(values[column])
    words = reasons()
    changed = {column: value for column, value in values.items() if kept[column] != value}
    return Survivor(changed, tuple(Taken(t.field, t.value, t.source, words[t.reason]) for t in taken))


def _is_told(judge: _Judge, column: str, values: Row) -> bool:
    """Where there was something to decide, or the kept record had a gap."""
    kept = judge.sides[0].row
    given = {side.row[column] for side in judge.sides} - set(_GAPS)
    changes = any(kept[own] != values[own] for own in (column, *TOGETHER.get(column, ())))
    return column != "created_on" and (len(given) > 1 or changes)


def _kind(judge: _Judge, name: str, index: int, why: str) -> tuple[int, str]:
    """Whatever has a company's name is one, whoever took it for a person."""
    companies = [number for number, side in enumerate(judge.sides) if side.row["kind"] == "company"]
    return (companies[0], "legal") if companies and _LEGAL.search(name) else (index, why)


def _place(judge: _Judge, found: tuple[int, str] | None) -> int | None:
    """The side whose address survives, if there was a choice: its city and postcode belong to it."""
    addresses = {side.row["address"] for side in judge.sides} - set(_GAPS)
    return found[0] if found and len(addresses) > 1 else None


def _lists(judge: _Judge, values: Row) -> list[Taken]:
    """Phones and e-mails that were not chosen stay beside the chosen one."""
    taken = []
    for column, beside in LISTS.items():
        own = values.get(column)
        every = [part for side in judge.sides for part in (side.row[column], *split(side.row[beside])) if part]
        further = [part for part in dict.fromkeys(every) if part != own]
        values[beside] = "; ".join(further) or None
        added = [part for part in further if part not in split(judge.sides[0].row[beside])]
        if added:
            source = next(side.code for side in judge.sides if added[0] in _all(side.row, column))
            taken.append(Taken(beside, "; ".join(added), source, "beside"))
    return taken


def _joined(judge: _Judge, values: Row, notes: Sequence[str]) -> list[Taken]:
    """Texts of all sides below one another, each once; the note ends with what lost elsewhere."""
    taken = []
    for column in JOINED:
        if column not in judge.sides[0].row:
            continue
        texts = [side.row[column] for side in judge.sides if side.row[column] not in _GAPS]
        texts += notes if column == "note" else []
        whole = [text for number, text in enumerate(texts) if not any(text in earlier for earlier in texts[:number])]
        values[column] = "\n".join(whole) or None
        others = [side for side in judge.sides[1:] if side.row[column] in whole]
        if others:
            taken.append(Taken(column, values[column], others[0].code, "joined"))
    return taken


def _notes(judge: _Judge, rules: Mapping[str, tuple[str, ...]], values: Row) -> list[str]:
    """A line for each side that lost something: `[C000002] name: …; city: …`; sets the merged `extra`."""
    own: Row = {}
    for side in judge.sides:
        own = {**json.loads(side.row["extra"] or "{}"), **own}
    kept = judge.sides[0].row["extra"]
    values["extra"] = kept if own == json.loads(kept or "{}") else own_fields.stored(own)
    lines = []
    for side in judge.sides:
        lost = [
            f"{column}: {' '.join(str(side.row[column]).split())}"
            for column in rules
            if column not in _NOT_NOTED and _is_lost(column, side.row[column], values.get(column))
        ]
        extra = json.loads(side.row["extra"] or "{}")
        lost += [f"{heading}: {text}" for heading, text in extra.items() if own[heading] != text]
        if lost:
            lines.append(f"[{side.code}] {'; '.join(lost)}")
    return lines


def _is_lost(column: str, value: Any, chosen: Any) -> bool:
    """A value that the chosen one does not say as well; of a name, every other wording counts."""
    if value in _GAPS or value == chosen:
        return False
    if not isinstance(value, str) or chosen in _GAPS:
        return True
    own, other = name_key(value), name_key(chosen)
    return own != other if column == "name" else own not in other


def split(text: str | None) -> list[str]:
    """The parts of a column of further phones or e-mails."""
    return [part for part in (text or "").split("; ") if part]


def _all(row: Row, column: str) -> list[str]:
    return [row[column], *split(row[LISTS[column]])]
