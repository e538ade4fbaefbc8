"""What the pages of a PDF show is read as a reader reads it."""

from __future__ import annotations

import zlib

from pdf_files import letter_by_letter, typeset_pdf

from dyadlink.audit.pdf import read_pdf
from dyadlink.audit.pdf_text import Fonts


def _texts(content: bytes) -> set[str]:
    return {words.text for words in read_pdf("a.pdf", content).words if words.rule == "E01"}


def test_lines_below_each_other_are_one_text_and_cells_beside_each_other_are_not() -> None:
    lines = [(50, 700, "In the first year 7"), (50, 688, "mothers died."), (50, 600, "7"), (300, 600, "Deaths")]
    assert {"In the first year 7 mothers died.", "7", "Deaths"} <= _texts(typeset_pdf(lines))


def test_a_text_drawn_letter_by_letter_is_one() -> None:
    assert "n = 7" in _texts(typeset_pdf(letter_by_letter("n = 7", 400)))


def test_tables_of_fonts_may_stand_in_packed_objects_and_in_ranges() -> None:
    codes = b"<01> <03> <0061> <04> <05> [<0078> <0079>]"
    table = b"1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfrange %s endbfrange" % codes
    font = b"<< /Type /Font /ToUnicode 3 0 R >>"
    page = b"<< /F1 9 0 R >>"
    inside = b"9 0 8 %d " % (len(font) + 1)
    packed = zlib.compress(inside + font + b" " + page)
    head = b"/Type /ObjStm /N 2 /First %d /Filter /FlateDecode" % len(inside)
    file = b"1 0 obj << %s >>\nstream\n%s\nendstream endobj\n" % (head, packed)
    file += b"3 0 obj << >>\nstream\n%s endendbfrange\nendstream endobj\n" % table
    # Typesetters of TeX write a blank as a step back.
    assert Fonts(file).texts(b"BT /F1 10 Tf [(\\001\\002)-333(\\003)20(\\004\\005)] TJ ET") == ["ab cxy"]


def test_a_font_that_does_not_say_what_it_shows_is_a_finding() -> None:
    page = [(50, 700, "7 mothers died")]
    assert [finding.rule for finding in read_pdf("a.pdf", typeset_pdf(page, is_told=False)).findings] == ["D04"]
    assert read_pdf("a.pdf", typeset_pdf(page)).findings == []
