"""Text as such: what nobody can see taken out, and the forms that are compared; every parser reads with these."""

import re
import unicodedata
from functools import cache

LONGEST = 120
"""Characters in the longest text that can be a phone, an amount, a date or a choice."""

_BREAKS = "\t\n\r\x0b\x0c\x85\u2028\u2029"
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
# A joiner between two emoji makes one visible picture of them; everywhere else it is dirt.
_INVISIBLE = (
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    f"|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])"
)
_AROUND = "'\"`“”‘’„ "
_EMOJIS = f"[{_EMOJI}]+"
_LABELLED = r"[^\W\d_]{1,12}\s?[:：]\s*(.+)"
_BRACKETED = r"\[([^\[\]]*)\]|【([^【】]*)】|〔([^〔〕]*)〕|「([^「」]*)」|《([^《》]*)》"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))


@cache
def pattern(source: str) -> re.Pattern[str]:
    return re.compile(source)


def clean_text(text: str, *, multiline: bool = False) -> str:
    """`text` without outer space and without characters nobody can see; visible ones are never changed.

    Breaks and tabs become one space; with `multiline` line breaks stay, as a newline. A lone surrogate,
    which no file can hold, becomes U+FFFD.
    """
    if text.isprintable():
        return text.strip()
    text = pattern(_INVISIBLE).sub("", text)
    text = pattern("[\ud800-\udfff]").sub("\ufffd", text)
    if multiline:
        text = pattern("\r\n|[\r\x0b\x0c\x85\u2028\u2029]").sub("\n", text).replace("\t", " ")
    else:
        text = pattern(f"[{_BREAKS}]+").sub(" ", text)
    return text.strip()


def clean_texts(values: list[str]) -> list[str]:
    """`[clean_text(v) for v in values]`; one look at the joined column finds a clean one."""
    # All that is removed, and every space but U+0020, is "not printable"; what remains is outer U+0020.
    joined = "¦".join(values)
    if joined.isprintable() and not ("¦ " in joined or " ¦" in joined or joined[:1] == " " or joined[-1:] == " "):
        return list(values)
    return [clean_text(value) for value in values]


def fold(text: str) -> str:
    """The form that patterns read: clean, full width folded (NFKC), all dashes one; never stored."""
    if len(text) > LONGEST * 10:  # refused by every parser
        return text[: LONGEST * 10]
    text = clean_text(text)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def bare(text: str) -> str:
    """The folded text without what people put around a value: emoji, quotes, brackets, a label, a last full stop."""
    text = fold(text)
    if len(text) > LONGEST:  # refused by every parser
        return text
    if not text.isascii():
        text = pattern(_EMOJIS).sub("", text)
    while not (text[:1].isalnum() and text[-1:].isalnum() and ":" not in text):
        stripped = text.strip(_AROUND).rstrip("。、,;").strip()
        if found := pattern(_BRACKETED).fullmatch(stripped):
            stripped = next(part for part in found.groups() if part is not None)
        # A label has letters only, so that neither a time nor a ratio is one.
        if found := pattern(_LABELLED).fullmatch(stripped):
            stripped = found[1]
        if stripped == text:
            break
        text = stripped
    return text


def name_key(text: str) -> str:
    """The match key of a name: NFKC, case folded, letters and digits only; a name without any is its own key."""
    return _key(text, r"[\W_]+") or text.strip()


def name_keys(values: list[str]) -> list[str]:
    """`[name_key(v) for v in values]`, normalised in one piece."""
    if not values:
        return []
    joined = "\n".join(values)
    if joined.count("\n") != len(values) - 1:
        joined = "\n".join([value.replace("\n", " ") for value in values])
    keys = _key(joined, r"(?:[^\w\n]|_)+").split("\n")
    return [key or value.strip() for key, value in zip(keys, values, strict=True)]


def _key(text: str, dropped: str) -> str:
    if text.isascii():
        return pattern(dropped).sub("", text.lower())
    # Full-width brackets, dropped in any case, are all that keeps most columns from being normal already, and
    # normalising a whole column is the costly step.
    text = text.replace("（", "(").replace("）", ")").replace("\u3000", " ")
    # Folding case may undo the normal form, and dropping a sign may bring two halves of a letter together.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", pattern(dropped).sub("", folded))
