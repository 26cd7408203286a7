"""A person's name from its parts."""

import re

_IDEOGRAPHS = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]+")


def whole_name(family: str, given: str, middle: str = "") -> str:
    """The name as it is said: a Chinese one family name first and in one piece, others given name first."""
    parts = [part.strip() for part in (family, given, middle)]
    family, given, middle = parts
    if all(_IDEOGRAPHS.fullmatch(part) for part in parts if part):
        return f"{family}{middle}{given}"
    return " ".join(filter(None, (given, middle, family)))


def is_chinese(text: str) -> bool:
    """Whether a name is written in Chinese characters alone."""
    return bool(_IDEOGRAPHS.fullmatch(text.strip()))
