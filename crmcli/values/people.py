"""The people that one cell names: apart, and each with the title and the phone that stand beside the name."""

from typing import NamedTuple

from crmcli.values.phones import phones_in
from crmcli.values.text import LONGEST, clean_text, fold, pattern


class Person(NamedTuple):
    """A person as a cell names them; `phone` is text, for `split_phones`."""

    name: str
    title: str | None = None
    phone: str | None = None


_TITLES = (
    r"(?:副?总经理|董事长|副?总裁|法人"
    r"|[\u4e00-\u9fff]{0,4}(?:经理|总监|主任|主管|部长|科长|处长|会计|出纳|采购|助理|工程师|秘书|老板娘?))"
)
_DEPARTMENT = r"[\u4e00-\u9fff]{2,5}(?:部|中心|办公室)"
# A comma in a foreign name stands before the given name: `Smith, John`.
_APART = r"[、;；/／|\n\r]+|，|,(?! ?[A-Za-z])"


def split_people(text: str) -> list[Person]:
    """`张三13800138000、李四(采购)` as people; what stands in brackets is a title, or a phone.

    Names are apart where `、 / ; ，` or a line break is, never inside brackets. One name alone is one person.
    """
    cleaned = clean_text(text, multiline=True)
    if len(cleaned) > LONGEST * 10:
        return [Person(cleaned)]
    people: list[Person] = []
    for part in _parts(cleaned):
        person = _person(part)
        if people and not person.phone and pattern(_DEPARTMENT).fullmatch(person.name):
            people[-1] = people[-1]._replace(title=_both(people[-1].title, person.name, ", "))
        elif person.name or (person.phone and not people):
            people.append(person)
        elif people:
            last = people[-1]
            title, phone = _both(last.title, person.title, ", "), _both(last.phone, person.phone, "/")
            people[-1] = last._replace(title=title, phone=phone)
    return people


def _both(first: str | None, second: str | None, between: str) -> str | None:
    return between.join(filter(None, (first, second))) or None


def _parts(text: str) -> list[str]:
    """The text, cut where one person ends: at a sign outside brackets, and behind a phone before a further name."""
    depth, parts, start = 0, [], 0
    for sign in pattern(rf"[(（]|[)）]|{_APART}").finditer(text):
        if sign[0] in "(（":
            depth += 1
        elif sign[0] in ")）":
            depth = max(0, depth - 1)
        elif not depth:
            parts.append(text[start : sign.start()])
            start = sign.end()
    parts.append(text[start:])
    cut = [piece for part in parts for piece in pattern(r"(?<=\d{5})[\s,]*(?=[^\W\d_]{2,4}\s*1[3-9]\d)").split(part)]
    kept = [piece.strip() for piece in cut if piece.strip()]
    # `N/A` and its like are no two people.
    return [text] if any(len(piece) == 1 and piece.isascii() for piece in kept) else kept


def _person(part: str) -> Person:
    phones = phones_in(part)
    rest = fold(part) if phones else part.replace("（", "(").replace("）", ")")
    for phone in phones:
        rest = rest.replace(phone, " ")
    name, inside = _outside_brackets(rest)
    titles = [title for title in inside if pattern(r"\w").search(title)]
    name = pattern(r"(?:联系)?(?:电话|手机)[:：]?|(?i:\b(?:tel|mobile)\b[:.]?)").sub(" ", name) if phones else name
    name = pattern(r"^(?:联系人|姓名|(?i:name))[:：]").sub("", name)
    name = " ".join(name.split()).strip(" ,:：-")
    if found := pattern(rf"(\S+) ({_TITLES})").fullmatch(name):
        name, titles = found[1], [found[2], *titles]
    elif numbers := pattern(r"(?a)(?<!\S)\d[\d-]{6,}(?!\S)").findall(name):
        # A number that is no whole phone is no name either.
        phones += numbers
        name = " ".join(word for word in name.split() if word not in numbers)
    return Person(name, ", ".join(titles) or None, "/".join(phones) or None)


def _outside_brackets(text: str) -> tuple[str, list[str]]:
    """The text without its brackets, and what stands in each; one that is not closed goes to the end."""
    depth, start = 0, 0
    outside: list[str] = []
    inside: list[str] = []
    for sign in pattern(r"[()]").finditer(text):
        before, depth = depth, depth + 1 if sign[0] == "(" else max(0, depth - 1)
        if not before or not depth:
            (inside if before else outside).append(text[start : sign.start()].strip())
            start = sign.end()
    (inside if depth else outside).append(text[start:].strip())
    return " ".join(outside), [title for title in inside if title]
