"""What customers answered when they were asked how satisfied they are, by hand."""

from collections.abc import Mapping

from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake.records.reading import by_columns, defaults, read_fields, refuse_missing, without_customer
from crmcli.intake.records.writing import stored_row
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_SURVEYS = TABLES["surveys"]
_SCORES = {"csat": (1, 5), "nps": (0, 10)}


def add_survey(ws: Workspace, customer: str, values: Mapping[str, str]) -> Row:
    """Add an answer; a CSAT score, given now, where `values` do not say; the stored row.

    Raises:
        NotFound: the customer or the case. UsageError: a field. InvalidInput: a value, or a score that this kind of
        answer cannot have. Refused: the case is another customer's, or the moment is to come.
    """
    read = read_fields(ws, _SURVEYS, without_customer(values))
    read["at"] = read.get("at") or ws.stamp
    refuse_missing(_SURVEYS, read, except_for=("customer",))
    owner = finding.customer(ws, customer)
    row = {**defaults(_SURVEYS), **by_columns(_SURVEYS, read), "customer_id": owner["id"]}
    _refuse_other_score(row["kind"], row["score"])
    if row["at"] > ws.stamp:
        raise Refused(_("an answer is recorded when it has been given, not before"))
    if row.get("case_number"):
        _refuse_other_case(ws, owner, row["case_number"])
    row["nth"] = _nth(ws, row)
    (row_id,) = journal.add(ws, "survey", [row])
    said = _("added answer {kind} {score} of {code}")
    ws.summary = said.format(kind=row["kind"], score=f"{row['score']:g}", code=owner["code"])
    return stored_row(ws, "survey", row_id)


def _refuse_other_score(kind: str, score: float) -> None:
    lowest, highest = _SCORES[kind]
    if not lowest <= score <= highest:
        message = _("score '{score}': {kind} is answered with {lowest} to {highest}")
    elif kind == "nps" and not score.is_integer():
        # Reichheld 2003: eleven answers, in which 6 and 7, 8 and 9 are parted; satisfaction may be a form's mean.
        message = _("score '{score}': {kind} is answered with a whole number, {lowest} to {highest}")
    else:
        return
    raise InvalidInput(message.format(score=f"{score:g}", kind=kind, lowest=lowest, highest=highest))


def _refuse_other_case(ws: Workspace, customer: Row, number: str) -> None:
    found = ws.db.first(
        "SELECT k.customer_id, c.code, c.name FROM cases AS k JOIN customer AS c ON c.id = k.customer_id "
        "WHERE k.number = :number",
        {"number": number},
    )
    if found is None:
        raise NotFound(_("there is no case {number}").format(number=number))
    if found["customer_id"] != customer["id"]:
        message = _("case {number} is of {code} {name}, not of {other}")
        raise Refused(message.format(number=number, code=found["code"], name=found["name"], other=customer["code"]))


def _nth(ws: Workspace, row: Row) -> int:
    """Answers of one kind and moment are counted; a number that was given is not given again."""
    last: int = ws.db.value(
        "SELECT coalesce(max(nth), 0) FROM survey WHERE customer_id = :customer_id AND kind = :kind AND at = :at", row
    )
    return last + 1
