"""Texts and properties of a PDF, as far as they stand in plain or deflated streams."""

from __future__ import annotations

import re
import zlib

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.findings import Finding

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
_PROPERTY = re.compile(
    rb"/(Title|Author|Subject|Keywords|Creator|Producer|Contents|Alt)\s*(\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]+>)"
)
_SHOWN = re.compile(rb"(\[(?:[^\]\\]|\\.)*\]|\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]+>)\s*(?:Tj|TJ|'|\")", re.S)
_STRING = re.compile(rb"\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]+>")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_ATTACHED = re.compile(rb"/EmbeddedFiles?\b|/FileAttachment\b|/RichMedia\b|/JavaScript\b")
_LARGEST = 20_000_000


def read_pdf(file: str, content: bytes) -> Content:
    """The properties, the annotations and the text of its pages, line by line as it is drawn.

    Raises:
        UnreadableError: It is no PDF, or is encrypted.
    """
    if b"%PDF" not in content[:1024]:
        raise UnreadableError("it is no PDF")
    if b"/Encrypt" in content:
        raise UnreadableError("it is encrypted")
    found = Content()
    streams = [_inflate(stream) for stream in _STREAM.findall(content)]
    plain = _STREAM.sub(b"", content)
    for part in (plain, *streams):
        for name, value in _PROPERTY.findall(part):
            text = _string(value)
            if text.strip():
                found.words.append(Words(file, f"property {name.decode()}", text, "E05"))
    if any(_ATTACHED.search(part) for part in (plain, *streams)):
        found.findings.append(Finding(file, "a file attached", "D04", "what is attached is not read"))
    for number, stream in enumerate(streams, start=1):
        if b"<x:xmpmeta" in stream or b"<rdf:RDF" in stream:
            text = re.sub(rb"<[^>]+>", b" ", stream).decode("utf-8", "replace")
            found.words.append(Words(file, "XMP properties", text, "E05"))
        texts = (b" ".join(_STRING.findall(shown)) for shown in _SHOWN.findall(stream))
        joined = " ".join("".join(_string(part) for part in _STRING.findall(text)) for text in texts)
        if joined.strip():
            found.words.append(Words(file, f"stream {number}", joined))
    return found


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data.strip(b"\r\n"), _LARGEST)
    except zlib.error:
        return data


def _string(value: bytes) -> str:
    if value.startswith(b"<"):
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", value).decode()
        raw = bytes.fromhex(digits + "0" * (len(digits) % 2))
    else:
        raw = _ESCAPE.sub(_unescape, value[1:-1])
    return raw.decode("utf-16", "replace") if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else raw.decode("latin-1")


def _unescape(found: re.Match[bytes]) -> bytes:
    told = found[1]
    return (
        bytes([int(told, 8) & 255]) if told[:1].isdigit() else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(told, told)
    )
