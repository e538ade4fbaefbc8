"""The cohort as a whole: age bands, the flow's arithmetic, and what is said when nobody is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dyadlink.cohort.tables import COHORT_TABLES, add_age_bands, build_cohort, check_analysis, check_flow
from dyadlink.config import Resources, Study, load_config
from dyadlink.errors import ContractError
from dyadlink.schemas import CONTRACTS, Analysis, check_table
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import add_views, codelist_views, connect, read_table

ROOT = Path(__file__).parents[3]
SQL = ROOT / "workflow/sql"

STAGED: dict[str, list[dict[str, Any]]] = {
    "authorities": [
        {
            "la_code": "301",
            "gss_code": "E09000002",
            "name": "A",
            "country": "England",
            "route": "england_returns",
            "coverage_start": date(2020, 4, 1),
            "coverage_end": date(2024, 3, 31),
        }
    ],
    "patients": [
        {
            "person_id": "m1",
            "birth_date": date(1990, 1, 1),
            "latest_birth_date": date(1990, 1, 1),
            "ethnic_category": "A",
        }
    ],
    "patient_months": [{"person_id": "m1", "month_id": 1453, "gss_code": "E09000002", "marital_status": "S"}],
    "births": [
        {
            "infant_id": infant,
            "mother_id": "m1",
            "n_mothers": 1,
            "birth_date": date(2021, 3, 5),
            "latest_birth_date": date(2021, 3, 5),
            "is_live_birth": True,
            "n_infants_delivered": 2,
        }
        for infant in ("i1", "i2")
    ],
    "hospital_spells": [
        {"spell_id": "s1", "person_id": "m1", "start_date": date(2021, 4, 10), "end_date": date(2021, 5, 1)}
    ],
    "links": [{"infant_id": "i1", "child_key": "301:a", "step": "exact"}],
    "child_protection_plans": [{"child_key": "301:a", "start_date": date(2021, 5, 2)}],
}


@pytest.fixture(scope="module")
def study() -> Study:
    return load_config(ROOT / "config/config.yaml").study


def _connection(rows: dict[str, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    connection = connect(Resources())
    lists = sorted((ROOT / "config/codelists").glob("*.csv"))
    add_views(connection, codelist_views({path.stem: str(path) for path in lists}))
    for name in (*STAGING_TABLES, "links"):
        schema = {column: kind.dtype for column, kind in CONTRACTS[name].columns().items()}
        given = [{column: row.get(column) for column in schema} for row in rows.get(name, [])]
        connection.register(name, pl.DataFrame(given, schema=schema))
    return connection


def test_two_dyads_of_twins_one_of_them_linked(study: Study) -> None:
    connection = _connection(STAGED)
    build_cohort(connection, SQL, study)
    analysis = read_table(connection, "analysis")
    assert analysis.select(
        "dyad_id", "mother_number", "maternal_age_band", "is_multiple_birth", "is_linked", "o3", "o3_days", "o4"
    ).rows() == [(1, 1, "30-34", True, True, True, 1, False), (2, 1, "30-34", True, False, False, 365, False)]
    assert check_table(analysis, Analysis, "analysis").equals(analysis)


def test_every_table_of_the_cohort_keeps_its_contract(study: Study) -> None:
    connection = _connection(STAGED)
    build_cohort(connection, SQL, study)
    heights = {
        name: check_table(read_table(connection, name), CONTRACTS[name], name).height
        for name in COHORT_TABLES
        if name in CONTRACTS
    }
    # Nobody was looked after; everything else left something in every table.
    assert [name for name, height in heights.items() if height == 0] == ["periods_of_care"]


def test_nobody_left_is_a_clear_error(study: Study) -> None:
    with pytest.raises(ContractError, match="no dyad is left after the exclusions -> see the cohort flow"):
        build_cohort(_connection({}), SQL, study)


def test_a_study_period_without_births_is_a_clear_error(study: Study) -> None:
    later = study.model_copy(update={"first_birth_date": date(2022, 1, 1)})
    with pytest.raises(ContractError, match="no dyad is left"):
        build_cohort(_connection(STAGED), SQL, later)


def test_an_empty_analysis_table_is_refused_before_its_contract() -> None:
    with pytest.raises(ContractError, match="no dyad is left"):
        check_analysis(pl.DataFrame())


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (12, "<25"),
        (24, "<25"),
        (25, "25-29"),
        (29, "25-29"),
        (30, "30-34"),
        (34, "30-34"),
        (35, "35+"),
        (55, "35+"),
    ],
)
def test_age_bands_hold_their_lower_edge(years: int, band: str) -> None:
    frame = pl.DataFrame({"maternal_age_years": [years]})
    assert add_age_bands(frame, (25, 30, 35))["maternal_age_band"].to_list() == [band]


def test_age_bands_with_one_edge() -> None:
    frame = pl.DataFrame({"maternal_age_years": [19, 20]})
    assert add_age_bands(frame, (20,))["maternal_age_band"].to_list() == ["<20", "20+"]


def _flow(*numbers: int) -> pl.DataFrame:
    kinds = ["box", "exclusion", "exclusion", "box", "box", "exclusion", "box"]
    return pl.DataFrame(
        {
            "position": range(1, 8),
            "unit": ["women"] * 4 + ["dyads"] * 3,
            "kind": kinds,
            "step": ["step"] * 7,
            "n": numbers,
        }
    )


def test_a_flow_that_adds_up_passes_in_any_order() -> None:
    flow = _flow(100, 10, 20, 70, 75, 5, 70)
    check_flow(flow, 70)
    check_flow(flow.sample(fraction=1, shuffle=True, seed=1), 70)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param((100, 10, 20, 71, 75, 5, 70), id="women"),
        pytest.param((100, 10, 20, 70, 75, 4, 70), id="dyads"),
        pytest.param((100, 10, 19, 70, 75, 5, 70), id="exclusion"),
    ],
)
def test_a_flow_that_does_not_add_up_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ContractError, match="table cohort_flow: a box differs from the one before less its exclusions"):
        check_flow(_flow(*numbers), 70)


def test_a_flow_that_does_not_end_in_the_analysis_is_refused() -> None:
    with pytest.raises(ContractError, match="its last box is not the number of dyads analysed"):
        check_flow(_flow(100, 10, 20, 70, 75, 5, 70), 69)
