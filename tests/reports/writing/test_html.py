"""The page: what is in it as markup, and what a real browser makes of it where one is installed."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crmcli import i18n
from crmcli.reports.documents import Document, Series
from crmcli.reports.writing.html import html
from crmcli.tables import Column, Table
from tests.reports.writing import chromium, samples

VOID = {"meta"}
needs_browser = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")


class Reader(HTMLParser):
    """The elements with their attributes, the texts by element, and whether everything closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def test_hostile_text_is_text() -> None:
    page = Reader(html(samples.only(samples.hostile())))
    assert set(samples.HOSTILE[:3]) <= set(page.said("td"))
    assert set(samples.HOSTILE[4:8]) <= set(page.said("td"))
    assert r"\x1b[31mred\x00 \u202e" in page.said("td")
    assert not page.named("img")
    assert len(page.named("script")) == 1
    assert not [name for _tag, attributes in page.elements for name in attributes if name.startswith("on")]
    evil = '"><script>alert(1)</script>'
    everywhere = replace(
        samples.document(),
        title=evil,
        scope=evil,
        policy=(evil, 1),
        definitions=[(evil, evil)],
        notes=[evil],
        sections=[replace(samples.months(), title=evil, unit=evil, over=evil, labels=[evil] * 12, notes=[evil])],
    )
    page = Reader(html(replace(everywhere, sections=[*everywhere.sections, replace(samples.grid(), title=evil)])))
    assert len(page.named("script")) == 1
    assert page.said("title").count(evil) == 1
    assert page.said("h1") == [evil]


