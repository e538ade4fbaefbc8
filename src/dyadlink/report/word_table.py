"""A table of the report as Word's own markup: through python-docx, cell by cell, a long table takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from dyadlink.report.table_files import cell_print, column_weights
from dyadlink.report.tables import Row, Table

POINTS, POINTS_WIDE = 8.5, 7.0
_UPRIGHT, _ACROSS = 9638, 14000
"""Width of the text on an upright page and on a turned one, in twentieths of a point."""
_NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_EDGE = '<w:{} w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
_BETWEEN = '<w:insideH w:val="single" w:sz="2" w:space="0" w:color="BFBFBF"/>'
_MARGINS = '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar>'
_SPACING = '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'


@dataclass(frozen=True)
class _Look:
    """How a cell looks: height of its letters in points, side it stands on, and so on."""

    points: float
    side: str
    is_bold: bool = False
    indent: int = 0
    spans: int = 1


def table_xml(table: Table) -> str:
    """The element `w:tbl`: fixed widths, a head that repeats on every page, rows that no page cuts."""
    whole = _ACROSS if table.is_turned else _UPRIGHT
    weights = column_weights(table)
    widths = [whole * weight // sum(weights) for weight in weights]
    look = _Look(POINTS_WIDE if table.is_wide else POINTS, "left" if table.is_text else "right")
    heads = [column or "Characteristic" for column in table.columns]
    rows = [_row(heads, widths, replace(look, is_bold=True), is_head=True)]
    rows += [_body_row(row, table, widths, look) for row in table.rows]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl {_NAMESPACE}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f"<w:tblBorders>{_EDGE.format('top')}{_EDGE.format('bottom')}{_BETWEEN}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/>{_MARGINS}<w:tblLook w:firstRow="1"/>'
        f"<w:tblCaption w:val={quoteattr(f'Table {table.number}')}/>"
        f"<w:tblDescription w:val={quoteattr(table.caption)}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _body_row(row: Row, table: Table, widths: Sequence[int], look: _Look) -> str:
    if row.is_heading:
        spread = replace(look, side="left", is_bold=True, spans=len(widths))
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{_cell(row.header, sum(widths), spread)}</w:tr>"
    texts = [row.header, *(cell_print(cell, table) for cell in row.cells)]
    texts += [""] * (len(widths) - len(texts))
    return _row(texts, widths, replace(look, indent=200 if row.is_indented else 0))


def _row(texts: Sequence[str], widths: Sequence[int], look: _Look, *, is_head: bool = False) -> str:
    first = _cell(texts[0], widths[0], replace(look, side="left"))
    others = (_cell(text, width, replace(look, indent=0)) for text, width in zip(texts[1:], widths[1:], strict=True))
    kind = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{kind}</w:trPr>{first}{''.join(others)}</w:tr>"


def _cell(text: str, width: int, look: _Look) -> str:
    span = f'<w:gridSpan w:val="{look.spans}"/>' if look.spans > 1 else ""
    # A heading stays with the rows below it.
    keeps = "<w:keepNext/>" if look.spans > 1 else ""
    letters = f'<w:rPr>{"<w:b/>" if look.is_bold else ""}<w:sz w:val="{int(2 * look.points)}"/></w:rPr>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}</w:tcPr><w:p><w:pPr>{keeps}{_SPACING}'
        f'<w:ind w:left="{look.indent}"/><w:jc w:val="{look.side}"/></w:pPr>'
        f'<w:r>{letters}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )
