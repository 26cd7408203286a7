"""Names of persons: Chinese as one word, others as words whose order says nothing."""

import re

from crmcli.cleaning.duplicates import words

NAME, SURNAME, LATIN = "name", "surname", "latin"

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+")
_REMARK = re.compile(r"[(（\[【].*?[)）\]】]|[-—/].*$")
_TITLES = tuple(sorted(words.TITLES, key=len, reverse=True))
_TITLE_WORDS = frozenset(_TITLES)
_FORMS = frozenset(["mr", "mrs", "ms", "miss", "dr", "prof", "sir", "jr", "sr", "herr", "frau"])


def person_name(text: str) -> tuple[str, ...]:
    """The words of a name in match form, sorted; a Chinese name is one word, `李*` where only the surname is known."""
    if _CHINESE.search(text):
        found = contact_name(text)
        if found is None:
            return ()
        return (found[1] + "*",) if found[0] == SURNAME else (found[1],)
    said = _WORD.findall(_REMARK.sub(" ", text.replace("-", " ")).replace("'", "").replace(".", " "))
    return tuple(sorted(word for word in said if word not in _FORMS) or sorted(said))


def contact_name(text: str) -> tuple[str, str] | None:
    """A name and what is known of it: ("name", 李玲凯), ("surname", 李) for 李总, ("latin", …), None for no name."""
    text = _REMARK.sub("", text).strip()
    if not text:
        return None
    if text.isascii():
        return (LATIN, "".join(sorted(text.replace(".", " ").split())))
    if " " in text:
        first, *others = text.split()
        text = first if others and others[-1] in _TITLE_WORDS and len(first) > 1 else "".join(_WORD.findall(text))
    if text.endswith(_TITLES):
        title = next(title for title in _TITLES if text.endswith(title))
        rest = text[: -len(title)]
        if len(rest) == 1 or rest in words.COMPOUND_SURNAMES:
            return (SURNAME, rest)
        if rest and len(title) > 1:
            return (NAME, rest)
    return (NAME, text) if len(text) > 1 else None
