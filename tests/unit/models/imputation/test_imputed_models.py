"""What imputation makes of a model: no missing value, no change; a known truth, the truth back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from imputation_world import EFFECTS, TERMS, hide, make_study, model
from polars.testing import assert_frame_equal

from dyadlink.models.design import select_cases
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.imputation import completion
from dyadlink.models.imputation.completion import choose_m, impute_frames
from dyadlink.models.imputation.variables import Outcome
from dyadlink.models.missing_plans import Imputed
from dyadlink.models.specification import Term

PLAN: dict[str, Any] = {"plan": "imputed", "m": 10, "seed": 3}
FAMILIES = ("logistic", "cox")
STUDIES = 24


def fitted(table: pl.DataFrame, family: str, **changes: Any) -> pl.DataFrame:
    return fit_models(table, [model(family, {**PLAN, **changes})])


def frames(table: pl.DataFrame, family: str = "logistic", **changes: Any) -> list[pl.DataFrame]:
    spec = model(family, {**PLAN, **changes})
    assert isinstance(spec.missing, Imputed)
    return list(impute_frames(select_cases(table, spec).frame, spec, spec.missing))


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def study() -> pl.DataFrame:
    return hide(make_study(5, 800), 5, "logistic")


@pytest.fixture(scope="module")
def errors(family: str) -> dict[str, pl.DataFrame]:
    """Estimate less truth, and whether the interval holds it, over studies of 700 dyads, by method."""
    found: dict[str, list[pl.DataFrame]] = {"complete cases": [], "imputed": []}
    truth = pl.DataFrame(
        [(*key, effect) for key, effect in EFFECTS.items()], schema=["term", "level", "planted"], orient="row"
    )
    for seed in range(STUDIES):
        recorded = hide(make_study(seed, 700), seed, family)
        found["complete cases"].append(fit_models(recorded, [model(family)]))
        found["imputed"].append(fitted(recorded, family, cycles=5))
    error = pl.col("estimate") - pl.col("planted")
    return {
        name: pl.concat(parts).join(truth, on=["term", "level"]).with_columns(error=error)
        for name, parts in found.items()
    }  # fmt: skip


def test_planted_effects_come_back_from_incomplete_records(errors: dict[str, pl.DataFrame]) -> None:
    """Each mean error within 3.5 of its own standard errors; of 120 intervals about 95% hold the truth."""
    by_term = errors["imputed"].group_by("term", "level").agg(
        in_errors=pl.col("error").mean() / (pl.col("error").std() / STUDIES**0.5)
    )  # fmt: skip
    assert by_term.height == len(EFFECTS)
    assert by_term["in_errors"].abs().max() < 3.5  # type: ignore[operator]
    covered = errors["imputed"].select(pl.col("planted").is_between("conf_low", "conf_high").mean()).item()
    assert covered > 0.95 - 3.5 * math.sqrt(0.95 * 0.05 / (STUDIES * len(EFFECTS)))


def test_complete_cases_of_the_same_records_are_biased(errors: dict[str, pl.DataFrame]) -> None:
    trauma = errors["complete cases"].filter(term="has_childhood_trauma")["error"]
    assert trauma.mean() < -4 * trauma.std() / STUDIES**0.5  # type: ignore[operator]


def test_imputing_without_the_outcome_pulls_towards_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of partnership is missing, and without the outcome whoever lacks it looks average."""
    whole = make_study(1, 6000)
    gone = pl.Series(np.random.default_rng(1).random(whole.height) < 0.5)
    recorded = whole.with_columns(is_single=pl.when(~gone).then("is_single"))
    with_outcome = fitted(recorded, "logistic").filter(term="is_single").row(0, named=True)
    monkeypatch.setattr(completion, "read_outcome", lambda frame, _: Outcome(np.empty((frame.height, 0))))
    without = fitted(recorded, "logistic").filter(term="is_single").row(0, named=True)
    truth = EFFECTS["is_single", "yes"]
    assert with_outcome["estimate"] == pytest.approx(truth, abs=2.5 * with_outcome["std_error"])
    assert without["estimate"] == pytest.approx(truth / 2, abs=2.5 * without["std_error"])


def test_the_pooled_answer_is_that_of_statsmodels() -> None:
    """Two numbers missing by turns, fifty imputations of each: estimates within five of their Monte Carlo errors.

    The Monte Carlo error of a pooled estimate is the square root of the variance between over m (White et al. 2011).
    All covariates are numbers and one is fine-grained: of many donors that tie, statsmodels always takes the same five.
    Its draws differ from process to process whatever the seed, hence five errors and not three.
    """
    from statsmodels.discrete.discrete_model import Logit  # noqa: PLC0415 - heavy
    from statsmodels.imputation.mice import MICEData  # noqa: PLC0415 - heavy

    m, names = 50, ["deprivation", "infant_age_days", "maternal_age_years"]
    recorded = three_numbers(1000)
    terms = tuple(Term(name=name, kind="linear") for name in names)
    spec = model("logistic", {**PLAN, "m": m, "cycles": 5}).model_copy(update={"terms": terms})
    ours = fit_models(recorded, [spec])
    data = recorded.select(*names, "o1").cast(pl.Float64).to_pandas()
    np.random.seed(1)
    chains = MICEData(data, k_pmm=5)
    fits = []
    for _ in range(m):
        chains.update_all(5)
        exog = np.column_stack([np.ones(len(data)), chains.data[names].to_numpy()])
        fits.append(Logit(chains.data["o1"].to_numpy(), exog).fit(disp=0).params[1:])
    between = np.var(fits, axis=0, ddof=1)
    assert (between[:2] > 0).all()
    # fmi is nearly the share of the total variance that lies between.
    variance = (between + (ours["fmi"] * ours["std_error"] ** 2).to_numpy()) / m
    difference = np.abs(ours["estimate"].to_numpy() - np.mean(fits, axis=0))
    assert (difference < 5 * np.sqrt(variance)).all(), difference / np.sqrt(variance)


