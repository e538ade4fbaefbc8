"""Tables and figures as a Word file, ready to paste: real tables whose heads repeat, with captions and notes."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from dyadlink.report.document import Document, Section
from dyadlink.report.table_files import notes_below
from dyadlink.report.tables import Figure, Part, Table
from dyadlink.report.word_table import POINTS, table_xml

_FIRST_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def build_word(document: Document) -> bytes:
    """The file; the same bytes for the same document."""
    import docx  # noqa: PLC0415 - heavy
    from docx.shared import Mm  # noqa: PLC0415 - heavy

    word = docx.Document()
    _leave_parts_of_template(word)
    word.core_properties.title, word.core_properties.author = document.title, ""
    word.core_properties.comments = ""
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin = page.bottom_margin = Mm(18)
    _set_styles(word)
    word.add_heading(document.title, level=0)
    if document.is_synthetic:
        word.add_paragraph("Synthetic data. The people in this report do not exist.", style="Intense Quote")
    word.add_paragraph(document.lead)
    for section in document.sections:
        _add_section(word, section, document)
    buffer = io.BytesIO()
    word.save(buffer)
    return _settled(buffer.getvalue())


def _leave_parts_of_template(word: Any) -> None:
    """Drop a picture of somebody's page and an empty bibliography, which nobody sees."""
    for package in (word.part.package, word.part):
        for key, link in list(package.rels.items()):
            if link.reltype.endswith(("/thumbnail", "/customXml")):
                del package.rels[key]


def _set_styles(word: Any) -> None:
    from docx.oxml.ns import qn  # noqa: PLC0415 - heavy
    from docx.shared import Pt, RGBColor  # noqa: PLC0415 - heavy

    for name, size in (("Normal", 10), ("Caption", 9), ("Title", 18), ("Heading 1", 14), ("Heading 2", 11)):
        style = word.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Arial", Pt(size), RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(key), "Arial")
        for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(key), None)
    caption = word.styles["Caption"]
    caption.font.bold = True
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(10)
    caption.paragraph_format.space_after = Pt(3)


def _add_section(word: Any, section: Section, document: Document) -> None:
    held = [(part, is_inner) for outer in section.parts for part, is_inner in _with_inner(outer)]
    if not any(part.tables or part.figures for part, _ in held):
        return
    is_first = True
    for part, _ in held:
        if not (part.tables or part.figures):
            continue
        _turn(word, is_across=not part.figures and part.tables[0].is_turned)
        if is_first:
            word.add_heading(section.title, level=1)
            is_first = False
        if part.title:
            word.add_heading(part.title, level=2)
        for figure in part.figures:
            _add_figure(word, figure)
        for table in part.tables:
            _turn(word, is_across=table.is_turned)
            _add_table(word, table, document)


def _with_inner(part: Part) -> list[tuple[Part, bool]]:
    return [(part, False), *((inner, True) for inner in part.folded)]


def _add_figure(word: Any, figure: Figure) -> None:
    from docx.shared import Mm  # noqa: PLC0415 - heavy

    paragraph = word.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(io.BytesIO(figure.drawing.png), width=Mm(150))
    if picture.height > Mm(200):
        picture.width, picture.height = int(picture.width * Mm(200) / picture.height), Mm(200)
    properties = picture._inline.docPr
    properties.set("descr", figure.label)
    properties.set("name", f"Figure {figure.number}")
    word.add_paragraph(
        f"Figure {figure.number}. {figure.caption}", style="Caption"
    ).paragraph_format.keep_with_next = False


def _add_table(word: Any, table: Table, document: Document) -> None:
    from docx.oxml import parse_xml  # noqa: PLC0415 - heavy

    word.add_paragraph(f"Table {table.number}. {table.caption}", style="Caption")
    last = word.add_paragraph(_notes(table, document))
    last.paragraph_format.space_before = _size(3)
    for run in last.runs:
        run.font.size = _size(POINTS)
    # Row by row through python-docx a long table takes seconds.
    last._p.addprevious(parse_xml(table_xml(table)))


def _size(points: float) -> Any:
    from docx.shared import Pt  # noqa: PLC0415 - heavy

    return Pt(points)


def _turn(word: Any, *, is_across: bool) -> None:
    """What follows stands on pages held that way; a new page only where it changes."""
    from docx.enum.section import WD_ORIENT, WD_SECTION  # noqa: PLC0415 - heavy

    last = word.sections[-1]
    if (last.page_width > last.page_height) == is_across:
        return
    section = word.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if is_across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = last.page_height, last.page_width


def _notes(table: Table, document: Document) -> str:
    notes = notes_below(table, document.hidden)
    notes += [f"{term}: {document.definitions[term]}" for term in table.terms]
    return " ".join(notes)


def _settled(content: bytes) -> bytes:
    """The same archive with every date the same."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _FIRST_OF_ZIP)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(name))
    return buffer.getvalue()
