"""Tables of delimited text, and plain text."""

from __future__ import annotations

import csv
import io
from pathlib import PurePath

from dyadlink.audit.content import Content, Sheet, UnreadableError, Words

_DELIMITERS = (",", ";", "\t", "|")
_LONG_LABEL = 40
"""A longer text alone on a line below a table is a footnote."""
LONGEST_FIELD = 1_000_000


def decode(content: bytes) -> str:
    """The text of a file.

    Raises:
        UnreadableError: It holds null bytes or is in no known encoding.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise UnreadableError("it holds null bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Spreadsheets of the field write this one; every byte of it is a character.
        return content.decode("cp1252", errors="replace")


def read_delimited(file: str, content: bytes) -> Content:
    """A table, and the lines of words above and below it.

    Raises:
        UnreadableError: Its rows are not as long as its header, or a quotation does not end.
    """
    text = decode(content)
    delimiter = "\t" if PurePath(file).suffix == ".tsv" else _delimiter(text)
    try:
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise UnreadableError(f"it is no well-formed CSV: {error}") from None
    return as_table(file, "", rows)


def _delimiter(text: str) -> str:
    first = [line for line in text.splitlines() if line.strip()][:20]
    return max(_DELIMITERS, key=lambda d: (sum(line.count(d) for line in first), -_DELIMITERS.index(d)))


def as_table(file: str, name: str, rows: list[tuple[int, list[str]]], rule: str = "E01") -> Content:
    """The table among rows of text, with titles and footnotes (rows of one cell) as words.

    Raises:
        UnreadableError: A row is not as long as the header.
    """
    filled = [(line, [cell.strip() for cell in row]) for line, row in rows if any(cell.strip() for cell in row)]
    # A spreadsheet's empty columns on the right are no columns.
    wide = [(line, row) for line, row in filled if sum(map(bool, row)) > 1]
    found = Content()
    if not wide:
        if len({len(row) for _, row in filled}) == 1 and filled and len(filled[0][1]) == 1 and len(filled) > 1:
            wide = filled
        else:
            found.words = [Words(file, f"line {line}", " ".join(row), rule) for line, row in filled]
            return found
    header = wide[0][1]
    while header and not header[-1]:
        header = header[:-1]
    start, end = filled.index(wide[0]), len(filled) - 1 - filled[::-1].index(wide[-1])
    body, lines = [], []
    for place, (line, row) in enumerate(filled):
        is_alone = sum(map(bool, row)) == 1
        is_note = is_alone and (len(row) != len(header) or (place > end and len(row[0]) > _LONG_LABEL))
        if place < start or (is_note and len(header) > 1):
            found.words.append(Words(file, f"{name} line {line}".strip(), " ".join(filter(None, row)), rule))
        elif place > start:
            if len(row) < len(header) or any(row[len(header) :]):
                raise UnreadableError(f"line {line} has {len(row)} cells and the header {len(header)}")
            body.append(tuple(row[: len(header)]))
            lines.append(line)
    found.sheets.append(_with_sections(Sheet(file, name, tuple(header), tuple(body), tuple(lines))))
    found.words += [Words(file, f"{name} header".strip(), cell, rule) for cell in header]
    return found


def _with_sections(sheet: Sheet) -> Sheet:
    """The sheet with a column more where lines of a name alone head the levels of a variable."""
    is_head = [bool(row[0]) and not any(row[1:]) for row in sheet.rows]
    if len(sheet.header) < 3 or not any(is_head) or all(is_head):
        return sheet
    rows, lines, section = [], [], ""
    for head, row, line in zip(is_head, sheet.rows, sheet.lines, strict=True):
        section = row[0] if head else section
        if not head:
            rows.append((section or row[0], *row))
            lines.append(line)
    return Sheet(sheet.file, sheet.name, ("variable", *sheet.header), tuple(rows), tuple(lines))