def three_numbers(n: int) -> pl.DataFrame:
    """A study of three correlated numbers that raise the odds of O1, two of them missing by turns, more if O1."""
    rng = np.random.default_rng(4)
    age = rng.normal(30, 6, n)
    days = np.clip(np.round(180 + 6 * (age - 30) + rng.normal(0, 50, n)), 0, 364)
    deprivation = np.clip(np.round(2 + 0.008 * (days - 180) + rng.normal(0, 1.2, n)), 0, 4)
    score = -1 + 0.4 * (deprivation - 2) + 0.006 * (days - 180) + 0.05 * (age - 30)
    o1 = rng.random(n) < 1 / (1 + np.exp(-score))
    chance = rng.random((2, n)) < 0.2 + 0.2 * o1
    base = make_study(1, n).with_columns(o1=pl.Series(o1), maternal_age_years=pl.Series(age))
    return base.with_columns(
        deprivation=pl.when(pl.Series(~chance[0])).then(pl.Series(deprivation.astype(np.int64))),
        infant_age_days=pl.when(pl.Series(~chance[1])).then(pl.Series(days.astype(np.int64))),
    )


def test_with_nothing_missing_it_is_the_complete_cases_exactly(family: str) -> None:
    whole = make_study(2, 500)
    plain, imputed = fit_models(whole, [model(family)]), fitted(whole, family)
    assert_frame_equal(imputed.drop("missing_plan"), plain.drop("missing_plan"), check_exact=True)
    assert imputed["data_sets"].unique().to_list() == [1]


def test_every_dyad_of_known_outcome_is_analysed(study: pl.DataFrame) -> None:
    unknown = study.with_columns(o1=pl.when(pl.col("dyad_id") % 10 > 0).then("o1"))
    row = fitted(unknown, "logistic").row(0, named=True)
    assert (row["n"], row["n_events"]) == (unknown["o1"].count(), unknown["o1"].sum())
    assert row["data_sets"] == 10
    assert row["fmi"] > 0
    share = 5 * round(20 * unknown.drop_nulls("o1").drop_nulls([t["name"] for t in TERMS]).height / 800)
    notes = row["note"].split("; ")
    assert notes[-2:] == [
        "about 10% of dyads left out for incomplete follow-up",
        f"covariates of about {90 - share}% of dyads imputed",
    ]


def test_levels_are_counted_as_recorded(study: pl.DataFrame) -> None:
    row = fitted(study, "logistic").filter(level="bipolar").row(0, named=True)
    at, reference = (study.filter(diagnosis_group=level) for level in ("bipolar", "depression"))
    assert (row["n_level"], row["n_events_level"]) == (at.height, at["o1"].sum())
    assert (row["n_reference"], row["n_events_reference"]) == (reference.height, reference["o1"].sum())


def test_dyads_are_counted_for_complete_cases_alone(study: pl.DataFrame) -> None:
    imputed = model("logistic", PLAN).model_copy(update={"name": "imputed"})
    assert count_model_dyads(study, [model("logistic"), imputed])["variable"].unique().to_list() == ["m"]


def test_only_what_is_missing_changes(study: pl.DataFrame, family: str) -> None:
    names = [term["name"] for term in TERMS]
    for frame in frames(study, family, m=3):
        added = {"event": pl.Boolean, "competing": pl.Boolean, "days": pl.Float64}
        assert {**study.schema, **added} == dict(frame.schema)
        assert frame.select(names).null_count().sum_horizontal().item() == 0
        for name in names:
            recorded = study[name].is_not_null()
            assert frame[name].filter(recorded).equals(study[name].filter(recorded))
            assert set(frame[name]) == set(study[name].drop_nulls())


def test_the_order_of_rows_changes_nothing_and_the_seed_everything(study: pl.DataFrame, family: str) -> None:
    shuffled = study.sample(fraction=1.0, shuffle=True, seed=1)
    first = fitted(study, family)
    assert fitted(shuffled, family).equals(first)
    assert not fitted(study, family, seed=4).equals(first)


def test_a_data_set_depends_on_its_number_and_not_on_how_many_there_are(study: pl.DataFrame) -> None:
    few, many = frames(study, m=2), frames(study, m=4)
    assert all(one.equals(other) for one, other in zip(few, many[:2], strict=True))
    assert not many[2].equals(many[3])


