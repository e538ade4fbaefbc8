"""The page: self-contained, the same each time, silent on what is hidden, and readable without a mouse or eyes."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from dyadlink.disclosure import write_release
from dyadlink.errors import DyadlinkError
from dyadlink.report.build import build_report, render
from dyadlink.report.reading import Release, read_release

CONTEXT = {"title": "A study", "is_synthetic": False, "profile": "strict"}
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """What the tests ask of a page: its elements with their attributes, and that each one is closed."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element, and wait for its end."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element that is its own end."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that the element opened last is the one that ends."""
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="session")
def pages(large_folder: Path, small_folder: Path) -> dict[str, str]:
    return {str(folder): render(read_release(folder)) for folder in (large_folder, small_folder)}


def test_the_page_calls_nothing_from_elsewhere(pages: dict[str, str]) -> None:
    for html in pages.values():
        bare = re.sub(r'href="data:(text/csv|image/png|image/svg\+xml);[^"]*"', "", html)
        markup, _, script = bare.partition("<script>")
        assert not re.search(r"https?:|//|@import|<script|<link|<img|<iframe|url\((?!#)", markup)
        assert not re.search(r"fetch|XMLHttp|import\b|https?:|WebSocket|sendBeacon|eval|innerHTML", script)
        links = [a["href"] for a in Page(bare).all("a") if "href" in a]
        assert all(link is not None and link.startswith("#") for link in links)


def test_every_element_is_closed_and_every_id_is_one_element(pages: dict[str, str]) -> None:
    for html in pages.values():
        page = Page(html)
        assert page.open == []
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        targets = {a["href"][1:] for a in page.all("a") if (a.get("href") or "").startswith("#")}  # type: ignore[index]
        assert targets <= set(ids)


def test_tables_and_figures_say_what_they_are(pages: dict[str, str]) -> None:
    for html in pages.values():
        page = Page(html)
        n_tables = len(page.all("table"))
        assert n_tables == len(page.all("caption")) > 10
        assert all(th.get("scope") in {"col", "row", "rowgroup"} for th in page.all("th"))
        drawings = [attributes for _, attributes in page.elements if attributes.get("role") == "img"]
        assert len(drawings) == len(page.all("svg")) > 5
        assert all(len(drawing["aria-label"] or "") > 20 for drawing in drawings)


def test_downloads_are_the_released_bytes(small_folder: Path, pages: dict[str, str]) -> None:
    links = re.findall(
        r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download="([^"]+)"', pages[str(small_folder)]
    )
    found = {name: content for content, name in links}
    assert len(found) == len(links)
    released = {name for name in found if (small_folder / "tables" / name).is_file()}
    assert len(released) > 20
    for name in released:
        assert base64.b64decode(found[name]) == (small_folder / "tables" / name).read_bytes()


def row_cells(html: str, caption: str, header: str) -> list[str]:
    """The cells' HTML in the first row of that header under that caption."""
    table = html[re.search(rf"<caption><span><b>Table \d+\.</b> {re.escape(caption)}", html).start() :]  # type: ignore[union-attr]
    row = re.search(rf'<th scope="row"[^>]*>{re.escape(header)}</th>(.*?)</tr>', table, flags=re.DOTALL)
    assert row
    return re.findall(r"<td[^>]*>.*?</td>", row[1], flags=re.DOTALL)


def test_a_hidden_count_is_a_mark_with_words_and_never_a_number(
    small_folder: Path, small_release: Release, pages: dict[str, str]
) -> None:
    frame = small_release.find("characteristics_by_o1").filter(pl.col("variable") == "diagnosis_group")
    assert small_release.differences("characteristics_by_o1")["standardised_difference"].count() == 0
    names = {"depression": "Depression", "substance": "Substance use"}
    html = pages[str(small_folder)]
    seen = set()
    for level, name in names.items():
        cells = row_cells(html, "Characteristics by involvement during the acute episode", name)
        counts = frame.filter(pl.col("level") == level).get_column("n")
        # Without a standardised difference that can be shown there is no column of them.
        assert len(cells) == len(counts)
        for cell, n in zip(cells, counts, strict=True):
            seen.add(n is None)
            # A count stands without a percentage where the total is hidden.
            assert ("\u2013" in cell) if n is None else re.search(rf"<td>{n:,}( \(|</td>)", cell)
    assert seen == {True, False}
    for cell in re.findall(r'<td class="hidden">.*?</td>', html, flags=re.DOTALL):
        assert "\u2013" in cell
        assert not re.search(r"\d", re.sub(r"fewer than \d+", "", cell))


def test_every_hidden_row_of_the_release_is_hidden_on_the_page(small_release: Release, small_folder: Path,
    pages: dict[str, str]) -> None:  # fmt: skip
    names = [n for n in small_release.tables if n.startswith("characteristics") or n in {"linkage", "outcomes"}]
    n_hidden = sum(small_release.find(name).get_column("n").null_count() for name in names)
    assert n_hidden > 50
    assert pages[str(small_folder)].count('<td class="hidden">') >= n_hidden


