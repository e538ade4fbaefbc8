"""Staged tables and counts of quality do not depend on the order in which the rows of a source stand."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from pipeline import PROJECT, SQL, stage
from shuffled_files import shuffle_files

from dyadlink.config import ROUTES, Checks, Route
from dyadlink.sources.completeness import count_completeness, measure_ranges
from dyadlink.sources.rules import check_sources
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import read_table

EXTRACT = PROJECT / "synthetic_data/extract/sources"
PLACE = ["source_file", "source_row", "record"]
"""What says where a broken record stands."""


def _staged(folder: Path, route: Route) -> dict[str, pl.DataFrame]:
    connection = stage(folder, routes=(route,))
    checked = check_sources(connection, SQL, Checks(maximum_share_set_aside=1))
    tables = {name: read_table(connection, name) for name in STAGING_TABLES}
    tables |= {"data_completeness": count_completeness(connection), "data_ranges": measure_ranges(connection)}
    broken = read_table(connection, "broken_records").drop(PLACE)
    return {**tables, "data_quality": checked.quality, "broken_records": broken.sort(broken.columns)}


@pytest.mark.parametrize("route", ROUTES)
def test_the_same_rows_in_another_order_are_staged_alike(route: Route, tmp_path: Path) -> None:
    shuffled = shutil.copytree(EXTRACT, tmp_path / "shuffled")
    assert shuffle_files(shuffled) > 50
    staged, again = _staged(EXTRACT, route), _staged(shuffled, route)
    assert sum(frame.height for frame in staged.values()) > 500
    assert [name for name, frame in staged.items() if not frame.equals(again[name])] == []