def test_the_policy_lets_in_the_page_own_style_and_script_and_nothing_else() -> None:
    text = html(samples.document())
    page = Reader(text)
    (policy,) = [m["content"] for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in (policy or "").split(";"))
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)

    def hashed(content: str) -> str:
        return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "style-src": hashed(style),
        "script-src": hashed(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    # It stands before anything that it is to hold for, and nothing needs more.
    assert text.index("Content-Security-Policy") < text.index("<title>") < text.index("<style>")
    assert not [1 for _tag, attributes in page.elements if "style" in attributes]
    assert not [1 for _tag, attributes in page.elements if {"src", "srcset", "data", "action"} & attributes.keys()]
    assert all((a["href"] or "").startswith("#") for a in page.named("a"))
    assert not re.search(r"url\(|@import|https?:", style + script)


def test_it_can_be_read_without_seeing_it() -> None:
    page = Reader(html(samples.document()))
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.said("h1")) == 1
    assert page.said("h2")[:3] == ["概要", "要点", "采购趋势"]
    scopes = [attributes.get("scope") for attributes in page.named("th")]
    assert set(scopes) == {"col", "row"}
    assert "24 rows" in page.said("caption")
    names = [attributes.get("aria-label") for attributes in page.named("svg")]
    assert names == ["采购趋势", "采购趋势", "采购趋势", "各类客户的数量"]
    assert "2026-01, 本年: ¥120,000.00" in page.said("title")
    boxes = [attributes for attributes in page.named("div") if "box" in (attributes.get("class") or "")]
    assert all(box["role"] == "region" and box["tabindex"] == "0" and box["aria-label"] for box in boxes)
    ids = [attributes["id"] for _tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    i18n.choose("zh")
    assert Reader(html(samples.document())).named("html")[0]["lang"] == "zh-CN"


def test_values_are_shown_as_people_write_them() -> None:
    page = Reader(html(samples.document()))
    cells = page.said("td")
    assert {"¥12,344.67", "0.1%", "0.25", "138 0013 8000", "2026-02-15", "2026-11-20 09:30"} <= set(cells)
    assert "1.00" in cells  # of a column with decimals
    assert "行业:机械; 来源:展会" in cells
    assert "¥529,000" in cells  # of the heat map
    shades = {a["class"] for a in page.named("td") if re.search(r"\bh\d", a.get("class") or "")}
    assert shades == {f"n h{level}" for level in range(6)}


def test_charts_cope_with_what_figures_can_be() -> None:
    shapes = ("bars", "lines", "stacked")
    cases = [
        [Series("s", [None])],
        [Series("s", [0])],
        [Series("s", [-5, None, 3])],
        [Series("a", [-1e12, 2]), Series("b", [3e11, -7])],
        [Series(str(n), [n, n]) for n in range(9)],
        [Series("s", [0.0001, 0.0002])],
        [],
    ]
    for shape in shapes:
        for series in cases:
            labels = ["长" * (40 if at else 1) for at in range(len(series[0].values) if series else 0)]
            for kind in ("number", "money", "share"):
                chart = replace(samples.months(shape), labels=labels, series=series, kind=kind)
                text = html(Document("T", [chart], samples.AS_OF))
                Reader(text)
                assert "nan" not in text.split("<main>")[1]
                assert "<script>" in text


def test_empty_documents_say_so() -> None:
    page = Reader(html(samples.only(Table([Column("a")], [], "T"))))
    assert "nothing to show" in page.said("p")
    Reader(html(Document("T", [], samples.AS_OF)))


def test_the_same_document_is_the_same_text() -> None:
    assert html(samples.document()) == html(samples.document())


# --------------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Page]:
    if chromium.PROGRAM is None:
        pytest.skip("Chromium is not installed")
    with chromium.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def load(page: chromium.Page, folder: Path, document: Document) -> Path:
    file = folder / "page.html"
    file.write_text(html(document), "utf-8")
    page.open(file)
    return file


@needs_browser
def test_a_browser_has_nothing_to_complain_about_and_asks_for_nothing(page: chromium.Page, tmp_path: Path) -> None:
    page.size(chromium.DESKTOP)
    for document in (samples.document(), samples.only(samples.hostile())):
        file = load(page, tmp_path, document)
        page.tell("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.complaints == []
        assert page.requests == [file.as_uri()]


@needs_browser
def test_the_policy_holds_against_markup_that_got_in(page: chromium.Page, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    evil = "<script>document.title='run'</script><img src='http://127.0.0.1:9/x' onerror=\"document.title='run'\">"
    evil += "<p style='color:red'>x</p><link rel=stylesheet href='http://127.0.0.1:9/y'>"
    file.write_text(html(samples.document()).replace("</header>", f"{evil}</header>"), "utf-8")
    page.open(file)
    assert page.tell("document.title") == "客户价值分析报告"
    # What the policy stops is announced and then refused: nothing was answered or sent.
    assert len([said for said in page.complaints if "Content Security Policy" in said]) >= 4
    assert page.tell("getComputedStyle(document.querySelector('header p')).color") != "rgb(255, 0, 0)"


@needs_browser
def test_tables_are_sorted_by_their_headings(page: chromium.Page, tmp_path: Path) -> None:
    load(page, tmp_path, samples.document())

    def column(at: int) -> list[str]:
        cells = f"table.sortable tbody tr > :nth-child({at + 1})"
        found: list[str] = page.tell(f"Array.from(document.querySelectorAll('{cells}'), c => c.textContent)")
        return found

    def press(at: int) -> str:
        page.tell(f"document.querySelectorAll('table.sortable thead button')[{at}].click()")
        found: str = page.tell(f"document.querySelectorAll('table.sortable thead th')[{at}].getAttribute('aria-sort')")
        return found

    amounts = column(5)
    assert press(5) == "ascending"
    assert column(5) == sorted(amounts, key=lambda text: float(text.strip("¥").replace(",", "")))
    assert press(5) == "descending"
    assert column(5) == sorted(amounts, key=lambda text: -float(text.strip("¥").replace(",", "")))
    assert press(9) == "ascending"
    assert column(9) == sorted(column(9))
    assert press(12) == "ascending"
    notes = column(12)
    assert notes[:6] != [""] * 6 and notes[-1] == ""
    assert press(12) == "descending"
    assert column(12)[-1] == ""  # what is empty stays last
    assert page.complaints == []


@needs_browser
@pytest.mark.parametrize("size", [chromium.DESKTOP, chromium.PHONE], ids=["desktop", "phone"])
def test_the_page_never_scrolls_sideways(page: chromium.Page, tmp_path: Path, size: tuple[int, int]) -> None:
    page.size(size)
    many = [replace(column, key=f"{column.key}{n}") for n in range(3) for column in samples.COLUMNS]
    rows = [{f"{key}{n}": value for n in range(3) for key, value in samples.row(at).items()} for at in range(40)]
    unbroken = replace(samples.document(), title="W" * 300, notes=["https" * 100])
    for document in (samples.document(), samples.only(samples.hostile()), samples.only(Table(many, rows)), unbroken):
        load(page, tmp_path, document)
        page.tell("document.querySelectorAll('details').forEach(one => one.open = true)")
        width, seen = page.tell("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width == seen <= size[0]


@needs_browser
def test_it_is_dark_where_the_reader_wants_it_dark_and_never_on_paper(page: chromium.Page, tmp_path: Path) -> None:
    def shade() -> int:
        colour = page.tell("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    page.size(chromium.DESKTOP)
    load(page, tmp_path, samples.document())
    assert shade() == 3 * 255
    page.size(chromium.DESKTOP, dark=True)
    assert shade() < 150
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.call("Emulation.setEmulatedMedia", media="print", features=dark)
    assert shade() == 3 * 255
    page.call("Emulation.setEmulatedMedia", media="", features=[])


@needs_browser
def test_paper_is_a4_and_has_every_value(page: chromium.Page, tmp_path: Path) -> None:
    page.size(chromium.DESKTOP)
    many = [replace(column, key=f"{column.key}{n}", title="") for n in range(3) for column in samples.COLUMNS]
    rows = [{f"{key}{n}": value for n in range(3) for key, value in samples.row(at).items()} for at in range(40)]
    load(page, tmp_path, samples.only(Table(many, rows)))
    page.paper(tmp_path / "page.pdf")
    sizes = re.findall(rb"/MediaBox \[([^\]]*)\]", (tmp_path / "page.pdf").read_bytes())
    assert {tuple(round(float(side)) for side in box.split()) for box in sizes} == {(0, 0, 842, 595)}
    # More columns than a page holds: every row becomes a card whose values have their headings.
    assert page.tell("document.querySelector('table.broad tbody tr').lastElementChild.dataset.label") == "note2"
    load(page, tmp_path, samples.only(samples.table()))
    assert page.tell("document.querySelectorAll('table.broad').length") == 0
    page.call("Emulation.setEmulatedMedia", media="print")
    page.size((1032, 900))  # A4 across within its margins
    assert page.tell("document.documentElement.scrollWidth") <= 1032
    page.call("Emulation.setEmulatedMedia", media="")
