"""HTML pages and SVG drawings: tables, texts, what is not to be seen, and the points of every line."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.delimited import as_table, decode
from dyadlink.audit.findings import Finding
from dyadlink.audit.pictures import read_jpeg, read_png
from dyadlink.audit.structured import read_data

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_DATA_URI = re.compile(r"data:(image/(?:png|jpeg|svg\+xml)|application/json|text/[\w+.-]+)[^,]*?(;base64)?,(.*)", re.S)
_SAID = {"alt", "title", "aria-label", "aria-description", "summary", "content", "placeholder", "label", "desc"}
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])")
_UNSEEN_TAGS = {"script", "template", "noscript"}
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[+-]?\d+)?", re.I)
_COMMAND = re.compile(r"([MLHVZCSQTA])([^MLHVZCSQTA]*)", re.I)
_DRAWN = {"path", "polyline", "polygon"}


class _Page(HTMLParser):
    def __init__(self, file: str, rule: str) -> None:
        super().__init__(convert_charrefs=True)
        self.file, self.rule = file, rule
        self.content = Content()
        self.open: list[tuple[str, bool]] = []
        self.tables: list[list[tuple[int, list[str]]]] = []

    @property
    def is_hidden(self) -> bool:
        return any(hidden for _, hidden in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        hides = "hidden" in given or tag in _UNSEEN_TAGS or bool(_HIDING.search(given.get("style", "")))
        if tag not in _VOID:
            self.open.append((tag, hides))
        line = self.getpos()[0]
        for name, value in given.items():
            if name in _SAID or name.startswith("data-"):
                rule = "E07" if name.startswith("data-") and self.rule == "E01" else self.rule
                self._say(f"line {line}, {tag} {name}", _worded(name, value), rule)
        if tag == "input" and given.get("type") == "hidden":
            self._say(f"line {line}, hidden input", f"{given.get('name', '')} = {given.get('value', '')}", "E07")
        for name in ("src", "href", "xlink:href", "data"):
            self._look_into(f"line {line}, {tag} {name}", given.get(name, ""))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append((line, []))
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self.tables[-1][-1][1].append("")
        if tag in _DRAWN:
            self._draw(tag, given, line)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if any(opened == tag for opened, _ in self.open):
            while self.open and self.open.pop()[0] != tag:
                pass
        if tag == "table" and self.tables:
            rows = self.tables.pop()
            length = max((len(row) for _, row in rows), default=0)
            even = [(line, row + [""] * (length - len(row))) for line, row in rows]
            name = f"table at line {rows[0][0]}" if rows else "table"
            self.content.add(as_table(self.file, name, even, self.rule))

    def handle_data(self, data: str) -> None:
        if self.tables and self.tables[-1] and self.tables[-1][-1][1] and not self.is_hidden:
            self.tables[-1][-1][1][-1] += f" {data.strip()}"
        elif data.strip() and not (self.open and self.open[-1][0] == "style"):
            rule = "E07" if self.is_hidden and self.rule == "E01" else self.rule
            self._say(f"line {self.getpos()[0]}", data, rule)
            if self.open and self.open[-1][0] == "script":
                self.content.add(read_data(self.file, f"script at line {self.getpos()[0]}", data))

    def handle_comment(self, data: str) -> None:
        self._say(f"comment at line {self.getpos()[0]}", data, "E07" if self.rule == "E01" else self.rule)

    def _say(self, place: str, text: str, rule: str) -> None:
        self.content.words.append(Words(self.file, place, text, rule))

    def _look_into(self, place: str, address: str) -> None:
        """A picture or a table that stands in the page itself, as an address."""
        found = _DATA_URI.match(address)
        if found is None:
            return
        try:
            body = base64.b64decode(found[3]) if found[2] else unquote(found[3]).encode()
            read = {"image/png": read_png, "image/jpeg": read_jpeg, "image/svg+xml": read_svg}.get(found[1])
            inside = read(self.file, body) if read else read_data(self.file, "", body.decode())
        except (ValueError, UnreadableError):
            self.content.findings.append(Finding(self.file, place, "D04", "what is embedded cannot be read"))
            return
        self.content.words += [replace(words, place=f"{place}, {words.place}") for words in inside.words]
        self.content.sheets += [replace(sheet, name=f"{place} {sheet.name}".strip()) for sheet in inside.sheets]
        self.content.paths += inside.paths
        self.content.findings += [replace(one, place=f"{place}, {one.place}") for one in inside.findings]

    def _draw(self, tag: str, given: dict[str, str], line: int) -> None:
        points = _path_points(given.get("d", "")) if tag == "path" else _pairs(given.get("points", ""))
        if len(points) > 2:
            self.content.paths.append((f"line {line}", points))


def _worded(name: str, value: str) -> str:
    """A number in a data attribute says what it is in the attribute's name."""
    key = name.removeprefix("data-")
    return f"{key} = {value}" if name.startswith("data-") else value


def _pairs(text: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in _NUMBER.findall(text)]
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def _path_points(text: str) -> list[tuple[float, float]]:
    """The corners of a path of straight lines; a curve counts with its end."""
    points: list[tuple[float, float]] = []
    x = y = 0.0
    for command, rest in _COMMAND.findall(text):
        numbers = [float(number) for number in _NUMBER.findall(rest)]
        size = {"H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "A": 7, "Z": 0}.get(command.upper(), 2)
        is_relative = command.islower()
        for i in range(0, len(numbers) - size + 1, size or 1) if size else ():
            step = numbers[i : i + size]
            base_x, base_y = (x, y) if is_relative else (0.0, 0.0)
            x = base_x + (step[0] if command.upper() == "H" else step[-2]) if command.upper() != "V" else x
            y = base_y + step[-1] if command.upper() != "H" else y
            points.append((x, y))
    return points


def read_html(file: str, content: bytes) -> Content:
    """Tables, texts, alternative texts, and what is not to be seen, of an HTML page.

    Raises:
        UnreadableError: A table's rows do not fit its header.
    """
    return _read(file, content, "E01")


def read_svg(file: str, content: bytes) -> Content:
    """Texts, titles, descriptions and lines of a drawing.

    Raises:
        UnreadableError: It is no drawing.
    """
    if b"<svg" not in content[:5_000].lower():
        raise UnreadableError("it holds no drawing")
    return _read(file, content, "E04")


def _read(file: str, content: bytes, rule: str) -> Content:
    page = _Page(file, rule)
    page.feed(decode(content))
    page.close()
    return page.content
