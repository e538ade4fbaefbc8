"""The section on needs and service use: what is hidden stays hidden, and every number on it is a released one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from dyadlink.report.reading import Release, read_release
from dyadlink.report.service_use import build_service_use
from dyadlink.report.tables import Row


@pytest.fixture(scope="module")
def large_release(large_folder: Path) -> Release:
    return read_release(large_folder)


def _cells(rows: tuple[Row, ...]) -> dict[tuple[str, str], list[str | None]]:
    """Text of each cell, by measure and period; None where it is hidden."""
    found, heading = {}, ""
    for row in rows:
        heading = row.header if row.is_heading else heading
        if not row.is_heading:
            found[heading, row.header] = [None if cell.is_hidden else cell.text for cell in row.cells]
    return found


def test_the_tables_hold_the_released_numbers(large_release: Release) -> None:
    used, after = build_service_use(large_release)
    some, rates, medians = (_cells(table.rows) for table in used.tables)
    rows = large_release.find("service_rates").filter(period="t2_to_t3", measure="n_contacts")
    released = {row["group"]: row for row in rows.iter_rows(named=True)}
    place = ("Community contacts", "T2 to T3")
    assert some[place] == [
        f"{released[group]['n_any']:,} ({released[group]['percent']:.1f}%)" for group in ("all", "yes", "no")
    ]
    all_rate = released["all"]
    assert rates[place][0] == f"{all_rate['rate']:.0f} ({all_rate['conf_low']:.0f} to {all_rate['conf_high']:.0f})"
    assert "(" not in str(rates["Days in hospital", "T1 to T2"][0])
    assert ("Use of mental health care, T1 to T2", "Days in hospital") in medians
    assert [table.name for table in after.tables] == ["service_needs", "medians"]


def test_what_is_hidden_is_marked_and_lines_of_nothing_are_told(small_release: Release) -> None:
    frame = small_release.find("service_rates")
    hide = (pl.col("measure") == "n_contacts") & (pl.col("period") == "t2_to_t3") & (pl.col("group") != "all")
    hide |= (pl.col("measure") == "n_mbu_days") & (pl.col("period") == "birth_to_t1")
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    hidden = frame.with_columns(pl.when(~hide).then(pl.col(name)).alias(name) for name in numbers)
    n_before = hidden.filter(hide | pl.col("n_any").is_not_null()).select("measure", "period").n_unique()
    n_silent = hidden.select("measure", "period").n_unique() - n_before + 1
    release = replace(small_release, tables={**small_release.tables, "service_rates": hidden})
    used = build_service_use(release)[0]
    some = _cells(used.tables[0].rows)
    assert some["Community contacts", "T2 to T3"][1:] == [None, None]
    assert some["Community contacts", "T2 to T3"][0] is not None
    assert ("Days in a mother and baby unit", "Birth to T1") not in some
    assert f"Lines of which nothing can be shown are left out: {n_silent}." in used.sentences


def test_the_figure_says_in_words_what_it_draws(large_release: Release) -> None:
    (figure,) = build_service_use(large_release)[0].figures
    row = large_release.find("service_rates").filter(period="t1_to_t2", measure="n_bed_days", group="yes")
    assert f"Days in hospital, T1 to T2, Involved (O1): {row['rate'].item():,.0f}" in figure.label
    assert figure.drawing.svg.startswith("<svg")


def test_sessions_attended_are_told_of_those_offered(large_release: Release) -> None:
    row = large_release.find("service_rates").filter(
        period="t2_to_t3", measure="n_group_sessions_attended", group="all"
    )
    words = f"Parenting group sessions attended: {row['percent_of_whole'].item():.0f}% of those offered (T2 to T3)."
    assert words in build_service_use(large_release)[0].sentences


def test_a_release_without_these_tables_has_no_such_parts(small_release: Release) -> None:
    bare = {name: table for name, table in small_release.tables.items() if not name.startswith("service")}
    assert build_service_use(replace(small_release, tables=bare)) == []
