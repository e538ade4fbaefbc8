"""Where the strings of a PDF's page stand, and which of them a reader reads as one text (ISO 32000-1, 8.3 and 9.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPERATION = re.compile(
    rb"(?P<state>(?<![\w/])[qQ](?!\w)|\bBT\b|T\*)|(?P<numbers>(?:-?[\d.]+\s+)+)(?P<move>cm|Tm|Td|TD|TL)(?!\w)"
    rb"|/(?P<font>[^\s/<>\[\]()]+)\s+(?P<size>-?[\d.]+)\s+Tf"
    rb"|(?P<shown>\[(?:\((?:\\.|[^\\)])*\)|[^\]\\(]|\\.)*\]|\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]+>)\s*(?P<how>TJ|Tj|'|\")",
    re.S,
)
Matrix = tuple[float, float, float, float, float, float]
_ONE: Matrix = (1, 0, 0, 1, 0, 0)
_LETTER = 0.5
"""Width of a letter in sizes of the type, where it is not looked up."""
_GAP = 1.5
"""Sizes of the type between two strings on a line that make them two texts, as cells of a table are."""
_LEADING = 2.2


@dataclass(frozen=True)
class Shown:
    """A string as it stands in the stream: its font's name, size and place on the page."""

    font: bytes
    pieces: bytes
    size: float
    x: float
    y: float


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def read_places(stream: bytes) -> Iterator[Shown]:
    """Every string of a stream of content, in the order in which they are drawn."""
    now, kept, line = _ONE, list[Matrix](), _ONE
    font, size, leading = b"", 1.0, 0.0
    for found in _OPERATION.finditer(stream):
        state, move = found["state"], found["move"]
        if state == b"q":
            kept.append(now)
        elif state == b"Q":
            now = kept.pop() if kept else now
        elif state == b"BT":
            line = _ONE
        elif found["font"]:
            font, size = found["font"], abs(_number(found["size"]))
        elif move:
            numbers = [_number(number) for number in found["numbers"].split()]
            if move == b"TL":
                leading = numbers[-1]
            elif move in {b"cm", b"Tm"} and len(numbers) >= len(_ONE):
                a, b, c, d, e, f = numbers[-6:]
                now, line = ((_times((a, b, c, d, e, f), now)), line) if move == b"cm" else (now, (a, b, c, d, e, f))
            elif len(numbers) > 1:
                leading = -numbers[-1] if move == b"TD" else leading
                line = _times((1, 0, 0, 1, numbers[-2], numbers[-1]), line)
        if state == b"T*" or found["how"] in {b"'", b'"'}:
            line = _times((1, 0, 0, 1, 0, -leading), line)
        if found["shown"]:
            at = _times(line, now)
            yield Shown(font, found["shown"], size * max(abs(at[0]), abs(at[1]), 1e-6), at[4], at[5])


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def join_texts(shown: Sequence[Shown], texts: Sequence[str]) -> Iterator[str]:
    """Texts of strings near each other as one: of a line, and of lines below each other that begin alike."""
    parts: list[str] = []
    start = end = y = 0.0
    before = ""
    for one, text in zip(shown, texts, strict=True):
        width = one.size * _LETTER * len(text)
        down = abs(one.y - y)
        if down < 0.3 * one.size:
            sign = "" if len(before) == len(text) == 1 else " "
            is_near = one.x - end < _GAP * one.size
        else:
            sign, is_near = " ", down < _LEADING * one.size and abs(one.x - start) < 2 * one.size
        if parts and not is_near:
            yield "".join(parts)
            parts = []
        if not parts or down >= 0.3 * one.size:
            start = one.x
        parts += [sign, text] if parts else [text]
        end, y, before = one.x + width, one.y, text
    if parts:
        yield "".join(parts)
