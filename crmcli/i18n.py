"""Words to people: English in the source through `_()`, other languages from the catalogue.

Messages are looked up when they are used, so the language may be chosen after import.
"""

import gettext
from collections.abc import Iterable
from pathlib import Path

LANGUAGES = ("en", "zh")

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def choose(language: str) -> None:
    """Speak `language` ("en" or "zh") from now on; an unknown one is English."""
    global _catalogue, _language
    _language = language if language in LANGUAGES else "en"
    if _language == "en":
        _catalogue = gettext.NullTranslations()
    else:
        _catalogue = gettext.translation("crmcli", Path(__file__).parent / "locale", [_language], fallback=True)


def language() -> str:
    """The language spoken now: "en" or "zh"."""
    return _language


def _(message: str) -> str:
    return _catalogue.gettext(message)


def named(name: str, said: str) -> str:
    """What is said of something, behind its name."""
    return _("{name}: {said}").format(name=name, said=said)


def listed(words: Iterable[object]) -> str:
    """Words in a row, apart as the language has it."""
    return _(", ").join(map(str, words))


def sentences(parts: Iterable[object]) -> str:
    """Longer parts in a row, which may have commas of their own."""
    return _("; ").join(map(str, parts))


def plural(singular: str, plural: str, number: int) -> str:
    """The form of a message that goes with `number`."""
    return _catalogue.ngettext(singular, plural, number)
