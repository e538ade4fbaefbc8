"""Completeness, ranges and the order of broken records, in a study of one mother written by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from pipeline import CONFIG, SQL, stage
from small_study import SmallStudy, case

from dyadlink.sources.completeness import count_completeness, measure_ranges
from dyadlink.sources.rules import check_sources
from dyadlink.sql import read_table


@pytest.fixture
def staged(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    study = SmallStudy(tmp_path)
    study.mother(months=["2021-07-01", "2022-07-01"])
    study.rows["nhs/mhsds/MHS001MPI"][1]["EthnicCategory"] = None
    study.birth()
    study.spell()
    for child in ("300", "100", "200"):
        study.child(case("2021-06-10", "2021-06-01"), child=child)
    study.write()
    return stage(tmp_path)


def test_rows_without_a_value_are_counted_by_return_year(staged: duckdb.DuckDBPyConnection) -> None:
    counts = count_completeness(staged).filter(table="completeness_patients", variable="ethnic_category")
    found = {(level, group): n for level, group, n in counts.select("level", "group", "n").iter_rows()}
    assert {key: found[key] for key in found if key[0] == "missing"} == {
        ("missing", "all"): 1,
        ("missing", "2022"): 0,
        ("missing", "2023"): 1,
    }
    assert found["recorded", "all"] == 1


def test_a_source_without_rows_is_left_out(staged: duckdb.DuckDBPyConnection) -> None:
    assert "completeness_hes_admissions" not in count_completeness(staged)["table"].to_list()


def test_percentiles_are_values_that_occur(staged: duckdb.DuckDBPyConnection) -> None:
    weeks = measure_ranges(staged).filter(source="babies", column="gestation_days")
    assert weeks.select("kind", "n", "low", "median", "high").rows() == [("number", 1, 280, 280, 280)]


def test_broken_records_stand_in_the_order_of_their_files(staged: duckdb.DuckDBPyConnection) -> None:
    check_sources(staged, SQL, CONFIG.checks)
    broken = read_table(staged, "broken_records")
    assert broken.filter(rule="closure_before_referral")["source_row"].to_list() == [1, 2, 3]
    assert broken["source"].to_list() == sorted(broken["source"])
