"""Service use by period and involvement: every cell is what a filter counts, and rates are events over person-years."""

from __future__ import annotations

import polars as pl
import pytest
from service_table import make_service_needs, make_service_use

from dyadlink.describe.service_use import count_service_use, measure_rates
from dyadlink.describe.variables import SERVICE_MEASURES, SERVICE_PERIODS
from dyadlink.errors import ContractError
from dyadlink.schemas.service_use import ServiceUse


@pytest.fixture(scope="module")
def use(analysis: pl.DataFrame) -> pl.DataFrame:
    return make_service_use(analysis["dyad_id"], seed=3)


@pytest.fixture(scope="module")
def needs(analysis: pl.DataFrame) -> pl.DataFrame:
    return make_service_needs(analysis["dyad_id"], seed=4)


@pytest.fixture(scope="module")
def rates(use: pl.DataFrame, analysis: pl.DataFrame) -> pl.DataFrame:
    return measure_rates(use, analysis)


def test_every_measure_of_the_cohort_is_described_in_every_period(rates: pl.DataFrame) -> None:
    measures = [measure.name for measure in SERVICE_MEASURES]
    assert set(measures) == {name for name in ServiceUse.columns() if name.startswith("n_")}
    assert rates["measure"].unique(maintain_order=True).to_list() == measures
    assert rates["period"].unique(maintain_order=True).to_list() == list(SERVICE_PERIODS)
    assert rates["group"].head(3).to_list() == ["all", "yes", "no"]
    assert rates.height == len(measures) * 4 * 3


@pytest.mark.parametrize(("group", "o1"), [("yes", True), ("no", False)])
def test_a_rate_is_events_over_person_years_of_those_told(
    rates: pl.DataFrame, use: pl.DataFrame, analysis: pl.DataFrame, group: str, o1: bool
) -> None:
    own = use.join(analysis.filter(pl.col("o1") == o1), on="dyad_id", how="semi").filter(period="t1_to_t2")
    told = own.filter(pl.col("n_contacts").is_not_null())
    assert told.height < own.height
    row = rates.filter(period="t1_to_t2", measure="n_contacts", group=group).row(0, named=True)
    assert (row["n"], row["n_any"]) == (told.height, told.filter(pl.col("n_contacts") > 0).height)
    assert (row["n_events"], row["person_days"]) == (told["n_contacts"].sum(), told["observed_days"].sum())
    years = told["observed_days"].sum() / 365.25
    assert row["rate"] == pytest.approx(100 * row["n_events"] / years)
    assert row["conf_low"] < row["rate"] < row["conf_high"]


def test_days_in_care_have_a_rate_and_no_interval(rates: pl.DataFrame) -> None:
    days = rates.filter(unit="days")
    assert set(days["measure"]) == {"n_bed_days", "n_mbu_days", "n_ward_days", "n_home_treatment_days"}
    assert days.select("conf_low", "conf_high").null_count().row(0) == (days.height,) * 2
    assert days["rate"].null_count() == 0


def test_nobody_observed_has_no_rate_and_no_event_has_an_upper_end(use: pl.DataFrame, analysis: pl.DataFrame) -> None:
    none = use.with_columns(
        n_contacts=pl.lit(0, pl.Int64),
        observed_days=pl.when(pl.col("period") == "birth_to_t1").then(0).otherwise("observed_days"),
    )
    rows = measure_rates(none, analysis).filter(measure="n_contacts", group="all")
    unseen, seen = (rows.filter(period=period).row(0, named=True) for period in ("birth_to_t1", "t2_to_t3"))
    assert (unseen["rate"], unseen["conf_low"], unseen["conf_high"]) == (None, None, None)
    assert (seen["rate"], seen["conf_low"]) == (0, 0)
    assert seen["conf_high"] == pytest.approx(100 * 365.25 * 3.6888795 / seen["person_days"])


def test_dyads_with_any_are_what_a_filter_counts(
    use: pl.DataFrame, needs: pl.DataFrame, analysis: pl.DataFrame
) -> None:
    counts, _ = count_service_use(use, needs, analysis)
    cells = {(row["variable"], row["level"], row["group"]): row["n"] for row in counts.iter_rows(named=True)
             if row["table"] == "service_use_t2_to_t3"}  # fmt: skip
    own = use.filter(period="t2_to_t3").join(analysis.select("dyad_id", "o1"), on="dyad_id")
    involved = own.filter("o1")
    assert cells["n_perinatal_contacts", "yes", "yes"] == involved.filter(pl.col("n_perinatal_contacts") > 0).height
    assert cells["n_perinatal_contacts", "no", "yes"] == involved.filter(pl.col("n_perinatal_contacts") == 0).height
    assert cells["n_perinatal_contacts", "missing", "all"] == own["n_perinatal_contacts"].null_count() > 0
    assert ("n_bed_days", "missing", "all") not in cells


def test_follow_up_is_seen_or_not_or_cut_short(use: pl.DataFrame, needs: pl.DataFrame, analysis: pl.DataFrame) -> None:
    counts, _ = count_service_use(use, needs, analysis)
    table = counts.filter(table="service_needs", variable="has_discharge_follow_up", group="all")
    told = dict(needs["discharge_follow_up"].value_counts().iter_rows())
    assert dict(table.select("level", "n").iter_rows()) == {
        "yes": told["seen"],
        "no": told["not_seen"],
        "readmitted_or_died": told["readmitted"] + told["died"],
        "missing": told[None],
    }
    readmitted = counts.filter(table="service_needs", variable="has_readmission", level="yes", group="all")
    assert readmitted["n"].to_list() == [analysis["has_readmission"].sum()]


def test_medians_are_of_the_dyads_with_any(use: pl.DataFrame, needs: pl.DataFrame, analysis: pl.DataFrame) -> None:
    _, medians = count_service_use(use, needs, analysis)
    involved = analysis.filter("o1")
    days = use.filter(period="t1_to_t2").join(involved, on="dyad_id", how="semi")["n_bed_days"]
    some = days.filter(days > 0)
    row = medians.filter(table="service_use_t1_to_t2", variable="n_bed_days", group="yes").row(0, named=True)
    assert (row["n"], row["median"]) == (some.len(), some.median())
    waits = analysis.filter(~pl.col("o1"))["readmission_days"].drop_nulls()
    row = medians.filter(variable="readmission_days", group="no").row(0, named=True)
    assert (row["n"], row["median"]) == (waits.len(), waits.median())


def test_where_involvement_is_not_known_of_some_they_are_a_group(
    use: pl.DataFrame, needs: pl.DataFrame, analysis: pl.DataFrame
) -> None:
    unknown = analysis.with_columns(o1=pl.when(pl.col("dyad_id") % 3 > 0).then("o1"))
    counts, _ = count_service_use(use, needs, unknown)
    totals = counts.filter(table="service_needs", variable="total")
    assert dict(totals.select("group", "n").iter_rows()) == {
        "all": 300,
        "yes": unknown["o1"].sum(),
        "no": (~unknown["o1"]).sum(),
        "missing": 100,
    }
    assert set(measure_rates(use, unknown)["group"]) == {"all", "yes", "no", "missing"}


def test_a_level_that_is_not_listed_is_refused(use: pl.DataFrame, needs: pl.DataFrame, analysis: pl.DataFrame) -> None:
    wrong = needs.with_columns(perinatal_team=pl.lit("waiting"))
    with pytest.raises(ContractError, match="a level that the table does not list"):
        count_service_use(use, wrong, analysis)