@pytest.mark.parametrize(("n_incomplete", "m"), [(1, 5), (50, 5), (51, 10), (200, 20), (999, 100), (1000, 100)])
def test_the_number_of_sets_is_at_least_the_percentage_incomplete(n_incomplete: int, m: int) -> None:
    frame = make_study(1, 1000).with_columns(is_single=pl.when(pl.col("dyad_id") > n_incomplete).then("is_single"))
    spec = model("logistic", {"plan": "imputed", "seed": 1})
    assert isinstance(spec.missing, Imputed)
    assert choose_m(frame, spec, spec.missing) == m


def test_a_delta_moves_what_is_missing_and_nothing_else(study: pl.DataFrame) -> None:
    """Log odds of yes moved by 1.5, deprivation by one step, of the missing; what is recorded stays."""
    delta = {"is_single": {"yes": 1.5}, "deprivation": {"shift": 1}}
    plain, moved = (pl.concat(frames(study, m=20, delta=d)) for d in ({}, delta))
    missing = {name: pl.concat([study[name].is_null()] * 20) for name in ("is_single", "deprivation")}
    before, after = (frame["is_single"].filter(missing["is_single"]).mean() for frame in (plain, moved))
    odds = [share / (1 - share) for share in (before, after)]  # type: ignore[operator]
    assert math.log(odds[1] / odds[0]) == pytest.approx(1.5, abs=0.25)
    before, after = (frame["deprivation"].filter(missing["deprivation"]).mean() for frame in (plain, moved))
    # One step, less what would leave the scale.
    assert before + 0.6 < after < before + 1  # type: ignore[operator]
    assert moved["deprivation"].max() == 4
    recorded = study["deprivation"].is_not_null()
    assert moved.head(study.height)["deprivation"].filter(recorded).equals(study["deprivation"].filter(recorded))
    kinds = fitted(study, "logistic", m=2, delta=delta)["missing_plan"].unique().to_list()
    assert kinds == ["delta_adjusted"]


def test_an_auxiliary_informs_what_is_imputed_and_one_recorded_nowhere_is_left_out(study: pl.DataFrame) -> None:
    """Parity repeats partnership: with it as an auxiliary the missing values are known all but exactly."""
    told = make_study(5, 800)["is_single"]
    helped = study.with_columns(
        parity=pl.when(told).then(pl.lit("0")).otherwise(pl.lit("1")), is_preterm=pl.lit(None, pl.Boolean)
    )
    missing = study["is_single"].is_null()
    plain, known = (frames(helped, m=1 + 1, auxiliaries=a)[0] for a in ([], ["parity", "is_preterm"]))
    right = [(frame["is_single"] == told).filter(missing).mean() for frame in (plain, known)]
    assert right[0] < 0.8  # type: ignore[operator]
    assert right[1] > 0.95  # type: ignore[operator]


def test_a_term_recorded_nowhere_gives_no_estimate_and_says_so(study: pl.DataFrame) -> None:
    blank = study.with_columns(is_single=pl.lit(None, pl.Boolean))
    estimates = fitted(blank, "logistic")
    assert estimates["estimate"].null_count() == estimates.height
    assert "not estimated: too few dyads have is_single recorded to impute it" in estimates["note"][0]


def test_a_term_of_one_level_is_named(study: pl.DataFrame) -> None:
    constant = study.with_columns(is_single=pl.when(pl.col("is_single").is_not_null()).then(pl.lit(True)))
    estimates = fitted(constant, "logistic", m=2)
    assert estimates["estimate"].null_count() == estimates.height
    assert "is_single varies too little among the dyads of the model" in estimates["note"][0]


def test_a_level_seen_once_and_one_that_foretells_the_outcome_are_survived(study: pl.DataFrame) -> None:
    """Partnership is fitted whatever the rare diagnosis does; a data set that separates is told, not hidden."""
    rare = study.with_columns(
        diagnosis_group=pl.when(dyad_id=1).then(pl.lit("schizophrenia_spectrum")).otherwise(
            pl.col("diagnosis_group").replace("schizophrenia_spectrum", "bipolar")
        )
    )  # fmt: skip
    assert all((frame["diagnosis_group"] == "schizophrenia_spectrum").any() for frame in frames(rare, m=3))
    note = fitted(rare, "logistic", m=3)["note"][0]
    assert note.startswith("Firth's penalised likelihood, because no finite maximum likelihood estimate exists")
    foretold = study.with_columns(is_single=pl.when(pl.col("is_single").is_not_null()).then(pl.col("o1")))
    completed = pl.concat(frames(foretold, m=3))
    # What foretells the outcome is imputed nearly as the outcome, and not for certain.
    assert 0.9 < (completed["is_single"] == completed["o1"]).mean() < 1  # type: ignore[operator]


def test_nobody_in_the_population_is_said(family: str) -> None:
    nobody = make_study(1, 50).clear()
    assert "not estimated" in fitted(nobody, family)["note"][0]
