"""The data dictionary of the synthetic files: the columns that are there, with what specifications say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import polars as pl
import yaml
from lxml import etree

from dyadlink.errors import DyadlinkError
from dyadlink.synthetic.routes import ENGLAND_RETURNS, ROUTES

TRUTH = "truth"
OWN, FROZEN = "own.csv", "specifications.csv"
"""In the folder of descriptions: written for this project, and frozen from published specifications."""
_SPECIFICATIONS = (
    ("*/mhsds/v5/*", "MHSDS v5"),
    ("*/MHS*", "MHSDS v6"),
    ("*/MSD*", "MSDS v2"),
    ("*/ssd_*", "SSD"),
)
"""Which frozen specification a file follows; the first pattern that fits."""
_PLACES = (
    (re.compile(r"^authorities/[^/]+/"), "authorities/<la_code>/"),
    (re.compile(r"/20\d\d/"), "/<year>/"),
    (re.compile(r"_20\d\d\."), "_<year>."),
)
"""What differs between files of one kind, and the word for it."""
_YEAR_OF_COLUMN = re.compile(r"_SPR\d\d$")
_KINDS: dict[type[pl.DataType], str] = {
    pl.String: "text",
    pl.Date: "date",
    pl.Time: "time",
    pl.Boolean: "true or false",
    pl.Float64: "number",
}


class Column(NamedTuple):
    """A column of a kind of file; `type` is known where the file itself tells."""

    route: str
    file: str
    column: str
    type: str | None


def data_dictionary(world: Path, descriptions: Path) -> pl.DataFrame:
    """Return one row per route, file and column: route, file, column, type, meaning, specification.

    Args:
        world: The folder of a synthetic world; its routes are the ones described.
        descriptions: The folder of `own.csv` and `specifications.csv`. The first is asked first.

    Raises:
        DyadlinkError: If there are no files, a column has no description, or one of `own.csv` belongs to no column.
    """
    own = list(_rows(descriptions / OWN))
    frozen = {(r["specification"], r["table"], r["column"].lower()): r for r in _rows(descriptions / FROZEN)}
    columns = sorted(columns_of(world), key=lambda found: (_rank(found.route), found.file))
    if not columns:
        raise DyadlinkError("holds no synthetic files", where=str(world), mend="make them with `dyadlink simulate`")
    used: set[int] = set()
    rows = []
    for column in columns:
        place = next((i for i, row in enumerate(own) if _fits(row, column)), None)
        if place is not None:
            used.add(place)
        found = own[place] if place is not None else frozen.get(_frozen_key(column))
        if found is None:
            raise DyadlinkError(
                f"column {column.column} has no meaning", where=column.file, mend=f"add a row to {descriptions / OWN}"
            )
        rows.append({**column._asdict(), "type": column.type or found["type"], **_told(found)})
    unused = [f"{row['file']}, {row['column']}" for i, row in enumerate(own) if i not in used]
    if unused:
        raise DyadlinkError(
            f"{len(unused)} description(s) belong to no column, first: {unused[0]}",
            where=str(descriptions / OWN),
            mend="remove the row, or describe a world of every route",
        )
    return pl.DataFrame(rows)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    return pl.read_csv(path, infer_schema=False).fill_null("").iter_rows(named=True)


def _rank(route: str) -> int:
    return [*ROUTES, TRUTH].index(route)


def _fits(row: dict[str, str], column: Column) -> bool:
    return row["column"] == column.column and fnmatchcase(column.file, row["file"])


def _frozen_key(column: Column) -> tuple[str, str, str]:
    name = next((name for pattern, name in _SPECIFICATIONS if fnmatchcase(column.file, pattern)), "")
    return name, Path(column.file).stem, column.column.lower()


def _told(found: dict[str, str]) -> dict[str, str]:
    return {"meaning": found["meaning"], "specification": found["specification"]}


def columns_of(world: Path) -> list[Column]:
    """Return every column of every file of a world once, files in order of their names, columns as they stand."""
    found: dict[Column, None] = {}
    for path in sorted(path for path in world.rglob("*") if path.is_file()):
        name = path.relative_to(world).as_posix()
        for pattern, word in _PLACES:
            name = pattern.sub(word, name)
        top = name.split("/", 1)[0]
        route = top if top in {*ROUTES, TRUTH} else ENGLAND_RETURNS
        found |= dict.fromkeys(Column(route, name, column, kind) for column, kind in _columns(path))
    return list(found)


def _columns(path: Path) -> Iterator[tuple[str, str | None]]:
    if path.suffix == ".csv":
        yield from ((name, None) for name in pl.read_csv(path, n_rows=0).columns)
    elif path.suffix == ".parquet":
        for name, dtype in pl.read_parquet_schema(path).items():
            kind = "whole number" if dtype.is_integer() else _KINDS[type(dtype)]
            yield _YEAR_OF_COLUMN.sub("_SPR<yy>", name), kind
    elif path.suffix == ".xml":
        yield from ((element.tag, None) for _, element in etree.iterparse(path, events=("start",)))
    elif path.suffix == ".yaml":
        yield from ((name, None) for name in yaml.safe_load(path.read_text(encoding="utf-8")))
