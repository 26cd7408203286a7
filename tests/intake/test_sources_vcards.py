"""vCards as rows, of every version and from every device; a damaged one costs only itself."""

from pathlib import Path

import pytest

from crmcli.errors import InvalidInput
from tests.intake.test_sources import lines, opened, rows

ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=91=A8;=E6=98=8E;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=91=A8=E6=98=8E
TEL;CELL;PREF:13800138000
TEL;WORK;FAX:021-55550000
TEL;WORK:021-65541234
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E4=BA=91=E6=B5=B7=E9=A3=9F=E5=93=81=E6=9C=89=
=E9=99=90=E5=85=AC=E5=8F=B8
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD
 2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRER

X-QQ:10001
END:VCARD
"""
APPLE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//A device//EN
N:Okafor;Ada;M;Dr.;
FN:Dr. Ada Okafor
NICKNAME:Addie
ORG:Harbour Lights Ltd;Purchasing
TITLE:Head of Purchasing
item1.EMAIL;type=INTERNET;type=pref:ada@harbour.example
item1.X-ABLabel:_$!<Work>!$_
EMAIL;type=INTERNET:ada@home.example
TEL;type=CELL;type=VOICE:+44 20 7946 0018
item2.ADR;type=WORK:;;1 Quay Road\\, Floor 2;Bristol;Avon;BS1 4QA;UK
ADR;type=HOME:;;5 Hill Lane;Bath;;BA1 2AB;UK
NOTE:First line\\nsecond\\; still second\\, with a very lo
 ng tail
URL:https://harbour.example
BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-03
CATEGORIES:Friends,VIP
END:VCARD
"""
MODERN = """BEGIN:VCARD
VERSION:4.0
FN:Lin Moreau
N:Moreau;Lin;;;
TEL;VALUE=uri;TYPE="work,voice":tel:+1-202-555-0143;ext=12
TEL;VALUE=uri;PREF=1;TYPE=cell:tel:+1-202-555-0199
EMAIL:lin@moreau.example
BDAY:--0503
END:VCARD
"""


def cards(tmp_path: Path, text: str | bytes) -> list[dict[str, str]]:
    found = rows(opened(tmp_path, text, "people.vcf"))
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def test_a_phone_of_2010_writes_quoted_printable(tmp_path: Path) -> None:
    (card,) = cards(tmp_path, ANDROID)
    assert card == {
        "name": "云海食品有限公司",
        "contact_name": "周明",
        "contact_phone": "13800138000 ; 021-65541234",
        "Fax": "021-55550000",
        "QQ": "10001",
    }


def test_what_no_field_takes_is_kept_under_its_name(tmp_path: Path) -> None:
    (card,) = cards(
        tmp_path,
        """BEGIN:VCARD
VERSION:4.0
FN:Lin Moreau
FN:L. Moreau
N:Moreau;Lin;;Dr.;
TEL;TYPE=pager:555-0100
TEL:555-0101
URL:https://a.example
URL:https://b.example
ORG:Quay Ltd;Sales
ORG:Pier Ltd;Board
TITLE:Buyer
TITLE:Chair
ROLE:Purchasing
NICKNAME:Lou
NICKNAME:Mo
IMPP;TYPE=home:xmpp:lin@chat.example
X-SOCIALPROFILE;TYPE=twitter:https://social.example/lin
ANNIVERSARY:20100501
GENDER:F
RELATED;TYPE=spouse:Noor
item1.X-ABDATE:2020-02-02
item1.X-ABLABEL:_$!<Member since>!$_
LANG:fr
UID:urn:uuid:1
X-WECHAT:lin1
X-WECHAT:lin2
END:VCARD
""",
    )
    assert card == {
        "name": "Quay Ltd",
        "contact_name": "Lin Moreau",
        "contact_title": "Buyer",
        "contact_phone": "555-0101",
        "contact_wechat": "lin1",
        "website": "https://a.example",
        "Department": "Sales",
        "Nickname": "Lou ; Mo",
        "Pager": "555-0100",
        "Honorifics": "Dr.",
        "Job role": "Purchasing",
        "Other URLs": "https://b.example",
        "Other organisations": "Pier Ltd Board",
        "Other titles": "Chair",
        "Other names": "L. Moreau",
        "Other WeChat": "lin2",
        "IM address": "xmpp:lin@chat.example (home)",
        "Social profile": "https://social.example/lin (twitter)",
        "Anniversary": "20100501",
        "Gender": "F",
        "Related": "Noor (spouse)",
        "vCard X-ABDATE": "2020-02-02 (Member since)",
        "vCard LANG": "fr",
    }


