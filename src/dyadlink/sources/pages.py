"""Reference pages made from the layouts and from the code: where each table stands, and what a run may say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dyadlink import errors
from dyadlink.config import ROUTES
from dyadlink.reference import DICTIONARY, stored_columns
from dyadlink.sources.layout import LAYOUTS, Layout, Table, load_layout

_DATES = {"year_first": "year first", "day_first": "day first", "either": "year first or day first"}
_PART = "..."
"""Stands in a message for what differs from case to case."""


def write_source_pages(folder: Path, package: Path) -> None:
    """Write source-layout.md, errors.md and data-dictionary.csv into the folder, from layouts, contracts and code."""
    (folder / "source-layout.md").write_text(layout_page(), encoding="utf-8")
    (folder / "errors.md").write_text(errors_page(package), encoding="utf-8")
    (folder / "data-dictionary.csv").write_text(dictionary_file(), encoding="utf-8")


def dictionary_file() -> str:
    """CSV: every column of the sources, of what is stored and of the aggregates, one row each."""
    return pl.concat([source_columns(), stored_columns()]).write_csv()


def source_columns() -> pl.DataFrame:
    """Every column that a route's layout reads, in the shape of `reference.DICTIONARY`; the room is the route."""
    rows = [
        (route, table.name, column.name, column.type, column.key, not column.required, column.description)
        for route in ROUTES
        for table in load_layout(route).tables
        for column in table.columns
    ]
    return pl.DataFrame(rows, schema=DICTIONARY, orient="row")


def layout_page() -> str:
    """Markdown: every table of every route, where it stands and which columns the study reads."""
    parts = [
        "# Source layout",
        "Written from `src/dyadlink/sources/layouts` by `make reference`; how they are read is told in "
        "[sources](../explanation/sources.md).",
        "A path stands below the location of its input and has no extension: a table is a `.csv`, `.csv.gz` or "
        "`.parquet` file, or `.xml` where that is said. `{name}` stands for a part of the path that becomes a column, "
        "`*` for one that does not matter. In a database the table is a relation of its name, or of the end of its "
        "path. Case does not matter in names, nor the order of columns; further columns may be there and are left "
        "alone. CSV is UTF-8 with commas and a line of names unless the input's `csv` says otherwise. Columns in "
        "*italics* may be absent; those in **bold** join tables.",
    ]
    for route in ROUTES:
        if (LAYOUTS / f"{route}.yaml").is_file():
            parts += _route_lines(load_layout(route))
    return "\n\n".join(parts) + "\n"


def _route_lines(layout: Layout) -> Iterator[str]:
    yield f"## {layout.route}"
    yield layout.description
    for table in layout.tables:
        yield f"### {layout.route}: {table.name}"
        yield table.description
        yield "\n".join(_facts(table))
        rows = ["| column | type | other names | meaning |", "|---|---|---|---|"]
        for column in table.columns:
            name = f"`{column.name}`" if column.required else f"*`{column.name}`*"
            name = f"**{name}**" if column.key else name
            also = ", ".join(f"`{other}`" for other in column.also)
            kind = f"{column.type}, identifier" if column.is_identifier else column.type
            rows.append(f"| {name} | {kind} | {also} | {column.description} |")
        yield "\n".join(rows)


def _facts(table: Table) -> Iterator[str]:
    if table.path:
        yield f"- path: `{table.path}`"
    if table.xml:
        yield f"- XML ({table.xml.reader}): `{table.xml.path}.xml`"
    if table.relation:
        yield f"- relation: `{table.relation}`"
    if any(column.type == "date" for column in table.columns):
        yield f"- dates: {_DATES[table.dates]}"
    yield f"- read by: {', '.join(table.stages)}"
    if table.may_be_missing:
        yield "- may be missing"
    if table.may_be_missing_with:
        yield f"- may be missing where `{table.may_be_missing_with}` is there"
    if table.feeds:
        yield f"- feeds: {', '.join(f'`{name}`' for name in table.feeds)}"


class _Message(NamedTuple):
    """A message that the code may tell."""

    kind: str
    what: str
    mend: str
    module: str


def errors_page(package: Path) -> str:
    """Markdown: every message that the package's code may end a run with, by class of error.

    The messages are found in the code itself: each place that makes an error of `dyadlink.errors`.
    """
    messages = sorted({message for path in sorted(package.rglob("*.py")) for message in _messages(path, package)})
    parts = [
        "# What may go wrong",
        "Written from the code by `make reference`. A run that cannot go on says so in one line: "
        "`dyadlink: where: what -> mend`, on the terminal and in the step's log, and ends with the exit code of its "
        "class. Nothing is left half-written, and no value of a person is told. `...` stands for a name, a number or "
        "a path.",
    ]
    for kind in ("ConfigError", "SourceError", "ContractError", "DyadlinkError"):
        error = getattr(errors, kind)
        rows = [f"| `{one.module}` | {one.what} | {one.mend} |" for one in messages if one.kind == kind]
        heading = f"## {kind} (exit code {error.exit_code})"
        parts += [heading, (error.__doc__ or "").strip().splitlines()[0]]
        parts.append("\n".join(["| told by | what | how to mend |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _messages(path: Path, package: Path) -> Iterator[_Message]:
    module = ".".join(path.relative_to(package).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        kind = getattr(errors, node.func.id, None)
        if isinstance(kind, type) and issubclass(kind, errors.DyadlinkError):
            mend = next((word.value for word in node.keywords if word.arg == "mend"), None)
            yield _Message(kind.__name__, _words(node.args[0]), _words(mend) if mend else "", module)


def _words(node: ast.expr) -> str:
    """A text as the code writes it, with `...` for what it fills in."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("|", r"\|").replace("\n", " ")
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) if isinstance(part, ast.Constant) else _PART for part in node.values)
    return _PART
