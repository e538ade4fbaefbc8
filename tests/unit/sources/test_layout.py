"""The layouts are data, read strictly: a mistyped key, a double or a wrong wildcard is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sources_world import PEOPLE, SQL, people

from dyadlink.config import ROUTES, Route
from dyadlink.errors import ConfigError
from dyadlink.sources.layout import LAYOUTS, canonical_tables, load_layout, read_layout


def _layout(folder: Path, *tables: dict[str, Any], **keys: Any) -> Path:
    content = {"route": "england_returns", "description": "A route.", "tables": list(tables), **keys}
    path = folder / "layout.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(LAYOUTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_layout_is_valid_and_is_that_of_its_name(path: Path) -> None:
    layout = read_layout(path)
    assert layout.route == path.stem
    canonical = {table.name for stage in ("staging", "linkage") for table in canonical_tables(stage)}
    for table in layout.tables:
        # Its rows go somewhere: into the canonical tables it names, or it is one itself.
        assert set(table.feeds or (table.name,)) <= canonical, table.name


def test_the_canonical_tables_are_those_of_the_english_returns() -> None:
    names = [table.name for table in canonical_tables("staging")]
    assert {"mhs001mpi", "cin_census_children", "ssda903_episodes", "reference_deprivation"} <= set(names)
    assert not [name for name in names if name.startswith("cin_flat")]
    assert [table.name for table in canonical_tables("linkage")] == [
        "nhs_identifiers",
        "authority_identifiers",
        "given_links",
    ]


def test_staging_opens_no_table_of_identifiers() -> None:
    layout = load_layout("england_returns")
    staged = list(layout.tables_for("staging"))
    assert not [column.name for table in staged for column in table.columns_for("staging") if column.is_identifier]
    names = {table.name for table in staged}
    assert names.isdisjoint(table.name for table in layout.tables_for("linkage"))


def test_a_table_that_both_stages_open_hides_its_identifiers_from_staging() -> None:
    named = {"name": "Surname", "is_identifier": True, "description": "Name."}
    table = people(stages=["staging", "linkage"], columns=[*PEOPLE["columns"], named])
    assert [column.name for column in table.columns_for("staging")] == ["Person_ID", "PostCode"]
    assert [column.name for column in table.columns_for("linkage")] == ["Person_ID", "PostCode", "Surname"]


def test_the_wildcards_of_a_path_are_columns() -> None:
    assert people(path="authorities/{la_code}/{return_year}/*/people").wildcards == ("la_code", "return_year")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"paht": "people"}, r"unknown key 'tables\.0\.paht'", id="mistyped key"),
        pytest.param({"columns": []}, "at least 1 item", id="no column"),
        pytest.param({"path": None}, "table people has no path", id="no path"),
        pytest.param({"path": "{person_id}/people"}, "names a column twice: person_id", id="wildcard of a column"),
        pytest.param({"path": "{input}/people"}, "names a column twice: input", id="wildcard of the loader"),
        pytest.param({"stages": ["cohort"]}, "'staging' or 'linkage'", id="unknown stage"),
        pytest.param({"may_be_missing_with": "gone"}, "may be missing with gone, which is no table", id="gone"),
        pytest.param(
            {"path": "{la_code}/people", "xml": {"reader": "ssda903", "path": "people"}},
            "other wildcards in xml than in path",
            id="XML elsewhere",
        ),
    ],
)
def test_what_is_wrong_with_a_layout_is_told(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = _layout(tmp_path, {**PEOPLE, **change})
    with pytest.raises(ConfigError, match=message) as caught:
        read_layout(path)
    assert caught.value.where == str(path)


def test_a_table_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="tables twice: people"):
        read_layout(_layout(tmp_path, PEOPLE, PEOPLE))


@pytest.mark.parametrize("route", ROUTES)
def test_the_tables_that_a_route_makes_by_sql_are_told_where_they_are_read(route: Route) -> None:
    # check-inputs takes out what was made of a table that could not be read: it finds it by `feeds`.
    layout = load_layout(route)
    names = {table.name for table in layout.tables}
    read: dict[str, set[str]] = {name: set() for name in names}
    for path in (SQL / "routes" / route).glob("*.sql"):
        for name in set(re.findall(r"\b(?:from|join)\s+(\w+)", path.read_text(encoding="utf-8"))) & names:
            if name != path.stem:
                read[name].add(path.stem)
    assert {table.name: set(table.feeds) for table in layout.tables} == read
