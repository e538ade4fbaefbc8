"""The text that the pages of a PDF show, by the tables of their fonts (ISO 32000-1, 9.10)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from dyadlink.audit.pdf_places import join_texts, read_places

_OBJECT = re.compile(rb"(?<!\d)(\d+)\s+\d+\s+obj\b(.*?)endobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
_OF_STREAM = re.compile(rb"/(N|First)\s+(\d+)")
_TO_UNICODE = re.compile(rb"/ToUnicode\s+(\d+)\s+\d+\s+R")
_NAMES = re.compile(rb"<<((?:\s*/[^\s/<>\[\]()]+\s+\d+\s+\d+\s+R)+)\s*>>")
_NAME = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+)\s+\d+\s+R")
_CODES = re.compile(rb"begin(codespacerange|bfchar|bfrange)(.*?)end\1", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_PIECE = re.compile(rb"(\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]*>)|(-?[\d.]+)", re.S)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.S)
_LARGEST = 20_000_000
_BLANK = -200
"""A step back of more thousandths of the size of the type is a blank between words."""

Font = tuple[int, dict[int, str]]
"""Bytes of a code, and the text of each code."""


def inflate(data: bytes) -> bytes:
    """What a stream holds; as it stands where it is not deflated."""
    try:
        return zlib.decompressobj().decompress(data.strip(b"\r\n"), _LARGEST)
    except zlib.error:
        return data


class Fonts:
    """The fonts of a file that say which text their codes stand for."""

    def __init__(self, content: bytes) -> None:
        """Read every object of the file, packed ones too."""
        objects = {int(number): body for number, body in _OBJECT.findall(content)}
        for body in list(objects.values()):
            if b"/ObjStm" in body:
                objects |= _packed(body)
        bodies = {number: _STREAM.sub(b"", body) for number, body in objects.items()}
        fonts = {}
        for number, body in bodies.items():
            if (found := _TO_UNICODE.search(body)) and (table := _STREAM.search(objects.get(int(found[1]), b""))):
                fonts[number] = _font(inflate(table[1]))
        self.are_all_told = not any(
            b"/Identity-H" in body and b"/Type0" in body for number, body in bodies.items() if number not in fonts
        )
        pages = [_NAME.findall(names) for body in bodies.values() for names in _NAMES.findall(body)]
        named = [{name: fonts[int(n)] for name, n in page if int(n) in fonts} for page in pages]
        self.pages = [page for i, page in enumerate(named) if page and page not in named[:i]]

    def texts(self, stream: bytes) -> list[str]:
        """The texts drawn; each several times where fonts of one name differ between pages, one being the page's."""
        shown = list(read_places(stream))
        used = {one.font for one in shown}
        by_name = [{name: font for name, font in page.items() if name in used} for page in self.pages]
        found: dict[str, None] = {}
        for fonts in [one for one in by_name if one] or [{}]:
            drawn = [_drawn(one.pieces, fonts.get(one.font)) for one in shown]
            found |= dict.fromkeys(text.strip() for text in join_texts(shown, drawn))
        return [text for text in found if text]


def _packed(body: bytes) -> dict[int, bytes]:
    found, told = _STREAM.search(body), {name: int(n) for name, n in _OF_STREAM.findall(body)}
    if found is None or set(told) != {b"N", b"First"}:
        return {}
    inside = inflate(found[1])
    numbers = [int(n) for n in inside[: told[b"First"]].split()[: 2 * told[b"N"]] if n.isdigit()]
    ends = [*numbers[3::2], len(inside)]
    return {
        number: inside[told[b"First"] + start : told[b"First"] + end]
        for number, start, end in zip(numbers[::2], numbers[1::2], ends, strict=False)
    }


def _font(table: bytes) -> Font:
    width, codes = 2, dict[int, str]()
    for kind, body in _CODES.findall(table):
        values: list[list[bytes]] = []
        is_list = False
        for digits, opens, closes in _HEX.findall(body):
            if opens or closes:
                is_list = bool(opens)
                values += [[]] if opens else []
            elif is_list:
                values[-1].append(bytes.fromhex(digits.decode()))
            else:
                values.append([bytes.fromhex(digits.decode())])
        if kind == b"codespacerange" and values:
            width = len(values[0][0])
        elif kind == b"bfchar":
            codes |= {
                int.from_bytes(code[0]): _text(to[0]) for code, to in zip(values[::2], values[1::2], strict=False)
            }
        else:
            for first, last, to in zip(values[::3], values[1::3], values[2::3], strict=False):
                start, end = int.from_bytes(first[0]), int.from_bytes(last[0])
                codes |= {start + i: text for i, text in enumerate(_range(to, end - start + 1))}
    return width, codes


def _range(to: Sequence[bytes], size: int) -> Iterator[str]:
    if len(to) != 1 or size < 1:
        yield from (_text(one) for one in to)
        return
    start = _text(to[0])
    yield from (start[:-1] + chr(ord(start[-1]) + i) for i in range(min(size, 0x10000)) if start)


def _text(utf16: bytes) -> str:
    return utf16.decode("utf-16-be", "replace")


def _drawn(pieces: bytes, font: Font | None) -> str:
    parts = []
    for string, step in _PIECE.findall(pieces):
        if string:
            parts.append(_decoded(string_bytes(string), font))
        elif float(step) < _BLANK:
            parts.append(" ")
    return "".join(parts)


def _decoded(raw: bytes, font: Font | None) -> str:
    if font is None:
        return raw.decode("utf-16", "replace") if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else raw.decode("latin-1")
    width, codes = font
    return "".join(codes.get(int.from_bytes(raw[i : i + width]), "") for i in range(0, len(raw), width))


def string_bytes(value: bytes) -> bytes:
    """The bytes of a string in brackets or in hexadecimal digits."""
    if value.startswith(b"<"):
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", value).decode()
        return bytes.fromhex(digits + "0" * (len(digits) % 2))
    return _ESCAPE.sub(_unescape, value[1:-1])


def _unescape(found: re.Match[bytes]) -> bytes:
    told = found[1]
    if told[:1].isdigit():
        return bytes([int(told, 8) & 255])
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
    return plain.get(told, told)
