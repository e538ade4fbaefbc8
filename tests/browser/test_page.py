"""The report in a real browser: silent, alone, whole at every width, and usable without a mouse.

Needs Chromium on the PATH (`make test-browser`; CI installs it), so `make test` leaves this folder out.
"""

from __future__ import annotations

import base64
import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import LARGE, SMALL, Opened
from PIL import Image
from playwright.sync_api import Page

OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


@pytest.mark.parametrize("n", [LARGE, SMALL])
def test_the_console_stays_silent_and_nothing_is_asked_of_the_network(opened: Opened, n: int) -> None:
    page = opened(n)
    page.evaluate(OPEN_ALL)
    page.fill("#words", "custody")
    page.click("thead .sort >> nth=0")
    assert page.said == []  # type: ignore[attr-defined]
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []  # type: ignore[attr-defined]
    assert page.locator("main table").count() > 20
    assert page.locator("main svg").count() > 5


@pytest.mark.parametrize("width", [360, 400, 768, 1280, 1920])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    page = opened(LARGE, width)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_is_whole_without_scripts(opened: Opened) -> None:
    page = opened(SMALL, 400, java_script_enabled=False)
    assert page.locator("#content section").count() > 15
    assert page.locator("form[role=search]").is_hidden()
    assert page.locator("details.contents").get_attribute("open") is not None


def test_every_link_within_the_page_has_its_target(opened: Opened) -> None:
    page = opened()
    lost = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.getAttribute('href').slice(1))"
        ".filter((id) => !document.getElementById(id))"
    )
    assert lost == []


def test_a_link_into_a_folded_part_opens_it(opened: Opened) -> None:
    page = opened()
    inner = page.locator("details.fold .table").first
    assert inner.is_hidden()
    page.evaluate("(id) => { location.hash = id; }", inner.get_attribute("id"))
    inner.wait_for(state="visible")


def test_every_download_is_what_it_says(opened: Opened, reports: dict[int, Path]) -> None:
    page = opened()
    links = page.evaluate("[...document.querySelectorAll('a[download]')].map((a) => [a.download, a.href])")
    names = [name for name, _ in links]
    assert len(names) == len(set(names)) > 60
    for name, href in links:
        head, _, content = href.partition(",")
        data = base64.b64decode(content)
        beside = next((path for path in (reports[LARGE]).glob(f"*/{name}")), None)
        if beside:
            assert beside.read_bytes() == data, name
        if name.endswith(".csv"):
            assert head == "data:text/csv;charset=utf-8;base64"
            rows = list(csv.reader(io.StringIO(data.decode())))
            assert len(rows) > 1
            assert len({len(row) for row in rows}) == 1, name
        elif name.endswith(".svg"):
            assert ElementTree.fromstring(data).tag.endswith("svg")  # noqa: S314 - the project's own file
        else:
            with Image.open(io.BytesIO(data)) as image:
                assert image.width > 600


@pytest.mark.parametrize("kind", ["csv", "svg", "png"])
def test_a_click_saves_the_file(opened: Opened, tmp_path: Path, kind: str) -> None:
    page = opened()
    link = page.locator(f"a[download$='.{kind}']").first
    with page.expect_download() as found:
        link.click()
    found.value.save_as(tmp_path / "saved")
    content = link.get_attribute("href").partition(",")[2]  # type: ignore[union-attr]
    assert (tmp_path / "saved").read_bytes() == base64.b64decode(content)
    assert found.value.suggested_filename == link.get_attribute("download")


def _column(page: Page, place: int) -> list[str]:
    return page.evaluate(
        "([place]) => [...document.querySelectorAll('#table-02 tbody tr')].map((row) => row.cells[place].innerText)",
        [place],
    )


def test_a_table_is_sorted_by_its_head_with_what_is_hidden_last(opened: Opened) -> None:
    page = opened(SMALL)
    heads = page.locator("#table-02 thead th")
    before = _column(page, 1)
    heads.nth(1).locator("button").click()
    assert heads.nth(1).get_attribute("aria-sort") == "ascending"
    shown = [float(text.split(" ")[0]) for text in _column(page, 1) if text[0].isdigit()]
    assert shown == sorted(shown)
    assert len(shown) > 1
    is_shown = [text[0].isdigit() for text in _column(page, 1)]
    assert is_shown == sorted(is_shown, reverse=True)
    assert sorted(_column(page, 1)) == sorted(before)
    heads.nth(1).locator("button").press("Enter")
    assert heads.nth(1).get_attribute("aria-sort") == "descending"
    down = [float(text.split(" ")[0]) for text in _column(page, 1) if text[0].isdigit()]
    assert down == sorted(shown, reverse=True)
    assert "descending" in page.locator("#sorted").inner_text()


