"""The optional page on prediction: off unless asked for, without leaks, and for nobody in particular."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from robust_terms import TERMS, spec_of

from dyadlink import config
from dyadlink.config import Prediction, load_config
from dyadlink.errors import ConfigError
from dyadlink.models.design import select_cases
from dyadlink.models.performance import MEASURES
from dyadlink.models.prediction import HeldOut, measure_held_out, measure_prediction, predict_held_out

PROJECT = Path(__file__).parents[4]
SETTINGS = Prediction(enabled=True, outcomes=("o1",), outer_folds=4, inner_folds=3)
O1 = spec_of("o1", "all", "logistic")


def _frame(study: pl.DataFrame) -> pl.DataFrame:
    return study.filter(pl.col("o1").is_not_null()).sort("dyad_id").with_columns(event="o1")


@pytest.fixture(scope="module")
def held(study: pl.DataFrame) -> HeldOut:
    return predict_held_out(_frame(study), TERMS, SETTINGS)


def test_it_is_off_unless_the_study_asks_for_it() -> None:
    assert not load_config(PROJECT / "config/config.yaml").prediction.enabled


def test_without_scikit_learn_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, study: pl.DataFrame) -> None:
    monkeypatch.setattr(config, "find_spec", lambda _: None)
    Prediction(enabled=False).check_installed()
    with pytest.raises(ConfigError, match="scikit-learn is not installed") as error:
        measure_prediction(study, [O1], SETTINGS)
    assert "prediction.enabled" in str(error.value)
    assert "'prediction'" in str(error.value)
    assert "\n" not in str(error.value)


def test_the_extra_is_the_version_that_the_locks_hold() -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (pinned,) = extras["prediction"]
    assert pinned in extras["dev"]
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert f"\n{pinned} " in (PROJECT / lock).read_text(encoding="utf-8")


def test_infants_of_one_mother_are_held_out_together(study: pl.DataFrame, held: HeldOut) -> None:
    folds = pl.DataFrame({"mother": held.mothers, "fold": held.fold}).group_by("mother").agg(pl.col("fold").n_unique())
    assert folds["fold"].max() == 1
    assert len(held.mothers) > len(np.unique(held.mothers))
    assert sorted(set(held.fold)) == [0, 1, 2, 3]
    # Missing covariates are put in, not left out.
    assert not np.isnan(held.scores).any()
    assert len(held.scores) == _frame(study).height > select_cases(study, O1).frame.height


def test_scores_of_a_fold_know_nothing_of_its_outcomes(study: pl.DataFrame, held: HeldOut) -> None:
    """Whatever the outcomes of a mother's fold are turned into, her own scores stay: nothing leaks."""
    frame = _frame(study)
    first = pl.Series(held.fold == 0)
    moved = frame.with_columns(deprivation=pl.when(first).then(4 - pl.col("deprivation")).otherwise("deprivation"))
    again = predict_held_out(moved, TERMS, SETTINGS)
    assert (again.fold == held.fold).all()
    # The imputed median, the scales and the coefficients for fold 0 come from the others alone: of a dyad of it that
    # lacks deprivation, nothing changes with the values of the fold.
    lacks = (frame["deprivation"].is_null() & first).to_numpy()
    assert lacks.sum() > 3
    assert again.scores[lacks] == pytest.approx(held.scores[lacks], abs=1e-9)
    others = (frame["deprivation"].is_null() & ~first).to_numpy()
    assert np.abs(again.scores[others] - held.scores[others]).max() > 1e-6


def test_outcomes_that_nothing_foretells_are_told_no_better_than_by_a_coin(study: pl.DataFrame) -> None:
    shuffled = study.with_columns(o1=pl.col("o1").shuffle(seed=3), csc_level_episode=pl.lit("none"))
    rows = measure_prediction(shuffled, [O1], SETTINGS)
    row = rows.row(by_predicate=pl.col("measure") == "c_statistic", named=True)
    assert row["conf_low"] < 0.5
    assert row["estimate"] < 0.56


def test_outcomes_that_something_foretells_are_told_with_an_interval(study: pl.DataFrame) -> None:
    rows = measure_prediction(study, [O1], SETTINGS)
    assert rows["measure"].to_list() == list(MEASURES)
    assert (
        rows.select((pl.col("conf_low") < pl.col("estimate")) & (pl.col("estimate") < pl.col("conf_high")))
        .to_series()
        .all()
    )
    c, slope, level = rows["estimate"]
    assert c > 0.6
    assert 0.6 < slope < 1.4
    assert abs(level) < 0.1
    assert measure_prediction(study.sample(fraction=1, shuffle=True, seed=2), [O1], SETTINGS).equals(rows)


def test_an_elastic_net_is_fitted_by_the_same_folds(study: pl.DataFrame, held: HeldOut) -> None:
    mixed = predict_held_out(_frame(study), TERMS, SETTINGS.model_copy(update={"penalty": "elastic_net"}))
    assert (mixed.fold == held.fold).all()
    assert np.corrcoef(mixed.scores, held.scores)[0, 1] > 0.9
    assert np.abs(mixed.scores - held.scores).max() > 1e-3


def test_pairs_are_of_one_fold() -> None:
    """Scores of another fold come from another model: between folds they are not compared."""
    nobody = np.zeros(4, dtype=np.int64)
    held = HeldOut(np.array([1.0, 2, 11, 12]), np.array([False, True, False, True]), np.array([0, 0, 1, 1]), nobody)
    assert measure_held_out(held, np.ones(4))[0] == 1


def test_few_events_and_outcomes_without_predictors_are_told(study: pl.DataFrame) -> None:
    rows = measure_prediction(study.head(60), [O1], SETTINGS)
    assert rows["estimate"].null_count() == 3
    assert set(rows["note"]) == {"too few dyads with or without the outcome"}
    with pytest.raises(ConfigError, match="prediction of o1 has no predictors"):
        measure_prediction(study, [spec_of("o4", "in_custody_at_t2", "cox")], SETTINGS)
