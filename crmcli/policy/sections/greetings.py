"""The texts to send and the gifts of `[[occasion]]` and `[[festival]]`: words with placeholders that must exist."""

from collections.abc import Collection

from crmcli.errors import BadValue
from crmcli.i18n import LANGUAGES, _
from crmcli.policy.definitions import Words
from crmcli.policy.reading import Table, unknown
from crmcli.policy.sections.common import words
from crmcli.values.placeholders import placeholders

ANYWHERE = ("customer", "contact", "title", "owner", "company", "day")
"""What any greeting may name: the customer, whom to greet there and what that person is, who greets, and the day."""

OF_OCCASIONS = {"birthday": ANYWHERE, "anniversary": (*ANYWHERE, "years", "since"), "renewal": ANYWHERE}
OF_FESTIVALS = (*ANYWHERE, "festival")
_LONGEST = 2_000


def template(table: Table, key: str, names: Collection[str], company: str) -> Words:
    """Words with placeholders, each of them one of `names`; lines may break. `company` is the policy's own."""
    found = words(table, key, lines=True)
    for text in dict.fromkeys(found.in_language(language) for language in LANGUAGES):
        for problem in _problems(text, names, company):
            table.problem(*problem, key)
    return found


def _problems(text: str, names: Collection[str], company: str) -> list[tuple[str, str]]:
    """(code, reason) of what is wrong with one text."""
    if len(text) > _LONGEST:
        return [("value-invalid", _("has more than {most} characters").format(most=f"{_LONGEST:,}"))]
    try:
        used = dict.fromkeys(placeholders(text))
    except BadValue as error:
        return [("value-invalid", error.reason)]
    wrong = [("name-unknown", unknown(name, names)) for name in used if name not in names]
    if "company" in used and not company.strip():
        wrong.append(("key-missing", _('{company} is not known: write company = "…" at the top of the policy')))
    return wrong
