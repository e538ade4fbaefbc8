"""The shape of the estimates, complete cases, notes, and clustering."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from dyadlink.estimates import Estimates
from dyadlink.models.design import Design, Parameter
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.methods import FITTERS
from dyadlink.models.specification import ModelSpec

LEVELS = ["bipolar", "other", "personality_disorder", "schizophrenia_spectrum"]


def test_rows_follow_the_terms(analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec) -> None:
    estimates = fit_models(analysis, [o1_spec, o4_spec])
    assert estimates.columns == list(Estimates.columns())
    rows = [
        ("deprivation", ""),
        ("has_domestic_abuse", "yes"),
        *(("diagnosis_group", level) for level in LEVELS),
    ]
    assert estimates.select("term", "level").rows() == rows * 2
    assert estimates["n_parameters"].to_list() == [7] * 6 + [6] * 6
    assert estimates.select(pl.col("estimate", "std_error", "p_value").is_not_null().all()).row(0) == (True,) * 3


def test_counts_are_those_of_the_complete_cases(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    row = fit_models(analysis, [o1_spec]).filter(pl.col("level") == "bipolar").row(0, named=True)
    complete = analysis.drop_nulls(["deprivation", "has_domestic_abuse", "diagnosis_group"])
    bipolar = complete.filter(pl.col("diagnosis_group") == "bipolar")
    depression = complete.filter(pl.col("diagnosis_group") == "depression")
    assert (row["n"], row["n_events"]) == (complete.height, complete["o1"].sum())
    assert (row["n_level"], row["n_events_level"]) == (bipolar.height, bipolar["o1"].sum())
    assert (row["n_reference"], row["n_events_reference"]) == (depression.height, depression["o1"].sum())


def test_the_interval_and_p_value_are_wald(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    for row in fit_models(analysis, [o1_spec]).iter_rows(named=True):
        assert row["conf_high"] - row["conf_low"] == pytest.approx(2 * 1.959964 * row["std_error"], rel=1e-6)
        tail = 1 - NormalDist().cdf(abs(row["estimate"] / row["std_error"]))
        assert row["p_value"] == pytest.approx(2 * tail, abs=1e-12)


def test_incomplete_follow_up_is_censored_in_a_cox_model(analysis: pl.DataFrame, o4_spec: ModelSpec) -> None:
    at_risk = analysis.filter(pl.col("o4_at_risk")).drop_nulls(["deprivation", "diagnosis_group"])
    assert at_risk["o4"].null_count() > 0
    assert fit_models(analysis, [o4_spec])["n"][0] == at_risk.height
    unknown = count_model_dyads(analysis, [o4_spec]).filter(pl.col("level") == "outcome_unknown")
    assert unknown["n"].item() == 0


def test_the_order_of_the_table_changes_nothing(analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec) -> None:
    shuffled = analysis.sample(fraction=1.0, shuffle=True, seed=3)
    specs = [o1_spec, o4_spec]
    assert fit_models(shuffled, specs).equals(fit_models(analysis, specs))


def test_no_models_give_an_empty_table(analysis: pl.DataFrame) -> None:
    assert fit_models(analysis, []).is_empty()


def test_dyads_left_out_are_counted_and_noted(analysis: pl.DataFrame, o4_spec: ModelSpec) -> None:
    logistic = o4_spec.model_copy(update={"name": "o4_logistic", "family": "logistic"})
    counts = count_model_dyads(analysis, [logistic]).filter(pl.col("level") != "total")
    total = count_model_dyads(analysis, [logistic]).filter(pl.col("level") == "total")["n"].item()
    assert counts["n"].sum() == total == analysis["o4_at_risk"].sum()
    unknown = analysis.filter(pl.col("o4_at_risk") & pl.col("o4").is_null()).height
    assert counts.filter(pl.col("level") == "outcome_unknown")["n"].item() == unknown
    note = fit_models(analysis, [logistic])["note"][0]
    assert note.split("; ") == [
        "about 10% of dyads left out for incomplete follow-up",
        "about 10% of dyads left out for a missing covariate",
    ]


def test_few_events_per_parameter_are_noted(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    # 6 parameters: about 100 dyads have some 35 events.
    notes = fit_models(analysis.head(100), [o1_spec])["note"].unique().to_list()
    assert len(notes) == 1
    assert "events per parameter: read with caution" in notes[0]


@pytest.mark.parametrize("family", ["logistic", "cox"])
def test_a_note_holds_no_count(analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec, family: str) -> None:
    spec = o1_spec if family == "logistic" else o4_spec
    for n in (20, 60, 150, 2000):
        note = fit_models(analysis.head(n), [spec])["note"][0]
        figures = {int("".join(c for c in word if c.isdigit())) for word in note.split() if word[0].isdigit()}
        assert all(figure % 5 == 0 for figure in figures)


@pytest.mark.parametrize("family", ["logistic", "cox", "fine_gray"])
def test_a_twin_who_repeats_its_sibling_adds_nothing(family: str) -> None:
    """Each dyad twice under one mother: the standard error stays; under two mothers it shrinks by sqrt 2."""
    rng = np.random.default_rng(5)
    n = 1000
    x = rng.normal(size=n)
    event = rng.random(n) < 1 / (1 + np.exp(-x))
    single = Design((Parameter("x", "linear", "", ""),), x[:, None], event, np.arange(n) + 1.0, np.arange(n))
    twins = _doubled(single, single.clusters)
    strangers = _doubled(single, single.clusters + n)
    fit = FITTERS[family]
    expected = fit(single).std_errors[0]
    # Small-sample correction and the ties between siblings are all that differ: under half a percent.
    assert fit(twins).std_errors[0] == pytest.approx(expected, rel=5e-3)
    assert fit(strangers).std_errors[0] == pytest.approx(expected / np.sqrt(2), rel=5e-3)


def _doubled(design: Design, second_clusters: np.ndarray) -> Design:
    return Design(
        design.parameters,
        np.vstack([design.matrix] * 2),
        np.concatenate([design.event] * 2),
        np.concatenate([design.days] * 2),
        np.concatenate([design.clusters, second_clusters]),
    )
