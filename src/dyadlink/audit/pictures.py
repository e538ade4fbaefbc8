"""Texts inside the files of pictures: PNG chunks, JPEG comments and Exif."""

from __future__ import annotations

import re
import struct
import zlib

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.findings import Finding

_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 1_000_000
_PRINTED = re.compile(rb"[\x20-\x7e\n\r\t]{4,}")


def read_png(file: str, content: bytes) -> Content:
    """The texts of a PNG and what stands behind its end.

    Raises:
        UnreadableError: It is no PNG.
    """
    if not content.startswith(_PNG):
        raise UnreadableError("it is no PNG")
    found = Content()
    position = len(_PNG)
    while position + 12 <= len(content):
        (size,) = struct.unpack(">I", content[position : position + 4])
        kind, data = content[position + 4 : position + 8], content[position + 8 : position + 8 + size]
        position += 12 + size
        text = _chunk_text(kind, data)
        if text:
            found.words.append(Words(file, f"{kind.decode('ascii', 'replace')} chunk", text, "E04"))
        if kind == b"IEND":
            break
    _look_behind(found, file, content[position:])
    return found


def _chunk_text(kind: bytes, data: bytes) -> str:
    name, _, rest = data.partition(b"\0")
    if kind == b"tEXt":
        body = rest
    elif kind == b"zTXt":
        body = _inflate(rest[1:])
    elif kind == b"iTXt":
        is_packed, body = rest[:1] == b"\x01", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        body = _inflate(body) if is_packed else body
    elif kind == b"eXIf":
        name, body = b"Exif", b" ".join(_PRINTED.findall(data))
    else:
        return ""
    return f"{name.decode('latin-1')}: {body.decode('utf-8', 'replace')}"


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LARGEST)
    except zlib.error:
        return data


def _look_behind(found: Content, file: str, behind: bytes) -> None:
    """A finding, and the texts, of what stands behind the end of a picture."""
    if behind.strip(b"\0\r\n "):
        found.findings.append(Finding(file, "behind the end of the picture", "D04", f"{len(behind):,} bytes"))
        _add_printed(found, file, "behind the end of the picture", behind)


def _add_printed(found: Content, file: str, place: str, data: bytes) -> None:
    for text in _PRINTED.findall(data):
        found.words.append(Words(file, place, text.decode("ascii"), "E04"))


def read_jpeg(file: str, content: bytes) -> Content:
    """The comments, Exif and XMP of a JPEG.

    Raises:
        UnreadableError: It is no JPEG.
    """
    if not content.startswith(b"\xff\xd8"):
        raise UnreadableError("it is no JPEG")
    found = Content()
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        (size,) = struct.unpack(">H", content[position + 2 : position + 4])
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            _add_printed(
                found, file, "comment" if marker == 0xFE else "properties", content[position + 4 : position + 2 + size]
            )
        if marker in {0xD9, 0xDA}:
            break
        position += 2 + size
    # In the picture's own data the mark of its end cannot stand.
    end = content.find(b"\xff\xd9", position)
    if end >= 0:
        _look_behind(found, file, content[end + 2 :])
    return found
