"""The report as PDF, set by Typst (extra `pdf`): tagged, with words for every figure, and the same bytes each time."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

from dyadlink.report import standing_words
from dyadlink.report.document import Document, Section
from dyadlink.report.table_files import cell_print, column_weights, notes_below
from dyadlink.report.tables import Figure, Part, Row, Table

_PREAMBLE = """
#set document(title: {title}, date: none)
#set page(paper: "a4", margin: (x: 18mm, top: 18mm, bottom: 20mm), numbering: "1")
#set text(font: "DejaVu Sans", size: 8.5pt, lang: "en", region: "gb")
#set par(justify: false, leading: 0.62em)
#set heading(numbering: none)
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 2): set text(size: 10.5pt)
#show heading.where(level: 3): set text(size: 9.5pt)
#show heading: set block(above: 1.6em, below: 0.8em)
#set figure(numbering: none, supplement: none)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.where(kind: table): set block(breakable: true)
#show figure.caption: it => block(width: 100%, sticky: true, align(left, text(size: 8.5pt, it.body)))
#show figure.where(kind: table): it => {{ show figure.caption: strong; it }}
#set table(stroke: (x, y) => (bottom: if y == 0 {{ 0.8pt }} else {{ 0.25pt + luma(75%) }}), inset: (x: 3pt, y: 2.6pt))
#let note(body) = block(above: 0.5em, below: 1.4em, text(size: 7pt, fill: luma(25%), body))
#text(size: 19pt, weight: "bold", hyphenate: false)[#{title}]
"""


_SIZE, _SIZE_WIDE = "7.4pt", "6.2pt"
NEWLINE = "\n"


def has_typst() -> bool:
    """Whether Typst is installed."""
    return find_spec("typst") is not None


def build_pdf(document: Document) -> bytes:
    """The whole report as PDF; needs Typst, and nothing of the network or of the machine's fonts."""
    import matplotlib as mpl  # noqa: PLC0415 - heavy
    import typst  # noqa: PLC0415 - only with the extra

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for figure in document.figures():
            (root / f"{figure.key}.svg").write_text(figure.drawing.file, encoding="utf-8")
        (root / "report.typ").write_text(typst_text(document), encoding="utf-8")
        # DejaVu comes with matplotlib: what is set does not hang on what the machine has.
        fonts = [str(Path(mpl.get_data_path()) / "fonts" / "ttf")]
        made = typst.compile(
            str(root / "report.typ"), root=folder, font_paths=fonts, ignore_system_fonts=True, format="pdf", timestamp=0
        )
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no PDF")
    return made


def typst_text(document: Document) -> str:
    """The report as a Typst document; its figures are files beside it, by their keys."""
    parts = [_PREAMBLE.format(title=quoted(document.title))]
    if document.is_synthetic:
        words = quoted(standing_words.SYNTHETIC[0])
        parts.append(f'#block(fill: rgb("#ffe9b8"), inset: 8pt, width: 100%)[*Synthetic data.* #{words}]')
    parts.append(f"#par({quoted(document.lead)})\n#outline(depth: 1)\n#pagebreak()")
    parts += [_section(section, document) for section in document.sections]
    return "\n".join(parts)


def quoted(text: str) -> str:
    """The text as a Typst string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _section(section: Section, document: Document) -> str:
    lines = [f"#heading(level: 1, {quoted(section.title)})", *_paragraphs(section.words)]
    if not section.parts and section.empty:
        lines += _paragraphs((section.empty,))
    for part in section.parts:
        lines += _part(part, 2, document)
        for inner in part.folded:
            lines += _part(inner, 3 if part.title else 2, document)
    return "\n".join(lines)


def _part(part: Part, level: int, document: Document) -> list[str]:
    lines = [f"#heading(level: {level}, {quoted(part.title)})"] if part.title else []
    lines += _paragraphs(part.sentences)
    lines += [f"#list.item({quoted(words)})" for words in part.bullets]
    lines += [f"#terms.item({quoted(term)}, {quoted(words)})" for term, words in part.terms]
    lines += [_figure(figure) for figure in part.figures]
    # A turned table has a page of its own, with what is said of it.
    if part.tables and all(table.is_turned for table in part.tables) and not part.figures:
        lines += [_table(table, document) for table in part.tables]
        return [f"#page(flipped: true)[{NEWLINE.join(lines)}]"]
    for table in part.tables:
        made = _table(table, document)
        lines.append(f"#page(flipped: true)[{made}]" if table.is_turned else made)
    return lines


def _paragraphs(words: tuple[str, ...]) -> list[str]:
    return [f"#par({quoted(sentence)})" for sentence in words]


def _figure(figure: Figure) -> str:
    caption = quoted(f"Figure {figure.number}. {figure.caption}")
    image = f'image("{figure.key}.svg", width: 76%, alt: {quoted(figure.label)})'
    # A figure taller than a page would be cut: it is fitted into it.
    fitted = f'context {{ let it = {image}; if measure(block(width: 132mm, it)).height > 215mm {{ image("{figure.key}.svg", height: 215mm, alt: {quoted(figure.label)}) }} else {{ it }} }}'  # noqa: E501
    return f"#figure(kind: image, caption: {caption}, {{ {fitted} }})"


def _table(table: Table, document: Document) -> str:
    n = len(table.columns)
    widths = ", ".join(f"{weight}fr" for weight in column_weights(table))
    sides = ", ".join(["left", *(["left" if table.is_text else "right"] * (n - 1))])
    heads = ", ".join(f"strong({quoted(column or 'Characteristic')})" for column in table.columns)
    rows = ",\n".join(_row(row, table) for row in table.rows)
    caption = quoted(f"Table {table.number}. {table.caption}")
    size = _SIZE_WIDE if table.is_wide else _SIZE
    grid = f"table(columns: ({widths},), align: ({sides},), table.header({heads}),\n{rows})"
    whole = f"figure(kind: table, caption: {caption}, {grid})"
    placed = f"block(breakable: false, {whole})" if table.is_short else whole
    return f"#{{ set text(size: {size}); {placed} }}\n{_notes(table, document)}"


def _row(row: Row, table: Table) -> str:
    n = len(table.columns)
    if row.is_heading:
        return f"table.cell(colspan: {n}, strong({quoted(row.header)}))"
    header = f"pad(left: 1em, {quoted(row.header)})" if row.is_indented else quoted(row.header)
    cells = [*(quoted(cell_print(cell, table)) for cell in row.cells), *(['""'] * (n - 1 - len(row.cells)))]
    return ", ".join([header, *cells])


def _notes(table: Table, document: Document) -> str:
    notes = notes_below(table, document.hidden)
    if table.terms:
        notes.append(f"Definitions: {'; '.join(table.terms)}.")
    return f"#note({quoted(' '.join(notes))})" if notes else "#v(0.8em)"
