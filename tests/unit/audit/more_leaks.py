"""Leaks in places that are easily forgotten: beneath, behind and beside what a page shows, and in other words."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
from clean_folder import png, write_csv
from gallery import Leak, X, drawing, page, table, text
from office_files import pdf, write_docx, write_xlsx
from other_tools import long_table
from pdf_files import typeset_pdf

_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
BOOK = {"counts": [["smoking", "n"], ["never", 200], ["current", 40]]}
SMALL = (("never", 200), ("current", 7))


def _leak(rule: str, file: str, kind: str, plant: Callable[[Path], object], *told: str) -> Leak:
    """A leak; `told` is its place, and the profile where it is not that of OpenSAFELY."""
    place, profile = (*told, "opensafely")[:2]
    return Leak(rule, file, kind, lambda folder: plant(folder / file), profile, place=place)


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _docx(body: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("word/document.xml", f"<w:document {_W}><w:body>{body}</w:body></w:document>")

    return write


def _sheet(path: Path, inside: str, after: str = "") -> None:
    """A workbook whose one sheet is written as it stands."""
    write_xlsx(path, {"counts": [["smoking", "n"]]})
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = f"<worksheet {_S}>{inside}{after}</worksheet>".encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)


_CELLS = (
    '<row r="1"><c t="inlineStr"><is><t>smoking</t></is></c><c t="inlineStr"><is><t>n</t></is></c></row>'
    '<row r="2"><c t="inlineStr"><is><t>never</t></is></c><c><v>200</v></c></row>'
)


def _with_names(path: Path) -> None:
    write_xlsx(path, BOOK)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = b'<definedNames><definedName name="n_deaths">7</definedName></definedNames></workbook>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</workbook>", names)
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)


def _with_attachment() -> bytes:
    stream = zlib.compress(b"smoking,n\ncurrent,7\n")
    more = b"3 0 obj << /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream endobj\n" % (len(stream), stream)
    return pdf("Results", "Results") + more


def _link(path: Path) -> None:
    outside = path.parents[1] / "outside.csv"
    outside.write_text("smoking,n\ncurrent,7\n", encoding="utf-8")
    path.symlink_to(outside)


def _jpeg(comment: bytes) -> bytes:
    return b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + b"\xff\xd9"


def _zip(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def _percents(folder: Path) -> None:
    write_csv(folder / "tables/shares.csv", ["smoking", "percent"], [("never", 98.5), ("current", 1.5), ("total", 100)])
    write_csv(folder / "tables/people.csv", ["smoking", "n"], [("never", 200), ("total", 200)])


_DATA_PICTURE = base64.b64encode(png({"Title": "deaths, n = 7"})).decode()
_NHS = base64.b64encode(b"nhs: 9434765919 ").decode()
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")  # noqa: RUF001  # the digits are what is tested
_LOG = """
    smoking |      Freq.     Percent        Cum.
------------+-----------------------------------
      never |        200       96.62       96.62
    current |          7        3.38      100.00
------------+-----------------------------------
      Total |        207      100.00
