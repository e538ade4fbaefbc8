"""The files beside the page: Word, LaTeX, CSV, PDF and figures, the same bytes each time."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import docx
import pytest
from docx.text.paragraph import Paragraph
from lxml import etree
from PIL import Image

from dyadlink.report import files as report_files
from dyadlink.report.build import build_report, document_of
from dyadlink.report.document import Document
from dyadlink.report.latex import escape, table_latex
from dyadlink.report.pdf import quoted
from dyadlink.report.reading import read_release
from dyadlink.report.table_files import table_csv
from dyadlink.report.tables import Cell, Row, Table
from dyadlink.report.word import build_word

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TABLE = Table(
    "t", "A & B_c", ("", "n (50%)", "Ratio"),
    (Row("First", is_heading=True), Row("x < y", (Cell("1,230 (6.3%)"), Cell("1.20 (1.00 to 1.50)")), is_indented=True),
     Row("z", (Cell(is_hidden=True), Cell("\u22120.1")), is_indented=True)),
    hidden="Not shown: fewer than 10", number=3, terms=("O1",),
)  # fmt: skip


@pytest.fixture(scope="module")
def document(small_folder: Path) -> Document:
    return document_of(read_release(small_folder))


@pytest.fixture(scope="module")
def folder(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    build_report(small_folder, folder / "index.html")
    return folder


def test_every_table_and_figure_is_a_file(document: Document, folder: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    tables = {f"tables/{t.key}.{kind}" for t in document.tables() for kind in ("csv", "tex")}
    figures = {f"figures/{f.key}.{kind}" for f in document.figures() for kind in ("svg", "png", "csv")}
    assert names == {"index.html", "tables.docx", "report.pdf", "tables/all-tables.tex", *tables, *figures}


def test_all_is_the_same_when_made_again_and_nothing_old_stays(
    small_folder: Path, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "table-99.csv").write_text("old")
    build_report(small_folder, tmp_path / "index.html")
    first, second = (
        {path.relative_to(at).as_posix(): path.read_bytes() for path in at.rglob("*") if path.is_file()}
        for at in (folder, tmp_path)
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_without_typst_there_is_no_pdf_and_an_old_one_goes(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.pdf").write_bytes(b"old")
    monkeypatch.setattr(report_files, "has_typst", lambda: False)
    report_files.write_files(document, "<p>page</p>", tmp_path / "index.html")
    assert not (tmp_path / "report.pdf").exists()
    assert (tmp_path / "index.html").read_text() == "<p>page</p>"


def test_a_csv_says_what_the_table_shows() -> None:
    rows = list(csv.reader(io.StringIO(table_csv(TABLE))))
    assert rows == [
        ["Group", "Characteristic", "n (50%)", "Ratio"],
        ["First", "x < y", "1,230 (6.3%)", "1.20 (1.00 to 1.50)"],
        ["First", "z", "not shown", "\u22120.1"],
    ]


def test_every_csv_has_rows_of_one_length(document: Document) -> None:
    for table in document.tables():
        assert len({len(row) for row in csv.reader(io.StringIO(table_csv(table)))}) == 1


def test_latex_escapes_breaks_over_pages_and_repeats_its_heads() -> None:
    text = table_latex(TABLE, "hidden", {"O1": "100% of {x}."})
    assert r"\caption{A \& B\_c}\label{tab:3}" in text
    assert text.count(r"Characteristic & n (50\%) & Ratio") == len(["endfirsthead", "endhead"])
    assert r"\multicolumn{3}{l}{\textbf{First}} \\*" in text
    assert r"\leftskip1em \hangindent1em x \textless{} y & 1,230 (6.3\%) & 1.20 (1.00~to~1.50) \\" in text
    assert r"\leftskip1em \hangindent1em z & -- & $-$0.1 \\" in text
    assert r"-- Not shown: fewer than 10. O1: 100\% of \{x\}." in text


def test_every_latex_table_is_balanced(document: Document) -> None:
    for table in document.tables():
        text = table_latex(table, document.hidden, dict(document.definitions))
        bare = re.sub(r"\\[\\&%$#_{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert text.count(r"\begin{") == text.count(r"\end{")
        lines = [line for line in text.splitlines() if line.endswith(r" \\") and "&" in line]
        assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(table.columns) - 1}
        assert text.isascii() or not set(text) - set(map(chr, range(0x250)))
    assert escape("\\") == r"\textbackslash{}"


def test_word_has_real_tables_with_heads_that_repeat_and_captions(document: Document) -> None:
    word = docx.Document(io.BytesIO(build_word(document)))
    assert len(word.tables) == len(document.tables())
    for table, made in zip(document.tables(), word.tables, strict=True):
        rows = made._tbl.findall(f"{W}tr")
        assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True] + [False] * (len(rows) - 1)
        assert len(rows) == len(table.rows) + 1
        assert made.rows[0].cells[-1].text == table.columns[-1]
    captions = [p.text for p in word.paragraphs if p.style and p.style.name == "Caption"]
    assert [text for text in captions if text.startswith("Table")] == [
        f"Table {table.number}. {table.caption}" for table in document.tables()
    ]
    told = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    assert told == [figure.label for figure in document.figures()]


def test_tables_too_wide_for_an_upright_page_stand_on_turned_ones(document: Document) -> None:
    word = docx.Document(io.BytesIO(build_word(document)))
    widths = {section.page_width > section.page_height for section in word.sections}  # type: ignore[operator]
    assert widths == {any(table.is_turned for table in document.tables()), False}
    body = word.element.body
    is_turned = {table.caption: table.is_turned for table in document.tables()}
    turned: list[str] = []
    waiting: list[str] = []
    for element in body:
        words = Paragraph(element, word).text if element.tag == f"{W}p" else ""
        if words.startswith("Table "):
            waiting.append(words.partition(". ")[2])
        size = element.find(f".//{W}sectPr/{W}pgSz") if element.tag == f"{W}p" else element.find(f"{W}pgSz")
        if size is not None:
            if int(size.get(f"{W}w")) > int(size.get(f"{W}h")):
                turned += waiting
            waiting = []
    assert turned == [caption for caption, is_across in is_turned.items() if is_across]


def test_a_hidden_cell_is_a_dash_in_word(document: Document) -> None:
    word = docx.Document(io.BytesIO(build_word(document)))
    texts = [cell.text for cell in word.tables[1]._cells]
    hidden = sum(cell.is_hidden for row in document.tables()[1].rows for cell in row.cells)
    assert texts.count("\u2013") == hidden > 0


def test_the_archive_holds_no_time(document: Document) -> None:
    with zipfile.ZipFile(io.BytesIO(build_word(document))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_pdf_is_one_with_the_title_and_no_date(folder: Path, document: Document) -> None:
    content = (folder / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/CreationDate" not in content or b"D:1970" in content
    assert str(folder).encode() not in content
    assert quoted('a "b" \\') == '"a \\"b\\" \\\\"'
    assert len(document.sections) > 15


def test_figures_stand_alone_and_are_large_enough_to_print(folder: Path) -> None:
    for path in sorted((folder / "figures").glob("*.svg")):
        text = path.read_text(encoding="utf-8")
        assert "var(--" not in text
        assert "<image" not in text
        assert etree.fromstring(text.encode()).tag.endswith("svg")
        with Image.open(path.with_suffix(".png")) as image:
            assert image.width >= 900
            assert len(image.convert("L").getcolors(256) or []) > 3
        rows = list(csv.reader(io.StringIO(path.with_suffix(".csv").read_text(encoding="utf-8"))))
        assert len(rows) > 1
