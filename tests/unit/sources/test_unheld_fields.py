"""Fields that a route never holds (config/codelists/unheld_fields.csv) are those that its SQL leaves out or empty."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from dyadlink.config import ROUTES, Route
from dyadlink.sources.layout import canonical_tables, load_layout

ROOT = Path(__file__).parents[3]
UNHELD = pl.read_csv(ROOT / "config/codelists/unheld_fields.csv", infer_schema=False)


def _asked_for() -> list[tuple[str, str]]:
    """Tables and fields whose absence a rule tells, unless the route never holds them."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "workflow/sql/rules").glob("broken_*.sql"))]
    return [
        (raw_table, field)
        for text in texts
        for raw_table in re.findall(r"where raw_table = '(\w+)'", text)
        for field in re.findall(r"where lists\.field = '(\w+)'", text)
    ]


ASKED_FOR = _asked_for()


def _holds(route: Route, raw_table: str, field: str) -> bool:
    """Whether the route gives the table, and in it the field."""
    path = ROOT / "workflow/sql/routes" / route / f"{raw_table}.sql"
    if path.is_file():
        made = path.read_text(encoding="utf-8").rpartition("\nselect\n")[2]
        given = re.search(rf"^    (.*\b{field}),$", made, re.MULTILINE)
        return given is not None and not given[1].startswith("null::")
    tables = {table.name: table for table in load_layout(route).tables}
    return raw_table in tables and field in {column.name.lower() for column in tables[raw_table].columns}


def _gives(route: Route, raw_table: str) -> bool:
    names = {table.name for table in load_layout(route).tables}
    return raw_table in names or (ROOT / "workflow/sql/routes" / route / f"{raw_table}.sql").is_file()


@pytest.mark.parametrize(("raw_table", "field"), ASKED_FOR)
@pytest.mark.parametrize("route", ROUTES)
def test_a_field_is_listed_where_the_route_does_not_give_it_and_nowhere_else(
    route: Route, raw_table: str, field: str
) -> None:
    listed = (route, raw_table, field) in set(UNHELD.select("route", "raw_table", "field").iter_rows())
    assert listed == (_gives(route, raw_table) and not _holds(route, raw_table, field))


def test_every_listed_field_is_one_of_the_study() -> None:
    fields = {(table.name, column.name.lower()) for table in canonical_tables("staging") for column in table.columns}
    assert set(UNHELD.select("raw_table", "field").iter_rows()) == set(ASKED_FOR) <= fields
