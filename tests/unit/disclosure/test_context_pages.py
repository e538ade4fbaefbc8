"""What goes with each output: its context, and inside the unrounded numbers behind it."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import polars as pl
import pytest

from dyadlink.disclosure import Profile, get_profile, protect_all
from dyadlink.disclosure.door import release_files
from dyadlink.disclosure.underlying import underlying_files
from dyadlink.ledger import Entry

CONTEXT: dict[str, Any] = {"title": "A study", "study": "A study; seed 1", "is_synthetic": True, "profile": "strict"}
DERIVED = {"e_values", "linkage_accuracy_rates", "movement_shares", "standardised_differences"}
"""Worked out from what is shown."""


@pytest.fixture(scope="module")
def tables(small_aggregates: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    return protect_all(small_aggregates, get_profile("strict"))


@pytest.fixture(scope="module")
def files(tables: dict[str, pl.DataFrame]) -> dict[str, bytes]:
    return release_files(tables, CONTEXT)


def test_every_output_has_a_page_that_answers_what_a_checker_asks(
    files: dict[str, bytes], tables: dict[str, pl.DataFrame]
) -> None:
    for name in tables:
        page = files[f"contexts/{name}.md"].decode()
        for heading in ("Shows", "Who is in it", "How many", "Method", "Earlier releases", "Controls", "File"):
            assert re.search(rf"^\*\*{heading}\.\*\* [A-Z0-9`]", page, flags=re.MULTILINE), (name, heading)
        assert "Study: A study; seed 1" in page


def test_a_page_tells_how_many_as_they_are_shown_and_how_often_each_status(
    files: dict[str, bytes], tables: dict[str, pl.DataFrame]
) -> None:
    table, page = tables["outcomes"], files["contexts/outcomes.md"].decode()
    (n,) = table.filter(variable="total", level="total", group="all")["n"]
    assert f"In all {n:,}, rounded." in page
    for status, rows in table.group_by("status").len().iter_rows():
        assert f"`{status}` in {rows:,} rows" in page


def test_a_page_of_models_tells_their_degrees_of_freedom_from_what_is_shown(
    files: dict[str, bytes], tables: dict[str, pl.DataFrame]
) -> None:
    page = files["contexts/estimates.md"].decode()
    shown = tables["estimates"].drop_nulls(["n", "n_events", "parameters"])
    assert shown.height
    for row in shown.iter_rows(named=True):
        n, events, parameters = row["n"], row["n_events"], row["parameters"]
        assert f"| {row['model']} | {n:,} | {events:,} | {parameters} | {n - parameters:,} |" in page


def test_a_page_tells_which_earlier_release_held_it(files: dict[str, bytes], tables: dict[str, pl.DataFrame]) -> None:
    def entry(name: str, month: int, held: dict[str, str]) -> Entry:
        day = date(2026, month, 1)
        return Entry(release=name, date=day, study="s", profile="strict", counts=(), files=held)

    sha256 = files["checksums/tables/outcomes.csv.txt"].decode()
    earlier = [
        entry("one", 1, {}),
        entry("two", 2, {"tables/outcomes.csv": sha256}),
        entry("three", 3, {"tables/outcomes.csv": "0" * 64}),
    ]
    page = release_files(tables, CONTEXT, earlier)["contexts/outcomes.md"].decode()
    assert (
        "one (January 2026) did not hold it; two (February 2026) held the same; three (March 2026) held another" in page
    )


def test_who_is_counted_stands_in_the_manifest(files: dict[str, bytes]) -> None:
    manifest = files["manifest.json"].decode()
    assert '"population": "dyads, at risk of a plan after T2"' in manifest
    assert '"population": ""' not in manifest


def test_shown_can_be_held_against_true_row_by_row(
    small_aggregates: dict[str, pl.DataFrame], tables: dict[str, pl.DataFrame], strict: Profile
) -> None:
    found = underlying_files(small_aggregates, tables)
    held = 0
    for name, table in tables.items():
        if name in DERIVED:
            assert f"{name}.csv" not in found
            continue
        both = pl.read_csv(io.BytesIO(found[f"{name}.csv"]), infer_schema_length=None)
        assert both.height == table.height
        assert both["status"].to_list() == table["status"].to_list()
        is_of_counts = {"n", "true_n"} <= set(both.columns) and "model" not in both.columns
        # The made-up rates and the counts that they are shown with are made apart from each other.
        if not is_of_counts or name == "service_rates":
            continue
        counts = both.drop_nulls("true_n")
        if name != "medians":
            small = counts.filter(status="suppressed_primary")
            assert (small["true_n"] < strict.threshold).all(), name
        shown = counts.drop_nulls("n")
        assert ((shown["n"] - shown["true_n"]).abs() <= strict.rounding_base / 2).all(), name
        assert (shown["true_n"] >= strict.threshold).all(), name
        held += shown.height
    assert held > 300


def test_the_index_says_for_how_many_rows_the_true_numbers_are_there(
    small_aggregates: dict[str, pl.DataFrame], tables: dict[str, pl.DataFrame]
) -> None:
    found = underlying_files(small_aggregates, tables)
    index = {row[0]: row[1:] for row in pl.read_csv(io.BytesIO(found["index.csv"])).iter_rows()}
    assert index.keys() == tables.keys()
    for name, table in tables.items():
        rows, with_true = index[name]
        assert rows == table.height
        if name in DERIVED:
            assert with_true is None
        elif {"variable", "level", "group"} <= set(table.columns):
            # A level that the aggregate leaves out is a zero.
            assert with_true > 0.7 * rows, name
