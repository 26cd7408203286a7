"""A text with placeholders, `Dear {contact}`: names in braces and nothing else.

It is filled in once, from the left to the right: what is put in for a placeholder is never read as one.
"""

import re
from collections.abc import Mapping

from crmcli.errors import BadValue
from crmcli.i18n import _

_BRACED = re.compile(r"\{([^{}]*)\}")


def placeholders(text: str) -> list[str]:
    """The names that stand in braces, in their order. Raises BadValue brace-alone for any other brace."""
    rest = _BRACED.sub("", text)
    if "{" in rest or "}" in rest:
        reason = _("a brace that is not around a placeholder, like {example}").format(example="{contact}")
        raise BadValue("brace-alone", reason)
    return _BRACED.findall(text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; one without a value leaves no gap, nor a line of its own behind."""
    lines = []
    for line in text.splitlines():
        names = _BRACED.findall(line)
        if names and not any(values.get(name) for name in names) and not re.search(r"\w", _BRACED.sub("", line)):
            continue
        put_in = _BRACED.sub(lambda found: values.get(found[1], ""), line)
        lines.append(re.sub(r"(?<=\S) {2,}", " ", put_in).strip())
    return "\n".join(lines).strip()
