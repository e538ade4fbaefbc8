"""The cohort as a whole: age bands, the flow's arithmetic, and what is said when nobody is left."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from staged_cohort import ROOT, SQL, STAGED, staged_connection

from dyadlink.cohort.tables import COHORT_TABLES, add_age_bands, build_cohort, check_analysis, check_flow
from dyadlink.config import Study, load_config
from dyadlink.errors import ContractError
from dyadlink.schemas import CONTRACTS, Analysis, check_table
from dyadlink.sql import read_table


@pytest.fixture(scope="module")
def study() -> Study:
    return load_config(ROOT / "config/config.yaml").study


def test_two_dyads_of_twins_one_of_them_linked(study: Study) -> None:
    connection = staged_connection(STAGED)
    build_cohort(connection, SQL, study)
    analysis = read_table(connection, "analysis")
    assert analysis.select(
        "dyad_id", "mother_number", "maternal_age_band", "is_multiple_birth", "is_linked", "o3", "o3_days", "o4"
    ).rows() == [(1, 1, "30-34", True, True, True, 1, False), (2, 1, "30-34", True, False, False, 365, False)]
    assert check_table(analysis, Analysis, "analysis").equals(analysis)


def test_every_table_of_the_cohort_keeps_its_contract(study: Study) -> None:
    connection = staged_connection(STAGED)
    build_cohort(connection, SQL, study)
    heights = {
        name: check_table(read_table(connection, name), CONTRACTS[name], name).height
        for name in COHORT_TABLES
        if name in CONTRACTS
    }
    # Nobody was looked after; everything else left something in every table.
    assert [name for name, height in heights.items() if height == 0] == [
        "periods_of_care",
        "custody_intervals",
        "custody_losses",
        "reunifications",
    ]


def test_what_twins_mother_used_is_counted_for_each_of_them(study: Study) -> None:
    connection = staged_connection(STAGED)
    build_cohort(connection, SQL, study)
    use = read_table(connection, "service_use").filter(period="t2_to_t3")
    assert use.select("dyad_id", "n_contacts", "n_perinatal_contacts").rows() == [(1, 1, 1), (2, 1, 1)]
    needs = read_table(connection, "service_needs")
    assert needs.select("dyad_id", "discharge_follow_up", "perinatal_team").rows() == [
        (1, "seen", "seen"),
        (2, "seen", "seen"),
    ]


def test_nobody_left_is_a_clear_error(study: Study) -> None:
    with pytest.raises(ContractError, match="no dyad is left after the exclusions -> see the cohort flow"):
        build_cohort(staged_connection({}), SQL, study)


def test_a_study_period_without_births_is_a_clear_error(study: Study) -> None:
    later = study.model_copy(update={"first_birth_date": date(2022, 1, 1)})
    with pytest.raises(ContractError, match="no dyad is left"):
        build_cohort(staged_connection(STAGED), SQL, later)


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
