"""Texts and properties of a PDF, as far as they stand in plain or deflated streams."""

from __future__ import annotations

import re

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.findings import Finding
from dyadlink.audit.pdf_text import Fonts, inflate, string_bytes

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
_PROPERTY = re.compile(
    rb"/(Title|Author|Subject|Keywords|Creator|Producer|Contents|Alt)\s*(\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]+>)"
)
_ATTACHED = re.compile(rb"/EmbeddedFiles?\b|/FileAttachment\b|/RichMedia\b|/JavaScript\b")


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
    streams = [inflate(stream) for stream in _STREAM.findall(content)]
    plain = _STREAM.sub(b"", content)
    for part in (plain, *streams):
        for name, value in _PROPERTY.findall(part):
            text = _string(value)
            if text.strip():
                found.words.append(Words(file, f"property {name.decode()}", text, "E05"))
    if any(_ATTACHED.search(part) for part in (plain, *streams)):
        found.findings.append(Finding(file, "a file attached", "D04", "what is attached is not read"))
    fonts = Fonts(content)
    if not fonts.are_all_told:
        found.findings.append(Finding(file, "a font", "D04", "the text in it is drawn and cannot be read"))
    for number, stream in enumerate(streams, start=1):
        if b"<x:xmpmeta" in stream or b"<rdf:RDF" in stream:
            text = re.sub(rb"<[^>]+>", b" ", stream).decode("utf-8", "replace")
            found.words.append(Words(file, "XMP properties", text, "E05"))
        found.words += [Words(file, f"stream {number}", text) for text in fonts.texts(stream)]
    return found


def _string(value: bytes) -> str:
    raw = string_bytes(value)
    return raw.decode("utf-16", "replace") if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else raw.decode("latin-1")
