"""Spreadsheets and documents of the office formats (ECMA-376): tables, texts, and all that is not to be seen."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.delimited import as_table
from dyadlink.audit.findings import Finding
from dyadlink.audit.pictures import read_jpeg, read_png
from dyadlink.audit.values import read_value

_LARGEST = 64 * 1024 * 1024
_PROPERTIES = re.compile(r"docProps/\w+\.xml")
_AUTHORS = {"creator", "lastModifiedBy", "Manager", "Company"}
_UNSEEN = (
    (re.compile(r"xl/pivotCache/.*Records.*\.xml"), "the rows behind a pivot table"),
    (re.compile(r"xl/externalLinks/.*\.xml"), "values cached from another file"),
    (re.compile(r"(xl|word)/embeddings/.*"), "an embedded file"),
    (re.compile(r"(xl|word)/vbaProject\.bin"), "a macro"),
    (re.compile(r"customXml/item\d+\.xml"), "custom data"),
    (re.compile(r"docProps/thumbnail\.\w+"), "a small picture of an earlier first page"),
)
_COMMENTS = re.compile(r"(xl/(threaded)?comments/?.*|word/comments.*)\.xml", re.I)
_DRAWINGS = re.compile(r"(xl|word)/(drawings|diagrams)/(drawing|data)\d*\.xml")
_PICTURES = re.compile(r"(xl|word)/media/.+\.(png|jpe?g)", re.I)
_CHARTS = re.compile(r"(xl|word)/charts/chart.*\.xml")


class _Archive:
    def __init__(self, content: bytes) -> None:
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            raise UnreadableError("it is no office file") from None
        self.names = self.zip.namelist()
        if sum(part.file_size for part in self.zip.infolist()) > _LARGEST:
            raise UnreadableError("it unpacks to more than 64 MB")

    def xml(self, name: str) -> Element:
        try:
            data = self.zip.read(name)
        except (KeyError, RuntimeError, zipfile.BadZipFile) as error:
            raise UnreadableError(f"a part is missing or encrypted ({type(error).__name__})") from None
        if b"<!ENTITY" in data:
            raise UnreadableError("it defines entities")
        try:
            # Entities are refused above, and the archive's size is bounded.
            return fromstring(data)  # noqa: S314
        except ParseError:
            raise UnreadableError(f"{name} is no well-formed XML") from None


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _all(element: Element, tag: str) -> Iterator[Element]:
    return (part for part in element.iter() if _tag(part) == tag)


def _text(element: Element) -> str:
    return "".join(part.text or "" for part in element.iter() if _tag(part) in {"t", "delText", "text"})


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rsplit("}", 1)[-1] == name), "")


def _common(found: Content, file: str, archive: _Archive) -> None:
    """What spreadsheets and documents have in common: properties, comments, charts, embedded files."""
    for name in archive.names:
        if _PROPERTIES.fullmatch(name):
            for part in archive.xml(name).iter():
                text = (part.text or "").strip()
                if text and _tag(part) in _AUTHORS:
                    found.findings.append(Finding(file, f"property {_tag(part)}", "F09"))
                elif text:
                    found.words.append(Words(file, f"property {_tag(part)}", text, "E05"))
        elif _COMMENTS.fullmatch(name) and "authors" not in name:
            for comment in _all(archive.xml(name), "comment"):
                found.words.append(Words(file, f"comment {_attribute(comment, 'ref')}".strip(), _text(comment), "E06"))
        elif _CHARTS.fullmatch(name):
            values = [v.text or "" for pt in _all(archive.xml(name), "pt") for v in _all(pt, "v")]
            numbers = [value for value in values if read_value(value).is_whole]
            found.words += [Words(file, f"values behind the chart {name}", f"n = {value}", "E06") for value in numbers]
        elif _DRAWINGS.fullmatch(name):
            root = archive.xml(name)
            texts = [_text(root), *(_attribute(part, a) for part in _all(root, "cNvPr") for a in ("descr", "title"))]
            found.words += [Words(file, f"drawing {name}", text, "E06") for text in texts if text]
        elif _PICTURES.fullmatch(name):
            read = read_png if name.lower().endswith("png") else read_jpeg
            inside = read(file, archive.zip.read(name))
            found.words += [replace(words, place=f"{name}, {words.place}") for words in inside.words]
            found.findings += [replace(finding, place=f"{name}, {finding.place}") for finding in inside.findings]
        for pattern, what in _UNSEEN:
            if pattern.fullmatch(name):
                found.findings.append(Finding(file, name, "E06", what))


def read_xlsx(file: str, content: bytes) -> Content:
    """The visible sheets as tables, and a finding for everything that is hidden, cached or embedded.

    Raises:
        UnreadableError: It is no workbook.
    """
    archive = _Archive(content)
    found = Content()
    shared = (
        [_text(item) for item in _all(archive.xml("xl/sharedStrings.xml"), "si")]
        if ("xl/sharedStrings.xml" in archive.names)
        else []
    )
    targets = {
        _attribute(link, "Id"): _attribute(link, "Target") for link in archive.xml("xl/_rels/workbook.xml.rels").iter()
    }
    book = archive.xml("xl/workbook.xml")
    for given in _all(book, "definedName"):
        name = _attribute(given, "name")
        found.words.append(Words(file, f"name {name}", f"{name} = {given.text or ''}", "E06"))
    for number, entry in enumerate(_all(book, "sheet"), start=1):
        name = _attribute(entry, "name")
        found.words.append(Words(file, f"name of sheet {number}", name, "E03"))
        if _attribute(entry, "state") in {"hidden", "veryHidden"}:
            found.findings.append(Finding(file, f"sheet {number}", "E06", "a hidden sheet"))
        target = targets.get(_attribute(entry, "id"), "").lstrip("/").removeprefix("xl/")
        root = archive.xml(f"xl/{target}")
        if any(_attribute(part, "hidden") in {"1", "true"} for tag in ("row", "col") for part in _all(root, tag)):
            found.findings.append(Finding(file, f"sheet {number}", "E06", "hidden rows or columns"))
        if any(True for _ in _all(root, "f")):
            found.findings.append(Finding(file, f"sheet {number}", "E06", "formulas with cached values"))
        for part in (p for around in _all(root, "headerFooter") for p in around):
            # &L, &C and &R begin the parts of a line.
            text = re.sub(r"&[A-Z]", " ", part.text or "")
            found.words.append(Words(file, f"sheet {number}, header or footer", text, "E06"))
        found.add(as_table(file, name, list(_rows(root, shared))))
    _common(found, file, archive)
    return found


def _rows(root: Element, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    rows = [(int(_attribute(row, "r") or i), row) for i, row in enumerate(_all(root, "row"), start=1)]
    grid = {
        number: {_column(cell, i): _value(cell, shared) for i, cell in enumerate(_all(row, "c"))}
        for number, row in rows
    }
    width = max((column + 1 for cells in grid.values() for column in cells), default=0)
    for number, cells in grid.items():
        yield number, [cells.get(column, "") for column in range(width)]


def _column(cell: Element, fallback: int) -> int:
    letters = re.match(r"[A-Z]+", _attribute(cell, "r"))
    if not letters:
        return fallback
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Element, shared: list[str]) -> str:
    if _attribute(cell, "t") == "inlineStr":
        return _text(cell)
    value = next((part.text or "" for part in _all(cell, "v")), "")
    is_shared = _attribute(cell, "t") == "s" and value.isdigit() and int(value) < len(shared)
    return shared[int(value)] if is_shared else value.removesuffix(".0")


def read_docx(file: str, content: bytes) -> Content:
    """Tables, paragraphs, alternative texts, and what is deleted or hidden, of a document.

    Raises:
        UnreadableError: It is no document, or a table's rows do not fit its header.
    """
    archive = _Archive(content)
    found = Content()
    parts = [
        name
        for name in archive.names
        if re.fullmatch(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml", name)
    ]
    if "word/document.xml" not in parts:
        raise UnreadableError("it is no document")
    for name in parts:
        root = archive.xml(name)
        for number, table in enumerate(_all(root, "tbl"), start=1):
            rows = [[_text(cell).strip() for cell in _all(row, "tc")] for row in _all(table, "tr")]
            length = max(map(len, rows), default=0)
            even = [(i, row + [""] * (length - len(row))) for i, row in enumerate(rows, start=1)]
            found.add(as_table(file, f"table {number}", even))
        in_tables = {id(p) for table in _all(root, "tbl") for p in _all(table, "p")}
        for number, paragraph in enumerate(_all(root, "p"), start=1):
            if id(paragraph) not in in_tables and _text(paragraph).strip():
                found.words.append(Words(file, f"paragraph {number}", _text(paragraph)))
        for drawing in _all(root, "docPr"):
            found.words += [Words(file, "alternative text", _attribute(drawing, a)) for a in ("descr", "title")]
        if any(True for tag in ("del", "moveFrom", "vanish") for _ in _all(root, tag)):
            found.findings.append(Finding(file, name, "E06", "deleted or hidden text"))
    _common(found, file, archive)
    return found