def test_a_name_that_its_parts_do_not_make_is_kept_beside_them(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nN:张;伟;;;\nFN:张总\nEND:VCARD\n"
    assert cards(tmp_path, text) == [{"contact_name": "张伟", "Other names": "张总"}]
    firm = "BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Quay Bristol\nORG:Quay Ltd\nEND:VCARD\n"
    assert cards(tmp_path, firm) == [{"name": "Quay Ltd", "Other names": "Quay Bristol"}]


def test_lines_outside_of_cards_and_pictures_are_not_lost_silently(tmp_path: Path) -> None:
    source = opened(tmp_path, ANDROID + "TEL:555-0100\n\n" + MODERN)
    assert [(problem.line, problem.value) for problem in source.problems] == [(15, "TEL:555-0100")]
    assert source.notes == ["list.csv: a picture or sound is left out"]


def test_a_damaged_card_is_handed_back_whole(tmp_path: Path) -> None:
    note = "NOTE:" + "x" * 500
    source = opened(tmp_path, f"{MODERN}BEGIN:VCARD\nVERSION:3.0\nno property\n{note}\nEND:VCARD\n")
    assert source.problems[0].value == f"BEGIN:VCARD\nVERSION:3.0\nno property\n{note}\nEND:VCARD"


def test_a_tablet_writes_groups_escapes_and_folded_lines(tmp_path: Path) -> None:
    (card,) = cards(tmp_path, APPLE.replace("\n", "\r\n"))
    assert card == {
        "name": "Harbour Lights Ltd",
        "contact_name": "Dr. Ada Okafor",
        "contact_title": "Head of Purchasing",
        "contact_phone": "+44 20 7946 0018",
        "contact_email": "ada@harbour.example ; ada@home.example",
        "contact_birthday": "--05-03",
        "address": "1 Quay Road, Floor 2",
        "city": "Bristol",
        "region": "Avon",
        "postcode": "BS1 4QA",
        "website": "https://harbour.example",
        "note": "First line\nsecond; still second, with a very long tail",
        "Department": "Purchasing",
        "Nickname": "Addie",
        "Categories": "Friends ; VIP",
        "Country": "UK",
        "Other addresses": "5 Hill Lane Bath BA1 2AB UK",
    }


def test_version_4_writes_uris(tmp_path: Path) -> None:
    (card,) = cards(tmp_path, MODERN)
    assert card == {
        "contact_name": "Lin Moreau",
        "contact_phone": "+1-202-555-0199 ; +1-202-555-0143 ext 12",
        "contact_email": "lin@moreau.example",
        "contact_birthday": "--05-03",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_cards_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nN:张;伟;;;\nFN:伟 张\nORG:云海食品有限公司\nEND:VCARD\n"
    (card,) = cards(tmp_path, text.encode(encoding))
    assert card == {"name": "云海食品有限公司", "contact_name": "张伟"}


def test_a_damaged_card_is_one_rejected_row(tmp_path: Path) -> None:
    damaged = "BEGIN:VCARD\nVERSION:3.0\nFN:Kim\nthis is no property\nEND:VCARD\n"
    endless = "BEGIN:VCARD\nVERSION:3.0\nFN:Noor\n"
    source = opened(tmp_path, MODERN + damaged + endless + APPLE)
    assert [row[1] for row in rows(source)[1:]] == ["Lin Moreau", "Dr. Ada Okafor"]
    assert [(problem.code, problem.line) for problem in source.problems] == [
        ("vcard-invalid", 10),
        ("vcard-invalid", 15),
    ]
    assert lines(source) == [0, 1, 18]


def test_a_company_s_own_card_is_a_company(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Harbour Lights Ltd\nTEL:+44 20 7946 0018\nEND:VCARD\n"
    assert cards(tmp_path, text) == [{"name": "Harbour Lights Ltd", "phone": "+44 20 7946 0018"}]


def test_a_file_without_a_readable_card_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no card"):
        opened(tmp_path, "BEGIN:VCARD\nFN\nEND:VCARD\n")
