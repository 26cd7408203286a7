"""The stored forms that `values` has none of: of days and moments, currencies, statuses, scores, several in one."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from crmcli.calendars import parse_instant
from crmcli.errors import BadValue
from crmcli.fields.headings import heading_key
from crmcli.fields.words import STATUS
from crmcli.i18n import _
from crmcli.values import parse_choice, parse_date, parse_email, parse_number, parse_phone, split_emails, split_phones


def stored_day(text: str) -> str:
    return parse_date(text).isoformat()


def stored_moment(text: str, zone: str) -> str:
    """The instant in a cell, as the database writes it; it says its year, or is a spreadsheet's number."""
    if re.fullmatch(r"(?a)\d{5}(?:\.\d{1,15})?", text):
        parse_date(text)
        # ECMA-376: days since 30 December 1899; the fraction is the time of day.
        whole, _dot, fraction = text.partition(".")
        seconds = round(float(f"0.{fraction or 0}") * 86_400)
        local = datetime.combine(parse_date(whole), time(), ZoneInfo(zone)) + timedelta(seconds=seconds)
        return _stamp(local)
    if not re.match(r"(?a)\d{4}|\d{2}[-/.]\d{2}[-/.]\d{4}", unicodedata.normalize("NFKC", text)):
        raise BadValue("date-invalid", _("not a moment; write it like 2026-01-05 14:30"))
    # Only words like "tomorrow" would ask for the present, and those are refused above.
    return _stamp(parse_instant(unicodedata.normalize("NFKC", text), datetime(2000, 1, 1, tzinfo=UTC), zone))


def stored_deadline(text: str, zone: str) -> str:
    """The same of what has to be done by then: a day without a time of day ends with its last second."""
    moment = stored_moment(text, zone)
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    if local.time() != time() or re.search("[:：点时]", text):
        return moment
    return _stamp(datetime.combine(local.date(), time(23, 59, 59, fold=1), ZoneInfo(zone)))


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_CURRENCIES = {
    "人民币": "CNY",
    "元": "CNY",
    "rmb": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "$": "USD",
    "欧元": "EUR",
    "港币": "HKD",
}


def stored_currency(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    code = _CURRENCIES.get(folded, folded.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadValue("currency-invalid", _("a currency is three letters, like CNY"))
    return code


def stored_status(text: str) -> str:
    """The status of an order, known like a heading: `partially_refunded`, `On-Hold`, `买家已付款(等待卖家发货)`.

    WooCommerce writes `wc-` before each.
    """
    return parse_choice(heading_key(text).removeprefix("wc"), _statuses())


@cache
def _statuses() -> dict[str, str]:
    return {heading_key(word): stored for word, stored in STATUS.items()}


def stored_score(text: str) -> float:
    """An answer from 0 to 10."""
    score = float(parse_number(text.removesuffix("分")))
    if not 0 <= score <= 10:
        raise BadValue("score-invalid", _("a score is a number from 0 to 10"))
    return score


def stored_phones(text: str, region: str) -> str:
    """Several phones, each in its stored form or, if it cannot be read, as it is; apart by "; "."""
    return _several(split_phones(text), lambda part: parse_phone(part, region))


def stored_emails(text: str) -> str:
    """Several addresses, each in its stored form or, if it cannot be read, as it is; apart by "; "."""
    return _several(split_emails(text), parse_email)


def _several(parts: list[str], parse: Callable[[str], str]) -> str:
    stored = []
    for part in parts:
        try:
            stored.append(parse(part))
        except BadValue:
            stored.append(part.strip())
    return "; ".join(dict.fromkeys(stored))


def stored_tag_word(text: str) -> str:
    """A dimension or value of a tag: a colon would tear `dimension:value` apart in the wrong place."""
    if ":" in text or "：" in text:
        raise BadValue("tag-invalid", _("a tag has its dimension and its value in two columns, without a colon"))
    return text
