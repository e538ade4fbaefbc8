"""Known truth: read with the true links, the records give back every dyad's timepoints, outcomes and dates."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pipeline import PROJECT, build, link, stage, true_links

from dyadlink.sql import read_table
from dyadlink.synthetic import simulate


@pytest.fixture(scope="module", params=[1, 2, 3])
def sources(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth") / "sources"
    parameters = PROJECT / "synthetic_data/parameters.yaml"
    simulate(preset="study", seed=request.param, out=folder, parameters=parameters, flaws="none")
    return folder


@pytest.fixture(scope="module")
def compared(sources: Path) -> pl.DataFrame:
    """One row for each dyad of the truth or of the cohort, the cohort's columns with the suffix _found."""
    connection = stage(sources)
    build(connection, true_links(sources))
    dyads = read_table(connection, "dyads").filter(pl.col("exclusion_reason").is_null())
    follow_up = read_table(connection, "follow_up").drop("t2_date")
    analysis = read_table(connection, "analysis").drop("service_type", "country", "la_code", "infant_sex")
    found = dyads.join(follow_up, on="dyad_id").join(analysis, on="dyad_id", suffix="_analysis")
    truth = pl.read_csv(sources / "truth/dyads.csv", try_parse_dates=True)
    return truth.join(found, on="infant_id", how="full", suffix="_found")


def test_the_cohort_has_the_dyads_of_the_truth_and_no_other(compared: pl.DataFrame) -> None:
    assert compared.height == 278
    assert compared["infant_id"].null_count() == compared["infant_id_found"].null_count() == 0


@pytest.mark.parametrize(
    ("truth", "found"),
    [
        ("mother_id", "mother_id_found"),
        ("la_code", "la_code_found"),
        ("t1_date", "t1_date_found"),
        ("t2_date", "t2_date_found"),
        ("t3_date", "t3_date_found"),
        ("service_type", "service_type_found"),
        ("deprivation", "deprivation_found"),
        ("diagnosis_group", "diagnosis_group_found"),
        ("has_prior_admission", "has_prior_admission_found"),
        ("has_domestic_abuse", "has_domestic_abuse_found"),
        ("has_childhood_trauma", "has_childhood_trauma_found"),
        ("o1", "o1_found"),
        ("lost_by_t2", "is_custody_lost_by_t2"),
        ("on_plan_at_t2", "is_on_plan_at_t2"),
    ],
)
def test_a_fact_of_every_dyad_is_that_of_the_truth(compared: pl.DataFrame, truth: str, found: str) -> None:
    as_text = [pl.col(column).cast(pl.String) for column in (truth, found)]
    assert compared.filter(as_text[0].ne_missing(as_text[1])).height == 0


def test_custody_loss_is_found_on_its_day(compared: pl.DataFrame) -> None:
    at_risk = compared.filter("o4_at_risk")
    day = (pl.col("loss_date") - pl.col("t2_date")).dt.total_days()
    was_seen = pl.col("loss_date") <= pl.col("last_day")
    true_day = pl.when(was_seen).then(day)
    found_day = pl.when(pl.col("o4_event") == "custody_loss").then("o4_days")
    assert at_risk.filter(was_seen).height > 10
    assert at_risk.filter(true_day.ne_missing(found_day)).height == 0


def test_first_plan_is_found_on_its_day(compared: pl.DataFrame) -> None:
    at_risk = compared.filter("o3_at_risk")
    day = (pl.col("cpp_date") - pl.col("t2_date")).dt.total_days()
    was_seen = pl.col("cpp_date") <= pl.col("last_day")
    true_day = pl.when(was_seen).then(day)
    found_day = pl.when(pl.col("o3_event") == "child_protection_plan").then("o3_days")
    assert at_risk.filter(was_seen).height > 10
    assert at_risk.filter(true_day.ne_missing(found_day)).height == 0


def test_most_true_links_are_found_and_few_false_ones_made(sources: Path) -> None:
    found = link(stage(sources), sources).select("infant_id", "child_key")
    truth = true_links(sources).join(found, on=["infant_id", "child_key"], how="inner").height
    assert truth / found.height > 0.97  # precision
    assert truth / true_links(sources).height > 0.9  # recall
