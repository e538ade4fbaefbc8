"""Files that nobody here wrote, together: what is accepted of them is found again in the staged tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from sources_world import complete_returns, sources

from dyadlink.config import Checks, Resources
from dyadlink.sources.loading import load_sources
from dyadlink.sources.rules import Checked, check_sources
from dyadlink.sources.staging import stage_sources
from dyadlink.sql import add_views, codelist_views, connect, read_table

ROOT = Path(__file__).parents[3]
EXTERNAL = ROOT / "tests/data/external"
CIN = EXTERNAL / "csc-validator-be-cin"
SSDA903 = EXTERNAL / "csc-validator-be-903"
HES = EXTERNAL / "cuRed"
FILES = {
    "authorities/975/cin/2022.xml": CIN / "fake_CIN_data.xml",
    "authorities/201/cin/2021.xml": CIN / "CIN_Census_2021.xml",
    "authorities/201/cin/2026.xml": CIN / "CIN_Census_2026.xml",
    # The fake return has dates to 2020 and no year of its own: any year will do.
    "authorities/975/ssda903/2021/header.csv": SSDA903 / "header.csv",
    "authorities/975/ssda903/2021/episodes.csv": SSDA903 / "episodes.csv",
    "authorities/976/ssda903/2021/fake_903.xml": SSDA903 / "fake_903.xml",
    "nhs/hes/apc_0102.csv": HES / "artificial_hes_apc_0102.csv",
}

KEYS = {
    # (typed table, staged table): the key of a row in the staged table, from the columns of the typed one.
    ("cin_children", "children"): "child_key(la_code, la_child_id) as child_key",
    ("looked_after_children", "children"): "child_key(la_code, la_child_id) as child_key",
    ("cin_episodes", "cin_episodes"): "child_key(la_code, la_child_id) as child_key, referral_date",
    ("assessments", "assessments"): "child_key(la_code, la_child_id) as child_key, referral_date, start_date",
    ("child_in_need_plans", "child_in_need_plans"): (
        "child_key(la_code, la_child_id) as child_key, referral_date, start_date"
    ),
    ("section_47_enquiries", "section_47_enquiries"): (
        "child_key(la_code, la_child_id) as child_key, referral_date, start_date"
    ),
    ("child_protection_plans", "child_protection_plans"): "child_key(la_code, la_child_id) as child_key, start_date",
    ("looked_after_episodes", "looked_after_episodes"): "child_key(la_code, la_child_id) as child_key, start_date",
    ("hes_admissions", "hes_admissions"): "person_id, admission_date",
}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Checked]:
    """A connection that holds the staged tables, and what the rules found."""
    folder = complete_returns(tmp_path_factory.mktemp("sources"))
    shutil.rmtree(folder / "authorities")
    for name, origin in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, path)
    connection = connect(Resources())
    lists = sorted((ROOT / "config/codelists").glob("*.csv"))
    add_views(connection, codelist_views({path.stem: str(path) for path in lists}))
    load_sources(connection, sources(folder), ROOT / "workflow/sql")
    stage_sources(connection, ROOT / "workflow/sql")
    return connection, check_sources(connection, ROOT / "workflow/sql", Checks())


@pytest.mark.parametrize(("typed", "table"), KEYS)
def test_each_accepted_row_is_found_again(
    staged: tuple[duckdb.DuckDBPyConnection, Checked], typed: str, table: str
) -> None:
    connection = staged[0]
    accepted = connection.sql(f"select distinct {KEYS[typed, table]} from typed_{typed} where broken_rule is null").pl()  # noqa: S608
    stored = read_table(connection, table)
    assert accepted.height > 0
    assert accepted.join(stored, on=accepted.columns, how="anti", nulls_equal=True).height == 0


def test_the_rows_set_aside_name_their_file_and_row(
    staged: tuple[duckdb.DuckDBPyConnection, Checked],
) -> None:
    aside = read_table(staged[0], "broken_records").filter(pl.col("severity") == "quarantine")
    place = pl.col("source_file").cast(pl.String).str.split("/").list.tail(3).list.join("/")
    assert aside.select("source", "rule", place, "source_row").sort("source").rows() == [
        ("assessments", "end_before_start", "201/cin/2026.xml", 1),
        ("hes_admissions", "admission_date_missing", "nhs/hes/apc_0102.csv", 1942),
    ]


def test_nothing_is_staged_beyond_what_was_accepted(
    staged: tuple[duckdb.DuckDBPyConnection, Checked],
) -> None:
    connection = staged[0]
    heights = {name: read_table(connection, name).height for name in ("children", "cin_episodes", "hes_admissions")}
    # DfEX0000001 comes in two census years: 335 + 2,928 rows are 3,262 children. 2,074 episodes of care in
    # hospital are 1,966 admissions.
    assert heights == {"children": 3262, "cin_episodes": 405, "hes_admissions": 1966}


def test_booleans_written_0_and_false_are_both_read(
    staged: tuple[duckdb.DuckDBPyConnection, Checked],
) -> None:
    episodes = read_table(staged[0], "typed_cin_episodes").filter(
        pl.col("source_file").cast(pl.String).str.ends_with("cin/2026.xml")
    )
    assert episodes["is_no_further_action"].to_list() == [False, False]


def test_text_between_elements_is_no_value(staged: tuple[duckdb.DuckDBPyConnection, Checked]) -> None:
    children = read_table(staged[0], "typed_cin_children").filter(
        pl.col("source_file").cast(pl.String).str.contains("/201/")
    )
    assert children["birth_date"].null_count() == 0
    assert sorted(children["la_child_id"]) == ["DfEX0000001", "DfEX0000001", "child_fails_assessments"]
