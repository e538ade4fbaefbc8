"""An outcome that nothing can cause: what its row takes, and that it finds nothing where there is nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from analysis_table import make_analysis_table
from pydantic import ValidationError
from robust_terms import TERMS, spec_of

from dyadlink.disclosure import get_profile
from dyadlink.disclosure.estimates import protect_estimates
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.specification import Term, load_models
from dyadlink.synthetic.parameters import load_parameters
from dyadlink.synthetic.truth import planted_effects

PROJECT = Path(__file__).parents[4]
SEX = Term(name="infant_sex", kind="categorical", reference="male")


def _spec(**more: object) -> object:
    return spec_of("negative_control", "all", "logistic", role="sensitivity", **more)


def test_the_outcome_is_that_the_infant_is_a_girl(study: pl.DataFrame) -> None:
    rows = fit_models(study, [_spec()])
    complete = study.drop_nulls(["infant_sex", *(term.name for term in TERMS)])
    assert rows["n"][0] == complete.height
    assert rows["n_events"][0] == complete.filter(infant_sex="female").height
    assert "left out for an infant's sex not recorded" in rows["note"][0]


def test_an_association_with_sex_is_found(study: pl.DataFrame) -> None:
    """An error that loses boys of mothers with domestic abuse: the negative control sees it."""
    is_lost = (pl.col("infant_sex") == "male") & pl.col("has_domestic_abuse") & (pl.col("dyad_id") % 2 == 0)
    rows = fit_models(study.filter(~is_lost.fill_null(value=False)), [_spec()])
    row = rows.row(by_predicate=pl.col("term") == "has_domestic_abuse", named=True)
    assert row["conf_low"] > 0


def test_where_nothing_is_one_in_twenty_intervals_leaves_it_out() -> None:
    covered = []
    for seed in range(60):
        rows = fit_models(make_analysis_table(600, seed=seed), [_spec()])
        covered += (pl.Series(rows["conf_low"] < 0) & (rows["conf_high"] > 0)).to_list()
    # 360 intervals, 6 to a study: 95% less or more three standard errors of the share.
    assert 0.915 < sum(covered) / len(covered) < 0.985


def test_planted_effects_are_zero_for_every_term(study: pl.DataFrame) -> None:
    effects = planted_effects(load_parameters(PROJECT / "synthetic_data/parameters.yaml"))
    rows = compare_with_planted(fit_models(study, [_spec()]), effects.with_columns(pl.col("level").fill_null("")))
    assert rows.height >= 5
    assert set(rows["planted"]) == {0.0}
    of_outcome = effects.filter(outcome="negative_control")
    assert of_outcome.height == effects.filter(outcome="o1").height


def test_its_count_stands_nowhere_beside_another_models(study: pl.DataFrame) -> None:
    own = spec_of("o1", "all", "logistic")
    assert count_model_dyads(study, [own, _spec()])["variable"].unique().to_list() == [own.name]
    released = protect_estimates(fit_models(study, [own, _spec()]), get_profile("strict"))
    counts = released.group_by("model", maintain_order=True).agg(pl.col("n", "n_events").count())
    assert dict(zip(counts["model"], counts["n"], strict=True))["negative_control_logistic"] == 0
    assert dict(zip(counts["model"], counts["n_events"], strict=True))["negative_control_logistic"] == 0
    assert counts["n"].sum() > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"terms": (*TERMS, SEX)}, "made of 'infant_sex', which cannot be a term"),
        ({"role": "primary"}, "its role is sensitivity"),
        ({"linkage": {"plan": "sampled_links", "m": 2, "seed": 1}}, "takes no linkage plan"),
        ({"missing": {"plan": "imputed", "seed": 1, "auxiliaries": ["infant_sex"]}}, "made of 'infant_sex'"),
        ({"family": "cox"}, "has no time to event"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(changes: dict[str, object], words: str) -> None:
    family = str(changes.pop("family", "logistic"))
    fields = {"role": "sensitivity", **changes}
    with pytest.raises(ValidationError, match=words):
        spec_of("negative_control", "all", family, **fields)


def test_the_study_ships_both_rows() -> None:
    specs = {spec.name: spec for spec in load_models(PROJECT / "config/models.yaml")}
    gee, control = specs["o1_logistic_by_authority"], specs["o_negative_control"]
    assert (gee.family, gee.cluster, gee.role) == ("gee", "la_code", "sensitivity")
    assert (control.outcome, control.role) == ("negative_control", "sensitivity")
    assert control.terms == specs["o1_logistic"].terms
