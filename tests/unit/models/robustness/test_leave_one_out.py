"""Authorities put together, and what the primary models are without each."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from analysis_table import make_analysis_table
from robust_terms import TERMS

from dyadlink.intervals import Z_95
from dyadlink.models.authorities import MOST_GROUPS, explain_untold_authorities, group_authorities
from dyadlink.models.fitting import fit_models
from dyadlink.models.leave_one_out import leave_authorities_out
from dyadlink.models.refits.models import FittedModel, fit_model, fit_primary_models
from dyadlink.models.specification import ModelSpec


def _groups(sizes: dict[str, int], least: int = 10) -> dict[str, int]:
    codes = pl.Series([code for code, n in sizes.items() for _ in range(n)])
    return dict(zip(codes, group_authorities(codes, least).tolist(), strict=True))


def test_large_authorities_stand_alone_and_small_ones_together() -> None:
    groups = _groups({"301": 40, "302": 4, "303": 12, "304": 6, "305": 30})
    assert groups["302"] == groups["304"]
    assert len({groups[code] for code in ("301", "302", "303", "305")}) == 4


def test_what_is_left_over_joins_the_small_ones_or_the_smallest() -> None:
    groups = _groups({"301": 40, "302": 9, "303": 9, "304": 9})
    assert groups["302"] == groups["303"] == groups["304"] != groups["301"]
    assert _groups({"301": 40, "302": 12, "303": 3})["303"] == _groups({"301": 40, "302": 12, "303": 3})["302"]
    assert set(_groups({"301": 3, "302": 4}).values()) == {0}
    assert not len(group_authorities(pl.Series([], dtype=pl.String), 10))


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_large_enough_and_few_enough_whatever_the_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = pl.Series([str(code) for code in 100 + rng.geometric(0.02, 3000)])
    groups = group_authorities(codes, 10)
    sizes = np.bincount(groups)
    assert sizes.min() >= 10
    assert len(sizes) <= MOST_GROUPS
    order = rng.permutation(3000)
    assert (group_authorities(codes[order], 10) == groups[order]).all()


def test_a_code_of_the_nation_tells_no_authority() -> None:
    assert explain_untold_authorities(pl.DataFrame({"la_code": ["301", "302"]})) == ""
    assert "not told" in explain_untold_authorities(pl.DataFrame({"la_code": ["301", "W92000004"]}))


@pytest.mark.parametrize("kind", ["logistic", "cox"])
def test_the_range_is_that_of_the_models_without_each_group(kind: str, request: pytest.FixtureRequest) -> None:
    model: FittedModel = request.getfixturevalue(kind)
    rows = leave_authorities_out([model], 10)
    groups = group_authorities(model.frame["la_code"], 10)
    found = [
        fit_models(model.frame.filter(pl.Series(groups != group)).drop("event", "days", "competing"), [model.spec])
        for group in np.unique(groups)
    ]
    assert rows["n_groups"].unique().to_list() == [len(found)]
    for place, row in enumerate(rows.iter_rows(named=True)):
        estimates = [each["estimate"][place] for each in found]
        assert row["least"] == pytest.approx(min(estimates), abs=1e-8)
        assert row["greatest"] == pytest.approx(max(estimates), abs=1e-8)
        sides = [_side(each["conf_low"][place], each["conf_high"][place]) for each in found]
        own = model.fit.coefficients[place] + np.array([-1, 1]) * Z_95 * model.fit.std_errors[place]
        assert row["n_changed"] == sum(side != _side(*own) for side in sides)
        assert row["n_least"] == min(each["n"][0] for each in found)
        cells = [
            count
            for each in found
            for side in ("level", "reference")
            for n, events in [(each[f"n_{side}"][place], each[f"n_events_{side}"][place])]
            if n is not None
            for count in (events, n - events)
        ]
        assert row["n_smallest"] == min(cells, default=None)


def _side(low: float, high: float) -> int:
    return int(low > 0) - int(high < 0)


def test_one_authority_that_makes_an_estimate_is_seen(study: pl.DataFrame) -> None:
    odd = pl.col("la_code") == "315"
    frame = study.with_columns(
        o1=pl.when(odd).then(pl.col("has_domestic_abuse")).otherwise("o1"),
        csc_level_episode=pl.lit("none"),
    )
    spec = ModelSpec(name="o1", role="primary", outcome="o1", population="all", family="logistic", terms=TERMS)
    before, after = (
        leave_authorities_out([fit_model(each, spec)], 10).row(
            by_predicate=pl.col("term") == "has_domestic_abuse", named=True
        )
        for each in (study, frame)
    )
    assert after["estimate"] - after["least"] > 3 * (before["estimate"] - before["least"])


def test_where_authorities_are_not_told_or_are_few_there_is_no_range(
    study: pl.DataFrame, logistic: FittedModel
) -> None:
    wales = study.with_columns(
        la_code=pl.when(pl.col("country") == "Wales").then(pl.lit("W92000004")).otherwise("la_code")
    )
    few = study.with_columns(la_code=pl.lit("301"))
    for frame, words in ((wales, "is not told"), (few, "fewer than 10 groups of authorities")):
        rows = leave_authorities_out([fit_model(frame, logistic.spec)], 10)
        assert rows["least"].null_count() == rows.height > 0
        assert all(words in note for note in rows["note"])


def test_only_primary_models_of_complete_cases_are_fitted_again(study: pl.DataFrame, logistic: FittedModel) -> None:
    others = [
        logistic.spec.model_copy(update={"name": "secondary", "role": "secondary"}),
        logistic.spec.model_copy(update={"name": "gee", "family": "gee"}),
    ]
    found = list(fit_primary_models(study, [logistic.spec, *others]))
    assert [model.spec.name for model in found] == ["o1_logistic"]


def test_a_national_study_is_quick() -> None:
    """150 authorities and 2,000 dyads: as many groups as there may be, both kinds of model."""
    frame = make_analysis_table(2000, seed=3)
    codes = np.random.default_rng(1).integers(201, 351, 2000).astype(str)
    frame = frame.with_columns(la_code=pl.Series(codes))
    specs = [
        ModelSpec(name=o, role="primary", outcome=o, population=p, family=f, terms=TERMS)
        for o, p, f in (("o1", "all", "logistic"), ("o4", "in_custody_at_t2", "cox"))
    ]
    models = list(fit_primary_models(frame, specs))
    began = time.process_time()
    rows = leave_authorities_out(models, 10)
    # 0.4 s where this was written; the budget of both is one second.
    assert time.process_time() - began < 5
    assert rows["n_groups"].is_between(30, MOST_GROUPS).all()
