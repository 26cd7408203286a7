"""One value at a time: what is accepted, what it becomes, and the code of what is refused."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from crmcli import values
from crmcli.values import emails
from crmcli.errors import BadValue

# The first example of a test may have to import a library.
unhurried = settings(deadline=None)


def code_of(parse: Callable[[str], object], text: str) -> str:
    with pytest.raises(BadValue) as caught:
        parse(text)
    assert caught.value.reason
    return caught.value.code


# ---------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("张三", "张三"),
        ("  张三\u3000", "张三"),
        ("\u00a0张三\t", "张三"),
        ("\ufeff客户名称", "客户名称"),
        ("张\u200b三\u200e", "张三"),
        ("张\u202e三\u2066", "张三"),
        ("第一行\r\n第二行", "第一行 第二行"),
        ("a\tb\u2028c", "a b c"),
        ("a\x00\x1bb\x85", "ab"),
        ("Ａ１（全角）№", "Ａ１（全角）№"),
        ("全\u3000角", "全\u3000角"),
        ("a\ud800b", "a\ufffdb"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("张\u200d三👨\u200d", "张三👨"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert values.clean_text(text) == clean


def test_clean_text_keeps_lines_when_asked() -> None:
    assert values.clean_text(" 一\r\n二\t三\r四\x07 ", multiline=True) == "一\n二 三\n四"


@unhurried
@given(st.text())
def test_clean_text_is_idempotent(text: str) -> None:
    once = values.clean_text(text)
    assert values.clean_text(once) == once
    assert once == once.strip()


@unhurried
@given(st.lists(st.text(st.characters() | st.sampled_from(" ¦\n\u3000\u200b"), max_size=6)))
@example([" a", "b"])
@example(["a¦", "b "])
def test_clean_texts_is_clean_text_of_each(column: list[str]) -> None:
    assert values.clean_texts(column) == [values.clean_text(text) for text in column]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("上海 某某（科技）有限公司", "上海某某科技有限公司"),
        ("ＡＢＣ　Ｃｏ．，Ｌｔｄ", "abccoltd"),
        ("Straße & Söhne", "strassesöhne"),
        ("snake_case-1", "snakecase1"),
        ("①号店", "1号店"),
        ("。、", "。、"),
    ],
)
def test_name_key(text: str, key: str) -> None:
    assert values.name_key(text) == key


@unhurried
@given(st.text())
@example("\u1100-\u1161")
@example("\u0390")
def test_name_key_is_idempotent_and_only_letters_and_digits(text: str) -> None:
    key = values.name_key(text)
    assert values.name_key(key) == key
    assert key.isalnum() or key == text.strip()


@unhurried
@given(st.lists(st.text(st.characters() | st.sampled_from("\n\u0301\u1161Ａ㎏"), max_size=6)))
@example(["a", "\u0301b", "a\n\u0301"])
def test_name_keys_is_name_key_of_each(column: list[str]) -> None:
    assert values.name_keys(column) == [values.name_key(text) for text in column]


# --------------------------------------------------------------------------------------------- phone


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "+8613800138000"),
        ("+8613800138000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("86-13800138000", "+8613800138000"),
        ("（+86）138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("138—0013—8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("'13800138000", "+8613800138000"),
        ("013800138000", "+8613800138000"),
        ("138O0138ooo", "+8613800138000"),
        ("手机：13800138000", "+8613800138000"),
        ("13800138000（微信同号）", "+8613800138000"),
        ("13800138000/微信", "+8613800138000"),
        ("tel:13800138000", "+8613800138000"),
        ("010-65541234", "+861065541234"),
        ("(0760)7272806", "+867607272806"),
        ("+86 (0)10 6554 1234", "+861065541234"),
        ("0574 8005 0270", "+8657480050270"),
        ("+86-21-38377778", "+862138377778"),
        ("861065541234", "+861065541234"),
        ("010-65541234转802", "+861065541234 ext 802"),
        ("010-65541234 分机：802", "+861065541234 ext 802"),
        ("010-65541234-802", "+861065541234 ext 802"),
        ("(010)65541234-802", "+861065541234 ext 802"),
        ("+86-10-65541234-802", "+861065541234 ext 802"),
        ("0519-2565263-8", "+865192565263 ext 8"),
        ("+86 10-65541234", "+861065541234"),
        ("0755-67039805*437", "+8675567039805 ext 437"),
        ("0755-58654338 ext 2200", "+8675558654338 ext 2200"),
        ("+861065541234;ext=802", "+861065541234 ext 802"),
        ("400-820-1234", "+864008201234"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+1 415 555 2671 ext 9", "+14155552671 ext 9"),
        ("00852 2345 6789", "+85223456789"),
        ("+44 (0)20 7946 0958", "+442079460958"),
    ],
)
def test_parse_phone(text: str, phone: str) -> None:
    assert values.parse_phone(text) == phone
    assert values.parse_phone(phone) == phone


def test_parse_phone_of_another_region() -> None:
    assert values.parse_phone("(415) 555-2671", "US") == "+14155552671"
    assert values.parse_phone("2345 6789", "HK") == "+85223456789"
    assert values.parse_phone("+86 138 0013 8000", "US") == "+8613800138000"
    assert values.parse_phone("011 86 10 6554 1234", "US") == "+861065541234"
    assert values.parse_phone("010-65541234", "cn") == "+861065541234"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.38E+10", "phone-excel"),
        ("1.3800E10", "phone-excel"),
        ("1380013800", "phone-short"),
        ("138-0013-800", "phone-short"),
        ("8055896983", "phone-short"),
        ("65541234", "phone-no-area"),
        ("6554123", "phone-no-area"),
        ("138001380001", "phone-invalid"),
        ("12000000000", "phone-invalid"),
        ("11111111111", "phone-invalid"),
        ("010-655412", "phone-invalid"),
        ("不详", "phone-invalid"),
        ("N/A", "phone-invalid"),
        ("", "phone-invalid"),
        ("+", "phone-invalid"),
        ("张13800138000", "phone-invalid"),
        ("13800138000 13900139000", "phone-invalid"),
        ("+1 415", "phone-invalid"),
        ("+999 123456789", "phone-invalid"),
        ("1" * 5000, "phone-invalid"),
        ("٠١٠٦٥٥٤١٢٣٤", "phone-invalid"),
    ],
)
def test_parse_phone_refuses(text: str, code: str) -> None:
    assert code_of(values.parse_phone, text) == code


@unhurried
@given(st.from_regex(r"\+?(86)?[ -]?0?1[3-9][0-9]{9}|0[1-9][0-9]{1,2}-[0-9]{7,8}(-[0-9]{1,4})?", fullmatch=True))
def test_parse_phone_is_idempotent(text: str) -> None:
    try:
        once = values.parse_phone(text)
    except BadValue:
        return
    assert values.parse_phone(once) == once


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("13800138000/13900139000", ["13800138000", "13900139000"]),
        ("13800138000，010-65541234", ["13800138000", "010-65541234"]),
        ("13800138000 13900139000", ["13800138000", "13900139000"]),
        ("13800138000或13900139000", ["13800138000", "13900139000"]),
        ("138 0013 8000", ["138 0013 8000"]),
        ("13800138000/微信", ["13800138000/微信"]),
        ("", [""]),
    ],
)
def test_split_phones(text: str, parts: list[str]) -> None:
    assert values.split_phones(text) == parts


# -------------------------------------------------------------------------------- e-mail and tax id


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("li.lei@example.com", "li.lei@example.com"),
        (" Li.Lei@Example.COM ", "li.lei@example.com"),
        ("mailto:lilei@example.com?subject=x", "lilei@example.com"),
        ("邮箱：lilei@example.com", "lilei@example.com"),
        ("李雷 <lilei@example.com>", "lilei@example.com"),
        ('"Lei, Li" <lilei@example.com>;', "lilei@example.com"),
        ("ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "lilei@example.com"),
        ("lilei@example,cn", "lilei@example.cn"),
        ("a+b_c-d@mail.example.co.uk", "a+b_c-d@mail.example.co.uk"),
        ("o'neil@example.ie", "o'neil@example.ie"),
        ("testing@test.com", "testing@test.com"),
    ],
)
def test_parse_email(text: str, email: str) -> None:
    assert values.parse_email(text) == email
    assert values.parse_email(email) == email


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "暂无", "lilei", "lilei@", "@example.com", "lilei@@example.com", "lilei@qq", "lilei#qq.com",
        "lilei at qq.com", "lilei@qq.con", "lilei@163.cm", "a..b@example.com", ".a@example.com", "a@-b.com",
        "a@b.com,c@d.com", "test@test.com", "123@qq", "a b@example.com", "a" * 65 + "@b.com", "a@" * 3000,
    ],
)  # fmt: skip
def test_parse_email_refuses(text: str) -> None:
    assert code_of(values.parse_email, text) == "email-invalid"


@unhurried
@given(st.emails())
def test_parse_email_is_idempotent(text: str) -> None:
    try:
        once = values.parse_email(text)
    except BadValue:
        return
    assert values.parse_email(once) == once


@unhurried
@given(st.from_regex(r"[a-z0-9._+-]{1,8}@[a-z0-9-]{1,8}\.[a-z0-9-]{0,3}\.?(com|cn|io)", fullmatch=True))
def test_the_library_agrees_with_the_fast_path(text: str) -> None:
    assume(re.fullmatch(emails._EMAIL, text) is not None)
    from email_validator import validate_email

    assert values.parse_email(text) == text == validate_email(text, check_deliverability=False).normalized


def credit_code(first_17: str) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * 3**place % 31 for place, sign in enumerate(first_17))
    return first_17 + signs[-total % 31]


@unhurried
@given(st.from_regex(r"9[1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True), st.integers(0, 17))
def test_credit_codes_pass_and_any_one_wrong_sign_is_found(first_17: str, place: int) -> None:
    good = credit_code(first_17)
    assert values.parse_tax_id(f" {good[:6]} {good[6:].lower()}") == good
    wrong = good[:place] + ("2" if good[place] == "1" else "1") + good[place + 1 :]
    # One in many wrong codes is, by chance, the number of a person.
    if wrong != good and not re.fullmatch(r"[1-8]\d{16}[\dX]", wrong):
        assert code_of(values.parse_tax_id, wrong) == "tax-id-check"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("91110000600037341L", "91110000600037341L"),
        ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("9111 0000 6000 3734 1l", "91110000600037341L"),
        ("9111OOOO6OOO37341L", "91110000600037341L"),
        ("11010519491231002X", "11010519491231002X"),
        ("DE 136.695-976", "DE136695976"),
        ("110105194912310", "110105194912310"),
        ("123456789.0", "123456789"),
    ],
)
def test_parse_tax_id(text: str, number: str) -> None:
    assert values.parse_tax_id(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91110000600037341M", "tax-id-check"),
        ("110105194912310021", "tax-id-check"),
        ("9111000060003734L", "tax-id-invalid"),
        ("9111000060003734L12", "tax-id-invalid"),
        ("9.1111E+17", "tax-id-excel"),
        ("9E17", "tax-id-excel"),
        ("1234", "tax-id-invalid"),
        ("1" * 21, "tax-id-invalid"),
        ("无", "tax-id-invalid"),
        ("", "tax-id-invalid"),
    ],
)
def test_parse_tax_id_refuses(text: str, code: str) -> None:
    assert code_of(values.parse_tax_id, text) == code


# ------------------------------------------------------------------------------- money and numbers


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("1 234.50", 123450),
        ("￥1,234.50", 123450),
        ("¥ 1,234.50", 123450),
        ("$99", 9900),
        ("CNY26,200.06", 2620006),
        ("RMB 169,285.52", 16928552),
        ("人民币8,333.00", 833300),
        ("13,936.00元", 1393600),
        ("500元整", 50000),
        ("1234 CNY", 123400),
        ("12万", 12000000),
        ("0.1W", 100000),
        ("3.22万元", 3220000),
        ("1.23456万", 1234560),
        ("1.2亿", 12000000000),
        ("3百万", 300000000),
        ("5.3k", 530000),
        ("22.2千", 2220000),
        ("(500)", -50000),
        ("（13,648.00）", -1364800),
        ("-500", -50000),
        ("-0.05", -5),
        ("¥-98,948.98", -9894898),
        ("-¥500", -50000),
        ("−500", -50000),
        ("500-", -50000),
        ("+500", 50000),
        ("１２３４．５０", 123450),
        ("0", 0),
        ("-0", 0),
        (".5", 50),
        ("5.", 500),
        ("1234.5000", 123450),
        ("007", 700),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_parse_money(text: str, minor: int) -> None:
    assert values.parse_money(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "", "-", ".", "元", "万", "面议", "NaN", "Infinity", "-inf", "0x1F", "1e5", "1e999", "1.234,56",
        "1,23", "1,2345", "12..5", "1.2.3", "1,234,56", "12 34", "(-500)", "(500", "500)", "--5", "-5-",
        "+-5", "0.001", "1.234", "1.2345678万", "10000000000000", "99999999999999999999", "1亿亿", "#N/A",
        "1_000", "¥", "9" * 5000, " 9" * 400,
    ],
)  # fmt: skip
def test_parse_money_refuses(text: str) -> None:
    assert code_of(values.parse_money, text) == "money-invalid"


@unhurried
@given(st.integers(1 - values.LARGEST_MONEY, values.LARGEST_MONEY - 1))
def test_money_round_trip(minor: int) -> None:
    assert values.parse_money(values.format_money(minor)) == minor
    assert values.parse_money(f"￥{minor // 100:,}.{minor % 100:02d}" if minor >= 0 else "0") == max(minor, 0)


def test_format_money() -> None:
    assert [values.format_money(minor) for minor in (123450, 5, -5, 0, -123450)] == [
        "1234.50", "0.05", "-0.05", "0.00", "-1234.50",
    ]  # fmt: skip


def test_parse_number() -> None:
    assert [values.parse_number(text) for text in ("3", "3.0", "2.5", "1,200", "-4", "３")] == [
        3,
        3,
        2.5,
        1200,
        -4,
        3,
    ]
    assert isinstance(values.parse_number("3.0"), int)
    for text in ("", "x", "nan", "inf", "1e999", "0x10", "1,2", "9" * 30, "1.2.3"):
        assert code_of(values.parse_number, text) == "number-invalid"


def test_parse_rating() -> None:
    assert [values.parse_rating(text) for text in ("0", "5", "3.0", "４", "3星", "★★★", "★★☆☆☆", "4/5")] == [
        0, 5, 3, 4, 3, 3, 2, 4,
    ]  # fmt: skip
    for text in ("", "6", "-1", "4.5", "高", "★★★★★★", "33"):
        assert code_of(values.parse_rating, text) == "rating-invalid"


# --------------------------------------------------------------------------------------------- dates

DATE_FORMATS: list[Callable[[date], str]] = [
    date.isoformat,
    lambda d: f"{d.year}-{d.month}-{d.day}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%Y%m%d}.0",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f" {d.year} 年 {d.month} 月 {d.day} 号",
    lambda d: f"{d.isoformat()}T23:59:59.5+08:00",
    lambda d: f"{d.isoformat()} 08:42:00",
    lambda d: f"{d.year}/{d.month}/{d.day} 8:42 PM",
    lambda d: f"{d:%b} {d.day}, {d.year}",
    lambda d: f"{d.day}-{d:%b}-{d.year}",
    lambda d: f"{d:%B} {d.day} {d.year}",
    lambda d: d.isoformat().translate(str.maketrans("0123456789-", "０１２３４５６７８９－")),
]


@unhurried
@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_format_of_a_date_comes_back(day: date) -> None:
    assert [values.parse_date(written(day)) for written in DATE_FORMATS] == [day] * len(DATE_FORMATS)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("45356", date(2024, 3, 5)),
        ("45356.0", date(2024, 3, 5)),
        ("45356.75", date(2024, 3, 5)),
        ("20000", date(1954, 10, 3)),
        ("80000", date(2119, 1, 11)),
        ("25/03/2024", date(2024, 3, 25)),
        ("03/25/2024", date(2024, 3, 25)),
        ("03/03/2024", date(2024, 3, 3)),
        ("25.3.2024", date(2024, 3, 25)),
        ("22/10/4", date(2022, 10, 4)),
        ("'2024-03-05", date(2024, 3, 5)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_parse_date(text: str, day: date) -> None:
    assert values.parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("02/03/2024", "date-ambiguous"),
        ("2.3.2024", "date-ambiguous"),
        ("02/03/24", "date-ambiguous"),
        ("2023.2.29", "date-impossible"),
        ("2024-13-05", "date-impossible"),
        ("0000-00-00", "date-impossible"),
        ("20241305", "date-impossible"),
        ("31/31/2024", "date-impossible"),
        ("1899-12-31", "date-impossible"),
        ("2201-01-01", "date-impossible"),
        ("Feb 30, 2024", "date-impossible"),
        ("19999", "date-invalid"),
        ("80001", "date-invalid"),
        ("2024-03/05", "date-invalid"),
        ("2024-03", "date-invalid"),
        ("3月", "date-invalid"),
        ("去年", "date-invalid"),
        ("Foo 3, 2024", "date-invalid"),
        ("2024-W10-2", "date-invalid"),
        ("2024-03-05 oops", "date-invalid"),
        ("", "date-invalid"),
        ("2" * 5000, "date-invalid"),
    ],
)
def test_parse_date_refuses(text: str, code: str) -> None:
    assert code_of(values.parse_date, text) == code


# ----------------------------------------------------------------------------------------- birthdays


@pytest.mark.parametrize(
    ("text", "canonical", "key"),
    [
        ("1980-05-03", "1980-05-03", "05-03"),
        ("1980年5月3日", "1980-05-03", "05-03"),
        ("一九八〇年五月三日", "1980-05-03", "05-03"),
        ("19800503", "1980-05-03", "05-03"),
        ("1980/5/3 00:00:00", "1980-05-03", "05-03"),
        ("29344", "1980-05-03", "05-03"),
        ("公历1980-5-3", "1980-05-03", "05-03"),
        ("May 3, 1980", "1980-05-03", "05-03"),
        ("--05-03", "--05-03", "05-03"),
        ("05-03", "--05-03", "05-03"),
        ("5-3", "--05-03", "05-03"),
        ("5月3日", "--05-03", "05-03"),
        ("5月3", "--05-03", "05-03"),
        ("五月三日", "--05-03", "05-03"),
        ("5/23", "--05-23", "05-23"),
        ("23/5", "--05-23", "05-23"),
        ("02-29", "--02-29", "02-29"),
        ("lunar 08-15", "lunar 08-15", "L08-15"),
        ("lunar leap 04-15", "lunar leap 04-15", "LL04-15"),
        ("lunar 1980-08-15", "lunar 1980-08-15", "L08-15"),
        ("lunar leap 2020-04-15", "lunar leap 2020-04-15", "LL04-15"),
        ("农历八月十五", "lunar 08-15", "L08-15"),
        ("农历8月15", "lunar 08-15", "L08-15"),
        ("農曆8-15", "lunar 08-15", "L08-15"),
        ("8月15日（农历）", "lunar 08-15", "L08-15"),
        ("阴历闰四月十五", "lunar leap 04-15", "LL04-15"),
        ("闰四月十五", "lunar leap 04-15", "LL04-15"),
        ("腊月三十", "lunar 12-30", "L12-30"),
        ("正月初一", "lunar 01-01", "L01-01"),
        ("冬月廿一", "lunar 11-21", "L11-21"),
        ("十一月初十", "lunar 11-10", "L11-10"),
        ("农历1980年八月二十", "lunar 1980-08-20", "L08-20"),
        ("农历 5/3", "lunar 05-03", "L05-03"),
    ],
)
def test_parse_birthday(text: str, canonical: str, key: str) -> None:
    assert values.parse_birthday(text) == canonical
    assert values.parse_birthday(canonical) == canonical
    assert values.birthday_key(canonical) == key


@pytest.mark.parametrize(
    "text",
    [
        "", "5.3", "05-32", "--02-30", "1981-02-29", "八月十五", "5/3", "02/03/1980", "农历13月1日",
        "农历八月三十一", "农历", "公历正月初一", "生日", "农历去年", "十十月一日", "8月", "1" * 5000,
    ],
)  # fmt: skip
def test_parse_birthday_refuses(text: str) -> None:
    assert code_of(values.parse_birthday, text) == "birthday-invalid"


def test_small_number() -> None:
    words = ["3", "15", "十", "十五", "二十", "廿一", "卅", "两", "初八", "〇", "九十九"]
    assert [values.small_number(word) for word in words] == [3, 15, 10, 15, 20, 21, 30, 2, 8, 0, 99]
    assert [values.small_number(word) for word in ("", "百", "十十", "二二", "100", "一十二三", "²")] == [None] * 7


# ------------------------------------------------------------------------------------------- choices


def test_parse_yes_no() -> None:
    assert {values.parse_yes_no(text) for text in ("yes", "Y", "是", "TRUE", "1", "✓", " √ ", "ｙ")} == {"yes"}
    assert {values.parse_yes_no(text) for text in ("no", "N", "否", "False", "0", "×")} == {"no"}
    assert code_of(values.parse_yes_no, "maybe") == "yes-no-invalid"


def test_parse_choice() -> None:
    choices = {"企业": "company", "个人": "person", "Firm": "company"}
    words = ["企业", " 个人 ", "FIRM", "Company", "ｆｉｒｍ"]
    assert [values.parse_choice(word, choices) for word in words] == [
        "company", "person", "company", "company", "company",
    ]  # fmt: skip
    with pytest.raises(BadValue, match="company, person") as caught:
        values.parse_choice("政府", choices)
    assert caught.value.code == "choice-invalid"


PARSERS: list[tuple[Callable[[str], object], str]] = [
    (values.parse_phone, "phone-"),
    (values.parse_email, "email-"),
    (values.parse_tax_id, "tax-id-"),
    (values.parse_money, "money-"),
    (values.parse_number, "number-"),
    (values.parse_rating, "rating-"),
    (values.parse_date, "date-"),
    (values.parse_birthday, "birthday-"),
    (values.parse_yes_no, "yes-no-"),
]
CELL_PARTS = [
    "0",
    "13800138000",
    "1.5",
    "-",
    "+",
    "(",
    ")",
    " ",
    ",",
    ".",
    "/",
    "@",
    "年",
    "月",
    "日",
    "农历",
    "闰",
    "万",
]


@unhurried
@given(st.text(max_size=40) | st.lists(st.sampled_from(CELL_PARTS), max_size=12).map("".join))
def test_every_parser_understands_or_refuses_any_text(text: str) -> None:
    for parse, family in PARSERS:
        try:
            assert parse(text) is not None
        except BadValue as problem:
            assert problem.code.startswith(family)


# ------------------------------------------------------------------------------------------- display


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("张三", 4),
        ("Ａ", 2),
        ("e\u0301", 1),
        ("a\u200bb", 2),
        ("…", 1),
        ("ｱ", 1),
        ("😀", 2),
        ("", 0),
    ],
)
def test_display_width(text: str, cells: int) -> None:
    assert values.display_width(text) == cells


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三 [vip]", "张三 [vip]"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("一\n二", "一⏎二"),
        ("\x9b\u200b\ufeff", "\\x9b\\u200b\\ufeff"),
        ("a\u3000b", "a b"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert values.safe(text) == shown


@unhurried
@given(st.text())
def test_safe_text_is_printable_and_stays_as_it_is(text: str) -> None:
    shown = values.safe(text)
    assert shown.isprintable()
    assert values.safe(shown) == shown


def test_importing_the_module_imports_no_library() -> None:
    heavy = "{'phonenumbers', 'email_validator', 'borax', 'stdnum', 'dateutil', 'zoneinfo'}"
    script = f"import sys, crmcli.values, crmcli.calendars; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


_AMOUNTS = st.integers(0, 10**11).map(values.format_money)


@given(st.lists(st.one_of(_AMOUNTS, st.sampled_from(["", "1", "1,000.00", "1.00\n2.00", "１.00"]))))
def test_plain_moneys_are_what_parse_money_reads(texts: list[str]) -> None:
    for text, minor in zip(texts, values.plain_moneys(texts), strict=True):
        assert minor is None or minor == values.parse_money(text)
    assert values.plain_moneys(["1.00", "250.75", "0.00"]) == [100, 25075, 0]
