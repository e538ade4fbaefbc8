"""Writes the report: the page, and beside it every table and figure as files."""

from __future__ import annotations

import shutil
from pathlib import Path

from dyadlink.report.document import Document
from dyadlink.report.latex import PREAMBLE, table_latex
from dyadlink.report.pdf import build_pdf, has_typst
from dyadlink.report.table_files import table_csv
from dyadlink.report.word import build_word

FOLDERS = ("tables", "figures")
WORD, PDF = "tables.docx", "report.pdf"


def write_files(document: Document, page: str, out: Path) -> None:
    """Nothing; `out` then holds the page, and its folder the tables and figures as files.

    These are the Word file, the PDF where Typst is installed, and the folders tables (CSV and LaTeX) and figures (SVG,
    PNG and the numbers drawn as CSV). All is made before anything is written; what an earlier report left in these
    places is gone.
    """
    contents = {WORD: build_word(document), **_table_files(document), **_figure_files(document)}
    if has_typst():
        contents[PDF] = build_pdf(document)
    contents[out.name] = page.encode("utf-8")
    folder = out.parent
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / ".part"
    shutil.rmtree(aside, ignore_errors=True)
    for name, content in contents.items():
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name in (out.name, PDF):
        (folder / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    # The page comes last: where it stands all else does.
    for path in sorted(aside.iterdir(), key=lambda path: (path.name == out.name, path.name)):
        path.replace(folder / path.name)
    aside.rmdir()


def _table_files(document: Document) -> dict[str, bytes]:
    definitions = dict(document.definitions)
    texts: dict[str, str] = {}
    for table in document.tables():
        texts[f"tables/{table.key}.csv"] = table_csv(table)
        texts[f"tables/{table.key}.tex"] = table_latex(table, document.hidden, definitions)
    inputs = "".join(rf"\input{{{table.key}}}" + "\n" for table in document.tables())
    texts["tables/all-tables.tex"] = f"{PREAMBLE}{inputs}\\end{{document}}\n"
    return {name: text.encode("utf-8") for name, text in texts.items()}


def _figure_files(document: Document) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for figure in document.figures():
        contents[f"figures/{figure.key}.svg"] = figure.drawing.file.encode("utf-8")
        contents[f"figures/{figure.key}.png"] = figure.drawing.png
        contents[f"figures/{figure.key}.csv"] = figure.data.encode("utf-8")
    return contents