"""
_CHART = 'chart.draw({"data": [{"smoking": "never", "n": 200}, {"smoking": "current", "n": 7}]});'

MORE = [
    # Other ways to write a number
    _leak(
        "A01",
        X,
        "full-width digits",
        table(["smoking", "n"], ("never", 200), ("current", "7".translate(_FULL_WIDTH))),
        "line 3",
    ),
    _leak(
        "A03",
        X,
        "a thin space between thousands",
        table(["smoking", "n"], ("never", "1\u202f203"), ("current", 40)),
        "line 2",
    ),
    _leak(
        "A01",
        X,
        "a number over its total",
        table(["smoking", "n"], ("never", "200 / 210"), ("current", "7 / 210 (3.3%)")),
        "line 3",
    ),
    _leak(
        "A01",
        X,
        "a number after its percentage",
        table(["smoking", "women"], ("never", "96.6% (200)"), ("current", "3.4% (7)")),
        "line 3",
    ),
    _leak(
        "A01",
        X,
        "a number with the sign of a footnote",
        table(["smoking", "n"], ("never", 200), ("current", "7†")),
        "line 3",
    ),
    _leak("A01", X, "a column of a name that says nothing", table(["smoking", "antal"], *SMALL), "line 3"),
    _leak("A01", X, "counts in UTF-16", _bytes("smoking,n\nnever,200\ncurrent,7\n".encode("utf-16")), "line 3"),
    _leak(
        "A01",
        X,
        "counts after a byte order mark",
        _bytes("smoking;n\nnever;200\ncurrent;7\n".encode("utf-8-sig")),
        "line 3",
    ),
    _leak("A01", X, "a line that names the separator", text("sep=;\nsmoking;n\nnever;200\ncurrent;7\n"), "line 4"),
    _leak(
        "A01",
        "notes.txt",
        "a table of tabs in a text",
        text("Counts\n\nsmoking\tn\nnever\t200\ncurrent\t7\n"),
        "line 5",
    ),
    _leak("A01", "notes.txt", "a table of commas in a text", text("smoking,n\nnever,200\ncurrent,7\n"), "line 3"),
    _leak("A01", "run.log", "a table of a log", text(_LOG), "line 5"),
    _leak(
        "A01",
        "notes.md",
        "a LaTeX table",
        text("\\begin{tabular}{lr}\nSmoking & n \\\\ \\hline\nnever & 200 \\\\\ncurrent & 7 \\\\\n\\end{tabular}\n"),
        "line 4",
    ),
    _leak("E01", "notes.md", "a number in words", text("Left out: seven mothers.\n"), "line 1"),
    _leak(
        "E01", "notes.md", "a number of two words", text("Forty-three mothers were adopted as children.\n"), "line 1"
    ),
    _leak("E01", "notes.md", "full-width digits in a text", text("7 mothers died\n".translate(_FULL_WIDTH)), "line 1"),
    _leak("E01", "notes.md", "a fraction of people", text("Custody was lost by 7/203 mothers.\n"), "line 1"),
    _leak("E01", "notes.md", "people after the number's sign", text("Mothers who died: 7\n"), "line 1"),
    # Numbers from numbers
    Leak(
        "B01", "tables/shares.csv", "a percentage whose total is in another file", _percents, "nhs_sde", place="line 3"
    ),
    _leak(
        "B04",
        X,
        "a rate and its interval",
        table(["group", "n_events", "rate", "conf_low", "conf_high"], ("a", "*", 2.10, 0.94, 4.67)),
        "line 2",
        "ukllc",
    ),
    _leak(
        "B10",
        X,
        "an odds ratio and its interval",
        table(
            ["smoking", "lost_n", "kept_n", "odds_ratio", "ci_low", "ci_high"],
            ("never", "*", 100, "ref", "", ""),
            ("current", "*", 40, 0.500, 0.179, 1.397),
        ),
        "line 2",
        "ukllc",
    ),
    _leak(
        "B05",
        X,
        "the first and the last date",
        table(["variable", "n", "first_admission", "last_admission"], ("admission", 200, "2021-03-04", "2022-10-12")),
        "line 2",
    ),
    # Spreadsheets and documents
    _leak("E06", "book.xlsx", "a name of a workbook", _with_names, "name n_deaths", "strict"),
    _leak(
        "E06",
        "book.xlsx",
        "a hidden column",
        lambda path: _sheet(path, f'<cols><col min="2" max="2" hidden="1"/></cols><sheetData>{_CELLS}</sheetData>'),
        "sheet 1",
        "strict",
    ),
    _leak(
        "E06",
        "book.xlsx",
        "the footer of a sheet",
        lambda path: _sheet(
            path,
            f"<sheetData>{_CELLS}</sheetData>",
            "<headerFooter><oddFooter>&amp;L7 mothers died</oddFooter></headerFooter>",
        ),
        "footer",
        "strict",
    ),
    _leak(
        "E06",
        "book.xlsx",
        "a box of text on a sheet",
        lambda path: write_xlsx(
            path, BOOK, more={"xl/drawings/drawing1.xml": f"<wsDr {_A}><a:t>7 mothers died</a:t></wsDr>"}
        ),
        "drawing",
        "strict",
    ),
    _leak(
        "E04",
        "book.xlsx",
        "a picture inside a workbook",
        lambda path: write_xlsx(path, BOOK, more={"xl/media/image1.png": png({"Title": "deaths, n = 7"})}),
        "image1.png",
        "strict",
    ),
    _leak(
        "E06",
        "report.docx",
        "a tracked change",
        _docx("<w:p><w:r><w:t>Few</w:t></w:r><w:del><w:r><w:delText>7</w:delText></w:r></w:del></w:p>"),
        "document.xml",
        "strict",
    ),
    _leak(
        "E05",
        "report.docx",
        "a custom property",
        lambda path: write_docx(
            path,
            ["Results"],
            {"docProps/custom.xml": "<Properties><property><lpwstr>n = 7</lpwstr></property></Properties>"},
        ),
        "property",
        "strict",
    ),
    # Pages and pictures
    _leak("A01", "report.html", "the data of a chart in a page", page(f"<script>{_CHART}</script>"), "script"),
    _leak("E07", "report.html", "a hidden field", page('<input type="hidden" name="n_deaths" value="7">'), "input"),
    _leak(
        "E04",
        "report.html",
        "a text inside a picture of a page",
        page(f'<img src="data:image/png;base64,{_DATA_PICTURE}">'),
        "img src",
    ),
    _leak("E04", "figure.svg", "the words of a drawing", drawing("<text><tspan>n = 7</tspan></text>"), "line 1"),
    _leak("E04", "figure.jpg", "the comment of a picture", _bytes(_jpeg(b"n = 7 deaths")), "comment"),
    _leak(
        "D04",
        "figure.png",
        "an archive behind a picture",
        _bytes(png() + gzip.compress(b"smoking,n\ncurrent,7\n")),
        "behind the end",
    ),
    _leak("D04", "report.pdf", "a file attached to a PDF", _bytes(_with_attachment()), "attached"),
    _leak("E01", "report.pdf", "a note in the margin of a PDF", _bytes(pdf("Results", "7 mothers died")), "stream"),
    _leak(
        "E01",
        "report.pdf",
        "a sentence in a font of a PDF's own",
        _bytes(typeset_pdf([(50, 700, "In the first year 7"), (50, 688, "mothers died")])),
        "stream",
    ),
    _leak(
        "D04",
        "report.pdf",
        "a font that does not tell its letters",
        _bytes(typeset_pdf([(50, 700, "7 mothers died")], is_told=False)),
        "a font",
    ),
    _leak(
        "E06",
        "report.docx",
        "the small picture of a page",
        lambda path: write_docx(path, ["Results"], {"docProps/thumbnail.jpeg": "a picture"}),
        "thumbnail",
        "strict",
    ),
    _leak(
        "A04",
        "tables/matrix.csv",
        "a hidden count beside a column of p values that are hidden too",
        table(["From", "All", "None", "Plan", "P value"], ("All", 120, 100, "*", "*"), ("None", 90, 70, "*", "*")),
        "column Plan",
        "ukllc",
    ),
    _leak("A01", X, "a small count as a decimal", table(["sex", "x", "y"], ("f", "7.0", "90.0"), ("m", 40, 60)), "x"),
    _leak(
        "A01",
        "report.tex",
        "a small count in a table of many pages",
        text(long_table([("\\quad Former", "7"), ("\\quad Never", "200")])),
        "Former",
        "strict",
    ),
    _leak("D04", ".snakemake_timestamp", "something in Snakemake's mark", text("7 mothers died"), "the file"),
    # Persons
    _leak(
        "F05",
        X,
        "numbers of persons under a harmless name",
        table(["code", "age_band"], *((n, "20-29") for n in (734512, 190233, 551098, 820117, 366540, 918273))),
        "column code",
    ),
    _leak(
        "F01",
        "manifest.json",
        "an NHS number in base 64",
        text(json.dumps({"title": "A study", "build": _NHS})),
        "build",
    ),
    _leak("F01", X, "an NHS number in groups", table(["area", "n"], ("943-476-5919", 20), ("other", 300)), "line 2"),
    _leak(
        "F01",
        "943 476 5919.csv",
        "an NHS number as the name of a file",
        table(["smoking", "n"], ("never", 200), ("current", 40)),
        "name of the file",
    ),
    _leak("F03", "notes.md", "the day of a death", text("The first child died on 4 March 2021.\n"), "line 1"),
    _leak("F02", "notes.md", "a postcode without its blank", text("All lived in SW1A1AA.\n"), "line 1"),
    # Files
    _leak("D04", "link.csv", "a link out of the folder", _link, "the file"),
    _leak("D04", "README", "a file without an ending", _bytes(b"n = 7"), "the file"),
    _leak("D04", "tables.zip", "an archive", _bytes(_zip(**{"a.csv": "smoking,n\ncurrent,7\n"})), "the file"),
    _leak(
        "A01", "counts.csv.gz", "a packed table", _bytes(gzip.compress(b"smoking,n\nnever,200\ncurrent,7\n")), "line 3"
    ),
    _leak("D04", X, "a pipe", os.mkfifo, "the file"),
    _leak("D04", X, "a table with a broken row", text("smoking,sex,n\nnever,girl,200\ncurrent,40\n"), "the file"),
    _leak(
        "A01",
        "counts.parquet",
        "a Parquet file",
        lambda path: pl.DataFrame(SMALL, schema=["smoking", "n"], orient="row").write_parquet(path),
        "line 2",
    ),
    _leak("E03", "n=7", "the name of an empty folder", lambda path: path.mkdir(), "name"),
    _leak("D04", "more", "a link to a folder", lambda path: path.symlink_to(path.parents[1]), "the file"),
    _leak(
        "D04", "figure.jpg", "an archive behind a photograph", _bytes(_jpeg(b"x") + _zip(**{"a.csv": "n"})), "behind"
    ),
    _leak("A01", "a.json", "levels as names", text(json.dumps({"deaths": {"never": 200, "current": 7}})), "line 2"),
    _leak(
        "A01",
        "report.html",
        "the two axes of a chart",
        page('<script>plot([{"x": ["never", "current"], "y": [200, 7], "type": "bar"}])</script>'),
        "script",
    ),
    _leak(
        "A01",
        X,
        "a number with its noun",
        table(["smoking", "n"], ("never", "200 women"), ("current", "7 women")),
        "line 3",
    ),
    _leak(
        "E01",
        X,
        "a number in a label",
        table(["smoking", "percent"], ("never (n=200)", 96.6), ("current (n=7)", 3.4)),
        "line 3",
    ),
]
