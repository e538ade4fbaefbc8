"""PDFs as typesetters write them: their fonts hold only the letters used, and number these as they please."""

from __future__ import annotations

from collections.abc import Sequence


def _codes(letters: str, shift: int) -> dict[str, int]:
    return {letter: i + shift for i, letter in enumerate(dict.fromkeys(letters))}


def _table(codes: dict[str, int]) -> bytes:
    lines = "\n".join(f"<{code:04X}> <{ord(letter):04X}>" for letter, code in codes.items())
    told = f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{len(codes)} beginbfchar\n{lines}\nendbfchar"
    return f"begincmap\n{told}\nendcmap".encode()


def typeset_pdf(lines: Sequence[tuple[float, float, str]], *, is_told: bool = True) -> bytes:
    """A page with each text at its place, in two fonts by turns; `is_told`: a table says what the codes mean."""
    tables = [_codes("".join(text for _, _, text in lines), shift) for shift in (1, 500)]
    shown = "\n".join(
        f"BT /f{i % 2} 10 Tf 1 0 0 1 {x} {y} Tm [<{''.join(f'{tables[i % 2][c]:04X}' for c in text)}>] TJ ET"
        for i, (x, y, text) in enumerate(lines)
    ).encode()
    objects = [b"<< /Type /Page /Resources 2 0 R /Contents 7 0 R >>", b"<< /Font << /f0 3 0 R /f1 4 0 R >> >>"]
    for number in (5, 6):
        told = b" /ToUnicode %d 0 R" % number if is_told else b""
        objects.append(b"<< /Type /Font /Subtype /Type0 /Encoding /Identity-H%s >>" % told)
    objects += [
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body) for body in (*map(_table, tables), shown)
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, content) for i, content in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"%%EOF"


def letter_by_letter(text: str, y: float) -> list[tuple[float, float, str]]:
    """Places of the letters of a text that is drawn one letter at a time."""
    return [(100 + 5.0 * i, y, letter) for i, letter in enumerate(text)]
