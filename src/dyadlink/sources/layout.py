"""The layout of a route: which tables it hands over, where each stands, and the columns the study reads.

Each route is a YAML file in layouts/. A layout is data: it holds no logic, and every route is read by one loader.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from dyadlink.config import ENGLAND_RETURNS, Route, parse_section, read_yaml
from dyadlink.section import Section
from dyadlink.sources.patterns import WILDCARD

LAYOUTS = Path(__file__).parent / "layouts"

Stage = Literal["staging", "linkage"]
"""The stage that opens a table: identifiers are opened by linkage and by nothing else (docs/adr/0007)."""

DATE_FORMS = {"year_first": ("%Y-%m-%d",), "day_first": ("%d/%m/%Y",), "either": ("%Y-%m-%d", "%d/%m/%Y")}
"""The ways that a table's dates may be written; the first is how a typed date is written out as text."""

ORIGIN = ("input", "source_file", "source_row")
"""Columns that each table gets from the loader: the input's name, the file or relation, the record (1 is the first)."""


class Column(Section):
    """A column that the study reads."""

    name: str = Field(description="Name in the standard.")
    type: Literal["text", "code", "integer", "number", "date", "flag"] = Field("text", description="What it holds.")
    description: str = Field(description="What it means.")
    required: bool = Field(True, description="A table without it stops the run; else it is empty.")
    key: bool = Field(False, description="Joins tables: all of them must hold it as text, or all as a number.")
    is_identifier: bool = Field(False, description="Says who a person is: left out wherever staging reads.")
    also: tuple[str, ...] = Field((), description="Other names over versions; * stands for any letters (`X_SPR*`).")


class Xml(Section):
    """The XML form of a table."""

    reader: Literal["cin_census", "ssda903"] = Field(description="What kind of return it is.")
    path: str = Field(description="Where its files stand, without .xml; several tables may share it.")


class Table(Section):
    """A table of a route."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name that queries know it by.")
    path: str | None = Field(
        None,
        description="Place below the input's folder, without extension; {name} becomes a column, * does not.",
    )
    xml: Xml | None = Field(None, description="Its form as XML, when it has one.")
    relation: str | None = Field(None, description="Its name in a database (`schema.name`); else name or path.")
    description: str = Field(description="What a row is.")
    columns: tuple[Column, ...] = Field(min_length=1, description="Columns that the study reads.")
    dates: Literal["year_first", "day_first", "either"] = Field("year_first", description="How dates are written.")
    stages: tuple[Stage, ...] = Field(("staging",), min_length=1, description="Who opens it.")
    may_be_missing: bool = Field(False, description="The study can do without it; it is then empty.")
    may_be_missing_with: str | None = Field(None, description="It may be missing where this table is there.")
    feeds: tuple[str, ...] = Field((), description="Canonical tables made of it by SQL; none: it is one itself.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [name.lower() for name in (*(column.name for column in self.columns), *self.wildcards, *ORIGIN)]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"table {self.name} names a column twice: {', '.join(doubled)}")
        if self.path is None and self.xml is None:
            raise ValueError(f"table {self.name} has no path")
        if self.path and self.xml and set(self.wildcards) != set(WILDCARD.findall(self.xml.path)):
            raise ValueError(f"table {self.name} has other wildcards in xml than in path")
        return self

    @property
    def wildcards(self) -> tuple[str, ...]:
        """The columns that its path gives."""
        path = self.path or (self.xml.path if self.xml else "")
        return tuple(WILDCARD.findall(path))

    def columns_for(self, stage: Stage) -> tuple[Column, ...]:
        """The columns that a stage may see."""
        return tuple(column for column in self.columns if stage == "linkage" or not column.is_identifier)


class Layout(Section):
    """The tables of a route."""

    route: Route
    description: str
    tables: tuple[Table, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [table.name for table in self.tables]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"tables twice: {', '.join(doubled)}")
        for table in self.tables:
            other = table.may_be_missing_with
            if other is not None and other not in names:
                raise ValueError(f"table {table.name} may be missing with {other}, which is no table here")
        return self

    def table(self, name: str) -> Table:
        """The table of that name.

        Raises:
            KeyError: There is none.
        """
        return {table.name: table for table in self.tables}[name]

    def tables_for(self, stage: Stage) -> Iterator[Table]:
        """The tables that a stage opens, in the order of the file."""
        return (table for table in self.tables if stage in table.stages)


def read_layout(path: Path) -> Layout:
    """The layout in a YAML file.

    Raises:
        ConfigError: The file is not YAML, or a key of it is unknown, missing or wrong.
    """
    return parse_section(Layout, read_yaml(path), str(path))


@cache
def load_layout(route: Route) -> Layout:
    """The layout of a route.

    Raises:
        ConfigError: See `read_layout`.
    """
    return read_layout(LAYOUTS / f"{route}.yaml")


def canonical_tables(stage: Stage) -> tuple[Table, ...]:
    """The study's own raw tables, which every route gives: the tables of the English returns that feed no other."""
    return tuple(table for table in load_layout(ENGLAND_RETURNS).tables_for(stage) if not table.feeds)
