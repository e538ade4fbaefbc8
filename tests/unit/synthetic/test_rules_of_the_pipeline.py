"""The rules as SQL find what plain Python finds, in worlds without flaws, with the usual ones and with many."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb
import polars as pl
import pytest
from dfe_care_rules import check_care
from dfe_rules import Broken, check_census
from pipeline import CONFIG, SQL, stage

from dyadlink.schemas.quality import read_rules
from dyadlink.sources.rules import Checked, check_sources
from dyadlink.sql import read_table
from dyadlink.synthetic import simulate
from dyadlink.synthetic.flaws import CATALOGUE

RULES = read_rules(SQL / "rules/rules.csv")
OF_DFE = sorted(set(RULES.get_column("dfe_rule").drop_nulls()))
UNREADABLE = {"8500", "102", "141", "147"}
"""Rules on values that cannot be read: the generator writes none, so the spec rows of the typed tables show them."""


@pytest.fixture(scope="session", params=["none", "default", "heavy"])
def flawed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    out = tmp_path_factory.mktemp("flawed") / request.param
    simulate("study", 11, out, parameters_path, flaws=request.param)
    return out


@pytest.fixture(scope="session")
def connection(flawed: Path) -> duckdb.DuckDBPyConnection:
    return stage(flawed)


@pytest.fixture(scope="session")
def found(connection: duckdb.DuckDBPyConnection) -> Checked:
    return check_sources(connection, SQL, CONFIG.checks)


@pytest.fixture(scope="session")
def records(connection: duckdb.DuckDBPyConnection, found: Checked) -> pl.DataFrame:
    frame = read_table(connection, "broken_records")
    assert frame.height == found.broken.get_column("n").sum()
    return frame


@pytest.fixture(scope="session")
def expected(flawed: Path) -> Broken:
    return check_census(flawed) | check_care(flawed)


def _by_dfe_rule(records: pl.DataFrame) -> Broken:
    numbers = RULES.select("source", "rule", "dfe_rule").drop_nulls()
    broken: Broken = defaultdict(set)
    for rule, record, year in (
        records.join(numbers, on=["source", "rule"]).select("dfe_rule", "record", "return_year").iter_rows()
    ):
        broken[rule].add((record, year))
    return broken


def test_plain_python_knows_every_rule_of_the_dfe(expected: Broken) -> None:
    own = {"duplicate", "one_of_upn_and_reason"}
    assert set(expected) - own == set(OF_DFE) - UNREADABLE


@pytest.mark.parametrize("rule", OF_DFE)
def test_the_same_records_break_a_rule_of_the_dfe(rule: str, records: pl.DataFrame, expected: Broken) -> None:
    assert _by_dfe_rule(records)[rule] == expected[rule]


def test_repeated_rows_are_found(records: pl.DataFrame, expected: Broken) -> None:
    repeated = records.filter(pl.col("rule") == "row_repeated").select("record", "return_year")
    assert set(repeated.iter_rows()) == expected["duplicate"]


def test_a_world_without_flaws_breaks_no_rule(flawed: Path, found: Checked) -> None:
    is_clean = flawed.name == "none"
    assert found.broken.is_empty() == is_clean
    assert found.stopped.is_empty()
    touched = found.quality.filter((pl.col("severity") != "none") & (pl.col("n") > 0))
    assert touched.is_empty() == is_clean


def test_each_planted_flaw_that_targets_a_rule_is_caught(flawed: Path, records: pl.DataFrame) -> None:
    """The generator names the rules that a flaw breaks: where it occurs, one of them finds one of its records."""
    listed = pl.read_csv(flawed / "truth/flaws.csv", infer_schema=False)
    broken = {rule: {record for record, _ in told} for rule, told in _by_dfe_rule(records).items()}
    broken["duplicate"] = set(records.filter(pl.col("rule") == "row_repeated").get_column("record"))
    for name, flaw in CATALOGUE.items():
        planted = set(listed.filter(pl.col("flaw") == name).get_column("record"))
        if flaw.rules and len(planted) > 5:
            told = set().union(*(broken.get(rule, set()) for rule in flaw.rules))
            assert told & planted, name
