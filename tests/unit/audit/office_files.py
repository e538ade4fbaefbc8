"""Small office files, written part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_CORE = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def write_xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    state: str = "visible",
    more: Mapping[str, str | bytes] | None = None,
) -> None:
    """A workbook; `state` is that of its last sheet, a cell that begins with = a formula, `more` further parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(sheets)
    with zipfile.ZipFile(path, "w") as archive:
        entries = "".join(
            f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}" state="{state if name == names[-1] else "visible"}"/>'
            for i, name in enumerate(names, 1)
        )
        archive.writestr("xl/workbook.xml", f"<workbook {_S} {_R}><sheets>{entries}</sheets></workbook>")
        links = "".join(
            f'<Relationship Id="rId{i}" Target="worksheets/sheet{i}.xml"/>' for i in range(1, len(names) + 1)
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_LINKS}">{links}</Relationships>')
        for i, rows in enumerate(sheets.values(), 1):
            body = "".join(f'<row r="{r}">{"".join(map(_cell, row))}</row>' for r, row in enumerate(rows, 1))
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml", f"<worksheet {_S}><sheetData>{body}</sheetData></worksheet>"
            )
        for name, content in (more or {}).items():
            archive.writestr(name, content)


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    if str(value).startswith("="):
        return f"<c><f>{str(value)[1:]}</f><v>1</v></c>"
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def comment(text: str) -> dict[str, str]:
    body = (
        f'<comments {_S}><commentList><comment ref="A1"><text><t>{text}</t></text></comment></commentList></comments>'
    )
    return {"xl/comments1.xml": body}


def core(**properties: str) -> dict[str, str]:
    body = "".join(f"<dc:{name}>{text}</dc:{name}>" for name, text in properties.items())
    return {"docProps/core.xml": f"<coreProperties {_CORE}>{body}</coreProperties>"}


def write_docx(
    path: Path,
    paragraphs: Sequence[str],
    more: Mapping[str, str] | None = None,
    table: Sequence[Sequence[object]] = (),
) -> None:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    rows = "".join(f"<w:tr>{''.join(map(_table_cell, row))}</w:tr>" for row in table)
    body += f"<w:tbl>{rows}</w:tbl>" if rows else ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {_W}><w:body>{body}</w:body></w:document>")
        for name, content in (more or {}).items():
            archive.writestr(name, content)


def _table_cell(value: object) -> str:
    return f"<w:tc><w:p><w:r><w:t>{value}</w:t></w:r></w:p></w:tc>"


def pdf(title: str, text: str) -> bytes:
    stream = f"BT ({text}) Tj ET".encode()
    return (
        b"%%PDF-1.4\n1 0 obj << /Title (%s) >> endobj\n2 0 obj << /Length %d >>\nstream\n%s\nendstream endobj\n%%%%EOF"
        % (
            title.encode(),
            len(stream),
            stream,
        )
    )
