"""Whose the columns of a person are in a row of a customer list: a contact's, or the customer's own."""

from typing import Any

NOTHING = {
    "-", "--", "—", "/", "\\", "无", "暂无", "没有", "未知", "不详", "空", "none", "null", "(null)", "\\n", "n/a", "na",
    "nil", "nan", "<na>", "#n/a",
}  # fmt: skip
"""What people write who have nothing to write, and programs that have nothing, in small letters."""
# What stands for a company where there is only a person.
_NO_COMPANY = {*NOTHING, "个人", "个人客户", "个体", "自然人", "散客", "私人"}
COLUMNS = (
    "contact_title", "contact_role", "contact_phone", "contact_other_phones", "contact_email", "contact_other_emails",
    "contact_wechat", "contact_birthday",
)  # fmt: skip
"""What a row says of a person besides the name."""
_SHARED = ("contact_phone", "contact_other_phones", "contact_email", "contact_other_emails", "contact_birthday")


def is_nothing(text: str | None) -> bool:
    """Whether a cell has nothing in it, or a word that says so."""
    return not text or text.casefold() in NOTHING


def settle(values: dict[str, list[Any]], theirs: list[str]) -> None:
    """Decide it row by row, in place; `theirs` are those of COLUMNS that `values` has.

    A row that names a person and neither a company nor a customer's code is that person; a number beside no name, or
    beside the customer's own name, is the customer's.
    """
    names, people = values["name"], values["contact_name"]
    codes = values.get("code") or [None] * len(names)
    shared = [(values[name.removeprefix("contact_")], values[name]) for name in theirs if name in _SHARED]
    born = (values["birthday"], values["contact_birthday"]) if "contact_birthday" in values else None
    for at in range(len(names)):
        person = people[at]
        if codes[at] is not None and is_nothing(names[at]):
            names[at] = None
        company = None if person is not None and (names[at] or "").casefold() in _NO_COMPANY else names[at]
        # With a code the row is about the customer that has it, and the person is its contact.
        is_coded = codes[at] is not None and names[at] is None
        if person is not None and (is_coded or (company is not None and person != company)):
            # A company has no birthday: the one in its row is that of the person named there.
            if born is not None and born[1][at] is None:
                born[1][at], born[0][at] = born[0][at], None
            continue
        if person is not None:
            names[at], people[at] = person, None
            values["kind"][at] = values["kind"][at] or "person"
        for own, of_person in shared:
            if own[at] is None:
                own[at], of_person[at] = of_person[at], None
        if any(values[column][at] is not None for column in theirs):
            people[at] = names[at] or codes[at]
