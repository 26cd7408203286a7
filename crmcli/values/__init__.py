"""One value: parse, normalise, judge. Pure functions: no clock, no files, no state.

A parser takes the text of one cell and returns the stored form, or raises `BadValue`: its code is stable,
its reason is a sentence for people. The plain good value is recognised before any library is asked, because
a file of 100,000 rows sends a million values through here. Libraries are imported, patterns compiled and the
modules below loaded at first use, because every start of the program imports this one. Patterns that could be
slow on a long text are only given short ones.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcli.values.birthdays import birthday_key, parse_birthday
    from crmcli.values.choices import parse_choice, parse_yes_no
    from crmcli.values.dates import parse_date
    from crmcli.values.display import display_width, safe, to_the_minute
    from crmcli.values.emails import parse_email, plain_email, split_emails
    from crmcli.values.money import (
        LARGEST_MONEY,
        format_money,
        parse_money,
        parse_number,
        parse_rating,
        plain_moneys,
        spoken_money,
    )
    from crmcli.values.numerals import small_number
    from crmcli.values.people import Person, split_people
    from crmcli.values.phones import parse_phone, phones_in, plain_phone, split_phones, spoken_phone
    from crmcli.values.tax_ids import parse_tax_id
    from crmcli.values.text import LONGEST, clean_text, clean_texts, name_key, name_keys

__all__ = [
    "LARGEST_MONEY",
    "LONGEST",
    "Person",
    "birthday_key",
    "clean_text",
    "clean_texts",
    "display_width",
    "format_money",
    "name_key",
    "name_keys",
    "parse_birthday",
    "parse_choice",
    "parse_date",
    "parse_email",
    "parse_money",
    "parse_number",
    "parse_phone",
    "parse_rating",
    "parse_tax_id",
    "parse_yes_no",
    "phones_in",
    "plain_email",
    "plain_moneys",
    "plain_phone",
    "safe",
    "small_number",
    "split_emails",
    "split_people",
    "split_phones",
    "spoken_money",
    "spoken_phone",
    "to_the_minute",
]

_HOMES = {
    "birthdays": ("birthday_key", "parse_birthday"),
    "choices": ("parse_choice", "parse_yes_no"),
    "dates": ("parse_date",),
    "display": ("display_width", "safe", "to_the_minute"),
    "emails": ("parse_email", "plain_email", "split_emails"),
    "money": (
        "LARGEST_MONEY",
        "format_money",
        "parse_money",
        "parse_number",
        "parse_rating",
        "plain_moneys",
        "spoken_money",
    ),
    "numerals": ("small_number",),
    "people": ("Person", "split_people"),
    "phones": ("parse_phone", "phones_in", "plain_phone", "split_phones", "spoken_phone"),
    "tax_ids": ("parse_tax_id",),
    "text": ("LONGEST", "clean_text", "clean_texts", "name_key", "name_keys"),
}


def __getattr__(name: str) -> Any:
    """A public name, from the module that it lives in."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(f"crmcli.values.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'crmcli.values' has no attribute '{name}'")
