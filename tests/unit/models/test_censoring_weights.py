"""Those lost to follow-up stood in for by those alike who stayed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import analysis_table
import numpy as np
import polars as pl
import pytest
import yaml
from analysis_table import make_analysis_table

from dyadlink.errors import ConfigError
from dyadlink.models.censoring_weights import chances_of_staying, select_weighed
from dyadlink.models.design import Design, Parameter, select_cases
from dyadlink.models.firth import infer_from_profile
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.marginal_risks import estimate_marginal_risks
from dyadlink.models.methods import choose_method, fit_once
from dyadlink.models.specification import ModelSpec, load_models

TERMS = [{"name": "is_single", "kind": "binary"}, {"name": "has_domestic_abuse", "kind": "binary"}]
ROW: dict[str, Any] = {
    "name": "m",
    "role": "sensitivity",
    "outcome": "o4",
    "population": "in_custody_at_t2",
    "family": "logistic",
    "terms": TERMS,
}
IPCW = {"plan": "inverse_probability_of_censoring"}
WEIGHTED = ModelSpec.model_validate({**ROW, "weights": IPCW})
PLAIN = ModelSpec.model_validate(ROW)


def _followed(days: list[float], lost: list[bool], parameters: tuple[Parameter, ...] = (), x: Any = None) -> Design:
    n = len(days)
    matrix = np.empty((n, 0)) if x is None else np.asarray(x, dtype=float).reshape(n, -1)
    return Design(parameters, matrix, np.array(lost), np.array(days), np.arange(n))


def test_six_dyads_by_hand() -> None:
    """Lost on day 10 (of 5 still followed) and day 20 (of 3); an event of day 10 comes before the loss of that day.

    Day 5, event: 1. Day 10, event: 1. Day 15, event: 1 / (1 - 1/4) = 4/3. T3: 1 / (3/4 * 1/2) = 8/3.
    """
    days, lost = [5, 10, 10.5, 15, 20.5, 365], [False, False, True, False, True, False]
    staying, words = chances_of_staying(_followed(days, lost))
    known = ~np.array(lost)
    assert (1 / staying[known]).tolist() == pytest.approx([1, 1, 4 / 3, 8 / 3])
    # Whoever stayed stands for all six.
    assert (1 / staying[known]).sum() == pytest.approx(6)
    assert words == "weights by one Kaplan-Meier curve"


def test_with_nobody_lost_every_weight_is_one() -> None:
    staying, _ = chances_of_staying(_followed([5, 365, 365], [False] * 3))
    assert staying.tolist() == [1, 1, 1]


def test_too_few_lost_for_a_model_fall_back_to_one_curve_and_say_so() -> None:
    days = [*(float(day) + 0.5 for day in range(1, 10)), *[365.0] * 60]
    x = np.arange(69) % 2
    staying, words = chances_of_staying(
        _followed(days, [True] * 9 + [False] * 60, (Parameter("x", "binary", "yes", "no"),), x)
    )
    assert words == "weights by one Kaplan-Meier curve: too few lost to model"
    assert staying[-1] == pytest.approx(60 / 69)


def test_a_level_at_which_nobody_was_lost_counts_with_the_reference() -> None:
    """Without that its coefficient would run off, and all would fall back to one curve."""
    rng = np.random.default_rng(3)
    level = rng.integers(0, 3, 600)
    lost = (rng.random(600) < 0.3) & (level < 2)
    days = np.where(lost, rng.integers(1, 300, 600) + 0.5, 365.0)
    parameters = tuple(Parameter("x", "categorical", name, "a") for name in ("b", "c"))
    matrix = np.column_stack([level == 1, level == 2])
    staying, words = chances_of_staying(_followed(days.tolist(), lost.tolist(), parameters, matrix))
    assert words == "weights by a Cox model"
    at_end = {int(name): staying[(level == name) & ~lost] for name in range(3)}
    assert at_end[0][0] == pytest.approx(at_end[2][0])
    assert at_end[0][0] != pytest.approx(at_end[1][0])


@pytest.fixture(scope="module")
def whole() -> pl.DataFrame:
    with mock.patch.dict(analysis_table.DAILY_HAZARDS, {"moved": 1e-12}):
        return make_analysis_table(12_000, seed=11, missing=0.0)


@pytest.fixture(scope="module")
def lost(whole: pl.DataFrame) -> pl.DataFrame:
    """Single mothers are lost ten times as often."""
    rate = pl.when("is_single").then(2e-3).otherwise(2e-4)
    days = np.random.default_rng(2).exponential(1 / whole.select(rate).to_series().to_numpy())
    lost_day = pl.Series(np.ceil(days).astype(np.int64))
    is_lost = (lost_day < whole["o4_days"]) & whole["o4_at_risk"]
    return whole.with_columns(
        o4=pl.when(is_lost).then(None).otherwise("o4"),
        o4_event=pl.when(is_lost).then(pl.lit("censored")).otherwise("o4_event"),
        o4_days=pl.when(is_lost).then(lost_day).otherwise("o4_days"),
    )


def _single(table: pl.DataFrame, spec: ModelSpec) -> tuple[float, float]:
    row = fit_models(table, [spec]).filter(term="is_single").row(0, named=True)
    return row["estimate"], row["std_error"]


def test_loss_that_goes_with_a_term_biases_known_outcomes_and_not_the_weighted(
    whole: pl.DataFrame, lost: pl.DataFrame
) -> None:
    truth, _ = _single(whole, PLAIN)
    left_out, error = _single(lost, PLAIN)
    assert left_out - truth > 4 * error
    weighted, error = _single(lost, WEIGHTED)
    assert abs(weighted - truth) < 1.5 * error
    # One curve for all knows nothing of who is lost.
    by_nothing = ModelSpec.model_validate({**ROW, "weights": {**IPCW, "by": []}})
    marginal, error = _single(lost, by_nothing)
    assert marginal - truth > 4 * error
    by_name = ModelSpec.model_validate({**ROW, "weights": {**IPCW, "by": ["is_single", "has_domestic_abuse"]}})
    assert _single(lost, by_name) == (weighted, _single(lost, WEIGHTED)[1])


def test_risks_of_the_weighted_model_are_those_of_everybody(whole: pl.DataFrame, lost: pl.DataFrame) -> None:
    def at_no(table: pl.DataFrame, spec: ModelSpec) -> float:
        found = estimate_marginal_risks(table, [spec]).filter(term="is_single", level="yes", quantity="risk")
        return float(found["estimate"].item())

    truth = at_no(whole, PLAIN)
    assert at_no(lost, PLAIN) - truth > 0.05
    assert at_no(lost, WEIGHTED) == pytest.approx(truth, abs=0.015)


def test_dyads_and_their_order_are_those_of_the_plain_model(lost: pl.DataFrame) -> None:
    weighed = select_weighed(lost.sample(fraction=1.0, shuffle=True, seed=1), WEIGHTED).cases
    plain = select_cases(lost, PLAIN)
    assert weighed.frame["dyad_id"].to_list() == plain.frame["dyad_id"].to_list()
    assert weighed.n_without_outcome == plain.n_without_outcome > 0
    assert select_weighed(lost, PLAIN).remarks == ()
    # Those who stayed stand for all who were followed.
    followed = lost.filter("o4_at_risk").height
    assert weighed.frame["weight"].sum() == pytest.approx(followed, rel=0.01)
    assert weighed.frame["weight"].min() >= 1


def test_an_event_comes_before_the_losses_of_its_day(lost: pl.DataFrame) -> None:
    """By the definition, in plain Python, with days so coarse that events and losses share them."""
    coarse = lost.head(400).with_columns(o4_days=(pl.col("o4_days") + 29) // 30 * 30)
    by_nothing = ModelSpec.model_validate({**ROW, "weights": {**IPCW, "by": []}})
    frame = select_weighed(coarse, by_nothing).cases.frame
    followed = [(row["o4_days"], row["o4"] is None) for row in coarse.filter("o4_at_risk").iter_rows(named=True)]
    shared = {day for day, is_lost in followed if is_lost} & {day for day, is_lost in followed if not is_lost}
    assert len(shared) > 5
    for day, weight in frame.select("o4_days", "weight").iter_rows():
        staying = 1.0
        for loss_day in {day for day, is_lost in followed if is_lost}:
            if loss_day < day:
                losses = followed.count((loss_day, True))
                still = sum(other > loss_day for other, _ in followed) + losses
                staying *= 1 - losses / still
        assert weight == pytest.approx(1 / staying, rel=1e-12)


def test_the_note_says_what_was_done_and_counts_nobody(lost: pl.DataFrame) -> None:
    (note,) = fit_models(lost, [WEIGHTED])["note"].unique()
    assert note.split("; ") == [
        "about 20% of dyads lost to follow-up, stood in for by those alike",
        "weights by a Cox model",
        "the largest weight is below 5.0",
    ]
    assert count_model_dyads(lost, [WEIGHTED]).is_empty()


def test_a_population_of_nobody_has_no_weights_and_says_so(lost: pl.DataFrame) -> None:
    (row,) = {
        tuple(row.items()) for row in fit_models(lost.clear(), [WEIGHTED]).select("n", "note", "estimate").to_dicts()
    }
    assert dict(row)["n"] == 0
    assert str(dict(row)["note"]).startswith("not estimated: too few dyads")


def test_weights_above_a_percentile_are_cut(lost: pl.DataFrame) -> None:
    cut = ModelSpec.model_validate({**ROW, "weights": {**IPCW, "truncate_above": 90}})
    full, cut_off = (select_weighed(lost, spec) for spec in (WEIGHTED, cut))
    limit = np.percentile(full.cases.frame["weight"], 90)
    assert cut_off.cases.frame["weight"].max() == pytest.approx(limit)
    assert cut_off.cases.frame["weight"].to_list() == full.cases.frame["weight"].clip(upper_bound=limit).to_list()
    assert "cut at percentile 90.0" in cut_off.remarks[0]


def _mixed(weights: Any) -> Design:
    rng = np.random.default_rng(5)
    parameters = tuple(Parameter(f"x{index}", "linear", "", "") for index in range(3))
    return Design(
        parameters, rng.normal(size=(300, 3)) + 2020, rng.random(300) < 0.3, np.zeros(300), np.arange(300) // 2,
        weights=weights,
    )  # fmt: skip


def test_whole_weights_are_dyads_repeated() -> None:
    """But for the correction for the number of dyads, which counts rows."""
    weights = np.random.default_rng(1).integers(1, 4, 300)
    once, plain = fit_logistic(_mixed(weights.astype(float))), _mixed(None)
    rows = np.repeat(np.arange(300), weights)
    repeated = Design(plain.parameters, plain.matrix[rows], plain.event[rows], plain.days[rows], plain.clusters[rows])
    twice = fit_logistic(repeated)
    assert once.coefficients == pytest.approx(twice.coefficients, rel=1e-10)
    correction = np.sqrt((299 / 296) / ((len(rows) - 1) / (len(rows) - 4)))
    assert once.std_errors == pytest.approx(twice.std_errors * correction, rel=1e-9)


def test_weights_of_one_and_their_scale_change_no_estimate() -> None:
    plain, ones, tens = (fit_logistic(_mixed(w)) for w in (None, np.ones(300), np.full(300, 10.0)))
    assert plain.coefficients.tolist() == ones.coefficients.tolist()
    assert plain.std_errors.tolist() == ones.std_errors.tolist()
    assert tens.coefficients == pytest.approx(plain.coefficients, rel=1e-10)
    assert tens.std_errors == pytest.approx(plain.std_errors, rel=1e-9)


def test_firth_carries_no_weights_and_says_so() -> None:
    design = _mixed(np.full(300, 2.0))
    fit, _ = fit_once(design, choose_method(ModelSpec.model_validate({**ROW, "family": "firth"}), design))
    assert fit.problem == "Firth's penalised likelihood carries no weights"
    # Where a plain model with so few events would turn to it, a weighted one stays as it is.
    few = ModelSpec.model_validate({**ROW, "firth_below": 1000})
    assert choose_method(few, _mixed(None)).family == "firth"
    assert choose_method(few, design).family == "logistic"
    assert infer_from_profile(_mixed(None))[0].problem == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"family": "firth"}, "Firth's penalised likelihood carries no weights"),
        ({"rare": "firth"}, "Firth's penalised likelihood carries no weights"),
        ({"family": "cox"}, "weights of censoring are for the family logistic"),
        ({"outcome": "o1"}, "weights of censoring are for the family logistic, of o3 or o4"),
        ({"missing": {"plan": "imputed", "seed": 1}}, "weights and another plan are not carried together"),
        ({"linkage": {"plan": "sampled_links", "m": 2, "seed": 1}}, "are not carried together"),
        ({"weights": {**IPCW, "by": ["has_readmission"]}}, "'has_readmission' is no baseline covariate"),
        ({"weights": {**IPCW, "truncate_above": 100}}, "truncate_above"),
        ({"weights": "those_lost"}, "there is no weight plan 'those_lost'"),
    ],
)
def test_weights_that_cannot_be_meant_are_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [{**ROW, "weights": IPCW, **change}]}))
    with pytest.raises(ConfigError, match=words):
        load_models(path)


def test_a_weighted_row_needs_no_python(tmp_path: Path, lost: pl.DataFrame) -> None:
    path = tmp_path / "models.yaml"
    plans = {"stayed": {**IPCW, "by": ["country", "maternal_age_years", "is_single"]}}
    path.write_text(yaml.safe_dump({"models": [{**ROW, "weights": "stayed"}], "weight_plans": plans}))
    estimates = fit_models(lost, load_models(path))
    assert set(estimates["weighting"]) == {"inverse_probability_of_censoring"}
    assert estimates["estimate"].null_count() == 0


def test_a_dyad_without_what_the_weights_go_by_is_left_out(lost: pl.DataFrame) -> None:
    by_parity = ModelSpec.model_validate({**ROW, "weights": {**IPCW, "by": ["parity"]}})
    gaps = lost.with_columns(parity=pl.when(pl.col("birth_month") > date(2020, 6, 1)).then("parity"))
    cases = select_weighed(gaps, by_parity).cases
    assert cases.frame["parity"].null_count() == 0
    assert cases.frame["weight"].null_count() == 0
    assert cases.n_without_term > 0
