"""The report as one page that holds all it needs and calls nothing from elsewhere."""

from __future__ import annotations

import base64
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from dyadlink.report import standing_words
from dyadlink.report.document import Document, Section
from dyadlink.report.provenance import written
from dyadlink.report.table_files import cell_print, table_csv
from dyadlink.report.tables import Cell, Table


def render_page(document: Document) -> str:
    """The page as HTML."""
    from jinja2 import DictLoader, Environment, StrictUndefined  # noqa: PLC0415 - heavy

    files = resources.files("dyadlink.report")
    texts = {name: files.joinpath(name).read_text(encoding="utf-8") for name in _FILES}
    environment = Environment(
        loader=DictLoader({name: text for name, text in texts.items() if name.endswith(".html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["data_uri"] = data_uri
    environment.filters["slug"] = _slug
    environment.globals["cell_html"] = cell_html
    environment.globals["table_csv"] = table_csv
    return environment.get_template("report.html").render(
        document=document,
        css=Markup(texts["report.css"]),  # noqa: S704 - files of the package
        js=Markup(texts["report.js"]),  # noqa: S704
        synthetic_words=standing_words.SYNTHETIC[0],
        settings=written(document.settings),
        lines=_lines_of_contents(document.sections),
        embedded=_Embedded(),
    )


_FILES = ("report.html", "parts.html", "report.css", "report.js")


class _Embedded:
    """Which released files are in the page already: one that several tables show is there once."""

    def __init__(self) -> None:
        """None yet."""
        self._names: set[str] = set()

    def is_new(self, name: str) -> bool:
        """Whether this is the first time that the file is asked for."""
        is_new = name not in self._names
        self._names.add(name)
        return is_new


def data_uri(content: str | bytes, kind: str) -> str:
    """The content as a link that needs no server."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    charset = ";charset=utf-8" if isinstance(content, str) else ""
    return f"data:{kind}{charset};base64,{base64.b64encode(data).decode('ascii')}"


def cell_html(cell: Cell, table: Table) -> Markup:
    """What stands within a cell: its text, or a link."""
    if cell.link:
        return Markup('<a href="#{}">{}</a>').format(cell.link, cell.text)
    if not table.is_wide or table.is_text:
        return escape(cell_print(cell, table) if table.is_wide else cell.text)
    value, bracket, within = cell_print(cell, table).partition(" (")
    return Markup('{} <span class="below">({}</span>').format(value, within) if bracket else escape(value)


def _slug(text: str) -> str:
    """The text as part of an id."""
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())[:60]


def _lines_of_contents(sections: tuple[Section, ...]) -> list[dict[str, Any]]:
    return [{"id": section.id, "title": section.title} for section in sections]
