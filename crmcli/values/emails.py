"""E-mail addresses: stored in lower case and without what stands around them."""

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.text import LONGEST, bare, fold, pattern

# Only common endings, lower case and at most 64 characters: then no other rule of the library can be broken.
_EMAIL = (
    r"(?!(?:test|abc|aaa|xxx|none|null|123|111)@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?:com|cn|net|org|edu|gov|hk|tw|jp|de|uk|fr|us|sg|io|co|cc|info|biz|me|top|vip|tech|shop)"
)
_EMAIL_WORD = r"^(?:mailto|e-?mail|电子邮箱|电子邮件|邮箱|邮件|郵箱)\s*:?\s*(?=[^@]*[a-z0-9])"
# Endings that are not in the root zone, and Cameroon's where a big provider is meant.
_EMAIL_TYPO = (
    r".*\.(?:con|cmo|ocm|comm|vom|xom|cim|coom|c0m)"
    r"|(?:.*\.)?(?:163|126|139|189|qq|gmail|sina|sohu|aliyun|foxmail|hotmail|outlook|yahoo|icloud)\.cm"
)
_EMAIL_PLACEHOLDER = r"(test|abc|aaa|xxx|none|null|123|111)@\1\.(?:com|cn|net)"
_ADDRESS = r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"
# An address and a name beside it: signs that no common address has, or brackets.
_BESIDE = rf"(?a)[^@\x21-\x27\x2a-\x7e]*({_ADDRESS})[^@\x21-\x27\x2a-\x7e]*"
# Providers that give out addresses of plain letters only.
_PLAIN_ONLY = r".*[^\x00-\x7f].*@(?:vip\.)?(?:163|126|139|189|qq|gmail|sina|sohu|aliyun|foxmail|hotmail|outlook)\.com"


def parse_email(text: str) -> str:
    """The address in lower case, without `mailto:`, label or name. Raises BadValue: email-typo, email-placeholder,
    email-invalid.
    """
    if plain_email(text):
        return text
    folded = pattern(_EMAIL_WORD).sub("", bare(text).lower(), count=1).rstrip(" ,;.。、")
    if folded.endswith(">") and "<" in folded:
        folded = folded[folded.rindex("<") + 1 : -1]
    folded = folded.removeprefix("mailto:").split("?", 1)[0].strip(" ,;、<>'\"")
    folded = pattern(r"\s*([@.])\s*").sub(r"\1", folded) if len(folded) <= LONGEST else folded
    if len(folded) <= LONGEST and (found := pattern(_BESIDE).fullmatch(folded)):
        folded = found[1]
    local, _at, domain = folded.partition("@")
    domain = domain.strip().replace(",", ".").replace("。", ".")
    return _judged_email(f"{local.strip()}@{domain}", domain)


def plain_email(text: str) -> str | None:
    """An address in the usual form, as it is, else None: the fast path of `parse_email`."""
    return text if len(text) <= 64 and pattern(_EMAIL).fullmatch(text) else None


def split_emails(text: str) -> list[str]:
    """The texts of the several addresses in one cell, to be parsed one by one; one address is left whole.

    Whatever else stands there stays: beside its address, or as a text of its own.
    """
    if text.count("@") + text.count("＠") < 2 or len(text) > LONGEST * 10:
        return [text]
    folded = pattern(r" ?@ ?").sub("@", fold(text))
    parts: list[str] = []
    for piece in pattern(r"[;|/、\n\r]|或者?|,(?=[^,]*@)|(?<=\.com),|(?<=\.net),|(?<=\.cn),").split(folded):
        parts += _addresses_apart(piece.strip())
    return parts if len(parts) > 1 else [text]


def _addresses_apart(piece: str) -> list[str]:
    """The addresses of a text with only spaces between them; a word stands before its address, or after the last."""
    if not pattern(r"\w").search(piece):
        return []
    if piece.count("@") < 2:
        return [piece]
    parts, words = [], []
    for word in piece.split():
        words.append(word)
        if "@" in word.strip("@"):
            parts.append(" ".join(words))
            words = []
    if words and parts:
        parts[-1] = " ".join([parts[-1], *words])
    return parts or [piece]


_NO_NAME = (
    r".*(?:邮箱|邮件|电邮|郵箱|郵件)|地址|公司|单位|个人|工作|私人|办公"
    r"|(?:e-?)?mails?|mailto|(?:email )?address|work|home|qq"
)


def name_beside_email(text: str) -> str:
    """The name that stands beside an address, `李雷` of `李雷 <lilei@example.com>`, or ""; `邮箱` is no name."""
    folded = pattern(r"\s*([@.])\s*").sub(r"\1", fold(text[: LONGEST * 2])).split("?", 1)[0]
    found = pattern(rf"(?ai)[!#$%&'*=?^`{{}}~\w.+-]*{_ADDRESS}").search(folded)
    if not found:
        return ""
    rest = " ".join(f"{folded[: found.start()]} {folded[found.end() :]}".split())
    rest = pattern(r"(?i)\bmailto\b:?").sub("", rest).strip(" <>()[]【】\"'“”‘’:,;.。、-")
    named = pattern(r"[^\W\d_]{2}").search(rest) and not pattern(_NO_NAME).fullmatch(rest.lower())
    return rest if named else ""


def _judged_email(address: str, domain: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if address.count("@") != 1 or not domain or len(address) > 254 or address.index("@") > 64:
        raise BadValue("email-invalid", _("an e-mail address is name@domain"))
    if pattern(_EMAIL_TYPO).fullmatch(domain):
        raise BadValue("email-typo", _("the ending of the e-mail address is misspelt"))
    if pattern(_EMAIL_PLACEHOLDER).fullmatch(address):
        raise BadValue("email-placeholder", _("a placeholder, not an e-mail address"))
    if pattern(_PLAIN_ONLY).fullmatch(address):
        raise BadValue("email-invalid", _("this provider has no such addresses"))
    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise BadValue("email-invalid", _("an e-mail address is name@domain.ending")) from None