def test_rows_stay_below_their_heading_when_sorted(opened: Opened) -> None:
    page = opened()
    page.evaluate(OPEN_ALL)
    table = page.locator("table:has(tr.heading)").first
    groups = "(t) => [...t.tBodies].map((b) => [...b.rows].map((r) => r.cells[0].innerText))"
    before = table.evaluate(groups)
    table.locator("thead .sort").nth(1).click()
    after = table.evaluate(groups)
    assert [sorted(group) for group in after] == [sorted(group) for group in before]
    assert [group[0] for group in after[1:]] == [group[0] for group in before[1:]]


def test_search_finds_opens_and_goes_there(opened: Opened) -> None:
    page = opened()
    page.fill("#words", "grambsch all terms")
    assert page.locator("#found").inner_text() != "Nothing found"
    page.press("#words", "Enter")
    focused = page.locator(":focus")
    assert focused.is_visible()
    assert "grambsch" in focused.inner_text().lower()
    page.fill("#words", "zebra")
    assert page.locator("#found").inner_text() == "Nothing found"
    assert page.locator("#places li").count() == 0


def test_one_button_opens_and_closes_every_part(opened: Opened) -> None:
    page = opened()
    button = page.locator("#fold-all")
    button.click()
    assert page.locator("details.fold:not([open])").count() == 0
    button.click()
    assert page.locator("details.fold[open]").count() == 0
    assert button.inner_text() == "Open all parts"


def test_the_keyboard_reaches_everything_in_order_and_is_seen(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.evaluate("document.querySelector('.skip').focus()")
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)]; })()"
        )
        assert told[1] != "none"
        assert told[2] >= 2
        seen.append(told[0])
    assert seen[0] == "INPUT"
    assert {"A", "SUMMARY", "BUTTON"} <= set(seen)


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "light"), (1280, "dark")])
def test_axe_finds_nothing(opened: Opened, width: int, scheme: str) -> None:
    page = opened(SMALL, width, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    found = Axe().run(page).response["violations"]
    told = [(each["id"], each["help"], len(each["nodes"]), each["nodes"][0]["target"]) for each in found]
    assert told == []


def test_paper_has_all_that_is_folded_and_no_buttons(opened: Opened) -> None:
    page = opened()
    page.emulate_media(media="print")
    folded = page.locator("details.fold:not(.long) .table table").first
    assert folded.bounding_box()["height"] > 20  # type: ignore[index]
    assert page.locator("nav").is_hidden()
    assert page.locator(".downloads").first.is_hidden()
    assert page.locator("thead").first.evaluate("(e) => getComputedStyle(e).display") == "table-header-group"


def test_nothing_is_cut_on_paper(opened: Opened) -> None:
    page = opened(LARGE, 680)
    page.emulate_media(media="print")
    # An upright page's text is 180 mm wide, that of a turned one 267 mm; at 96 dots an inch.
    widths = page.evaluate(
        "[...document.querySelectorAll('.table')].map((e) => [e.id, e.classList.contains('wide'),"
        " e.querySelector('table').getBoundingClientRect().width])"
    )
    assert [name for name, is_wide, width in widths if width > (1009 if is_wide else 681)] == []


def test_a_table_over_several_sheets_repeats_its_heads(opened: Opened) -> None:
    page = opened()
    name = page.locator(".table:not(.wide)").evaluate_all(
        "(all) => all.sort((a, b) => b.querySelectorAll('tr').length - a.querySelectorAll('tr').length)[0].id"
    )
    page.evaluate("(id) => { const t = document.getElementById(id); document.body.replaceChildren(t); }", name)
    heads = page.locator("thead th").all_inner_texts()
    sheets = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    assert len(sheets) > 1
    for sheet in sheets:
        words = sheet.get_textpage().get_text_range().replace("\r\n", " ")
        assert all(head in words for head in heads)