def test_hidden_numbers_stay_out_of_the_flow_drawing(small_release: Release, pages: dict[str, str],
    small_folder: Path) -> None:  # fmt: skip
    flow = small_release.find("cohort_flow")
    drawing = re.search(r'role="img" aria-label="Flow diagram.*?</svg>', pages[str(small_folder)], flags=re.DOTALL)
    assert drawing
    shown = [f"n = {n:,}" for n in flow.get_column("n").drop_nulls()]
    assert re.findall(r"n = [\d,]+", drawing[0]) == shown
    assert len(shown) < flow.height


def test_synthetic_data_carries_a_banner_and_real_data_does_not(tmp_path: Path, pages: dict[str, str]) -> None:
    assert all("The people in this report do not exist" in html for html in pages.values())
    write_release({}, CONTEXT, tmp_path / "r")
    html = render(read_release(tmp_path / "r"))
    assert "do not exist" not in html
    assert 'id="planted"' not in html


def test_data_quality_lists_what_is_shown_and_counts_what_is_not(small_folder: Path) -> None:
    release = read_release(small_folder)
    quality = release.find("data_quality").filter(pl.col("return_year") == "all")
    hidden = quality.get_column("n").null_count()
    section = render(release).split('<section id="quality"')[1].split("</section>")[0]
    assert 0 < hidden < quality.height
    assert f"{hidden} of the {quality.height} counts are not listed: each is fewer than 10" in section
    for title, n in quality.select("title", "n").iter_rows():
        assert (title in section) == (n is not None)
    assert "Kept as it is" in section
    assert "Child protection plans (CIN census)" in section
    assert "dfe_8935" not in section


def test_an_empty_release_says_what_it_lacks(tmp_path: Path) -> None:
    write_release({}, CONTEXT, tmp_path / "r")
    html = render(read_release(tmp_path / "r"))
    for words in ("no cohort flow", "no table of links", "no table of outcomes", "no cumulative incidence",
                  "no model estimates", "no table of data quality", "gives no definitions"):  # fmt: skip
        assert f"{words}" in html


def test_tables_that_are_wholly_hidden_do_not_break_the_page(tmp_path: Path, small_folder: Path) -> None:
    release = read_release(small_folder)
    hidden = {}
    for name, frame in release.tables.items():
        keys = [c for c, kind in frame.schema.items() if kind == pl.String and c != "status"]
        gone = [c for c in frame.columns if c not in {*keys, "status", "order"}]
        hidden[name] = frame.with_columns(
            pl.lit("suppressed_primary").alias("status"),
            *(pl.lit(None, frame.schema[c]).alias(c) for c in gone),
        )
    write_release(hidden, CONTEXT | {"is_synthetic": True}, tmp_path / "r")
    html = render(read_release(tmp_path / "r"))
    assert "is not shown: fewer than 10, or hidden to protect another count" in html
    assert "gives no estimate that can be shown" in html


def test_a_folder_without_manifest_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DyadlinkError, match="no manifest") as error:
        build_report(tmp_path, tmp_path / "index.html")
    assert "\n" not in str(error.value)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(DyadlinkError, match="not the manifest"):
        build_report(tmp_path, tmp_path / "index.html")


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    table = pl.DataFrame({"level": ["a"], "status": ["rounded"], "n": [20]})
    write_release({"t": table}, CONTEXT, tmp_path / "r")
    (tmp_path / "r" / "tables" / "t.csv").write_text("level,status,n\na,rounded,7\n")
    with pytest.raises(DyadlinkError, match="not the file that was released"):
        read_release(tmp_path / "r")


def test_text_of_the_release_cannot_become_markup(tmp_path: Path) -> None:
    frame = pl.DataFrame({"order": [1], "unit": ["x"], "step": ["<script>alert()</script>"], "kind": ["box"],
                          "status": ["rounded"], "n": [20]})  # fmt: skip
    write_release({"cohort_flow": frame}, CONTEXT | {"title": "<b>bold</b>"}, tmp_path / "r")
    html = render(read_release(tmp_path / "r"))
    assert html.count("<script") == 1
    assert "&lt;script&gt;alert()&lt;/script&gt;" in html
    assert "<b>bold" not in html


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, by WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_have_enough_contrast() -> None:
    css = (Path(build_report.__code__.co_filename).parent / "report.css").read_text()
    for block in re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)[:2]:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for paper in ("paper", "shade"):
            assert all(contrast(colours[ink], colours[paper]) >= 4.5 for ink in ("ink", "muted", "link"))
        assert contrast(colours["warn-ink"], colours["warn-paper"]) >= 4.5
        # Lines and marks of figures: 3 to 1. The palette's fourth colour is for a fourth curve only.
        assert all(contrast(colours[f"series-{i}"], colours["paper"]) >= 3 for i in (1, 2, 3))
